#include "config.h"

#include "tests/unit/tree.h"

#include <dirent.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[PATH_MAX];

static void check(int ok, const char *what)
{
    if (!ok) {
        perror(what);
        abort();
    }
}

const char *tree_make(void)
{
    const char *tmp = getenv("TMPDIR");
    char template[PATH_MAX];
    (void)snprintf(template, sizeof template, "%s/pyheatmap-unit.XXXXXX", tmp != NULL ? tmp : "/tmp");
    check(mkdtemp(template) != NULL, template);
    check(realpath(template, root) != NULL, template);
    return root;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
    (void)st;
    (void)type;
    (void)where;
    return remove(path);
}

void tree_remove(void)
{
    check(nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0, root);
}

const char *tree_path(const char *name)
{
    static char paths[16][PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 16];
    check(snprintf(path, PATH_MAX, "%s/%s", root, name) < PATH_MAX, name);
    return path;
}

static void make_parents(const char *path)
{
    char dir[PATH_MAX];
    for (const char *p = path + strlen(root) + 1; (p = strchr(p, '/')) != NULL; p++) {
        (void)snprintf(dir, sizeof dir, "%.*s", (int)(p - path), path);
        (void)mkdir(dir, 0777);
    }
}

void tree_file(const char *name, struct slice text)
{
    const char *path = tree_path(name);
    make_parents(path);
    FILE *f = fopen(path, "wb");
    check(f != NULL && (text.n == 0 || fwrite(text.p, text.n, 1, f) == 1) && fclose(f) == 0, path);
}

void tree_dir(const char *name)
{
    const char *path = tree_path(name);
    make_parents(path);
    check(mkdir(path, 0777) == 0, path);
}

unsigned tree_count(void)
{
    DIR *dir = opendir(root);
    check(dir != NULL, root);
    unsigned n = 0;
    for (const struct dirent *e; (e = readdir(dir)) != NULL;)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    (void)closedir(dir);
    return n;
}

void tree_link(const char *name, const char *target)
{
    const char *path = tree_path(name);
    make_parents(path);
    check(symlink(target, path) == 0, path);
}

struct slice tree_read(const char *name)
{
    static uint8_t text[1 << 20];
    FILE *f = fopen(tree_path(name), "rb");
    check(f != NULL, name);
    size_t n = fread(text, 1, sizeof text, f);
    (void)fclose(f);
    return slice_of(text, n);
}
