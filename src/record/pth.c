#include "config.h"

#include "src/record/pth.h"

#include "src/record/path.h"
#include "src/record/text.h"

#include <dirent.h>

#define MAX_FILES 4096 /* names looked at in one directory that end in .pth or look like a finder */
#define MAX_TEXT (1u << 20)

static void read_lines(struct slice text, const char *site, pth_found *found, void *self)
{
    struct slice line;
    while (text_next(&text, '\n', &line)) {
        line = text_trim(line);
        char path[PATH_MAX];
        if (line.n == 0 || line.p[0] == '#' || slice_starts(line, SLICE("import ")) ||
            slice_starts(line, SLICE("import\t")))
            continue;
        if (path_join(path, slice_str(site), line)) {
            path_fold(path); /* os.path.abspath */
            found(self, path);
        }
    }
}

/* A string literal as repr() writes it, without escapes; takes it and what comes before it off *text. */
static bool next_literal(struct slice *text, struct slice *literal)
{
    while (text->n > 0 && text->p[0] != '\'' && text->p[0] != '"' && text->p[0] != '}')
        *text = slice_skip(*text, 1);
    if (text->n == 0 || text->p[0] == '}')
        return false;
    char quote = (char)text->p[0];
    *text = slice_skip(*text, 1);
    return text_next(text, quote, literal) && memchr(literal->p, '\\', literal->n) == NULL;
}

void pth_mapping(struct slice text, pth_found *found, void *self)
{
    struct slice line, package, target;
    bool is_mapping = false;
    while (!is_mapping && text_next(&text, '{', &line))
        is_mapping = memmem(line.p, line.n, "\nMAPPING", 8) != NULL || slice_starts(line, SLICE("MAPPING"));
    if (!is_mapping)
        return;
    while (next_literal(&text, &package) && next_literal(&text, &target)) {
        char path[PATH_MAX];
        if (target.n == 0 || target.p[0] != '/' || !path_join(path, target, SLICE("")))
            continue;
        /* "a.b": "/src/a/b" lies two levels below the directory that would be on sys.path. */
        struct slice dir = slice_str(path);
        while (package.n > 0) {
            size_t dot = package.n;
            while (dot > 0 && package.p[dot - 1] != '.')
                dot--;
            struct slice last = path_last(dir), name = slice_skip(package, dot);
            if (slice_ends(last, SLICE(".py")))
                last.n -= 3;
            if (!slice_eq(last, name))
                break;
            dir = path_dir(dir);
            package.n = dot > 0 ? dot - 1 : 0;
        }
        path[dir.n] = '\0';
        found(self, path);
    }
}

void pth_read(const struct targetfs *fs, const char *site, struct arena *scratch, pth_found *found, void *self)
{
    DIR *dir = targetfs_dir(fs, site);
    if (dir == NULL)
        return;
    const struct dirent *entry;
    for (unsigned n = 0; n < MAX_FILES && (entry = readdir(dir)) != NULL;) {
        struct slice name = slice_str(entry->d_name);
        bool is_pth = slice_ends(name, SLICE(".pth")) && name.p[0] != '.'; /* hidden ones: skipped since 3.13 */
        bool is_finder = slice_starts(name, SLICE("__editable___")) && slice_ends(name, SLICE("_finder.py"));
        char path[PATH_MAX];
        if ((!is_pth && !is_finder) || !path_join(path, slice_str(site), name))
            continue;
        n++;
        struct slice text = targetfs_text(fs, path, MAX_TEXT, scratch);
        if (is_pth)
            read_lines(text, site, found, self);
        else
            pth_mapping(text, found, self);
    }
    closedir(dir);
}
