#include "config.h"

#include "src/record/sources.h"

#include "formats/pyrec.h"
#include "formats/pyrec_write.h"
#include "src/base/cursor.h"
#include "src/record/path.h"
#include "src/record/roots.h"
#include "src/record/targetfs.h"
#include "src/record/text.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static bool is_python_name(struct slice path)
{
    return slice_ends(path, SLICE(".py")) || slice_ends(path, SLICE(".pyw"));
}

/* A directory or file that is kept out of sight below a root: what programs keep there is not source. */
static bool is_hidden(struct slice below)
{
    struct slice component;
    while (text_next(&below, '/', &component)) {
        if (component.n > 0 && component.p[0] == '.')
            return true;
    }
    return false;
}

/* Whether a path may be read for its text: it is called a Python source, it is the started script, or it lies where the
 * program keeps its modules (its working directory is one of the roots, unless that is "/"). */
static bool may_travel(const struct roots *roots, struct slice path)
{
    if (is_python_name(path) || slice_eq(path, roots->script) || slice_eq(path, roots->real_script))
        return true;
    const struct rec_root *root = roots_find(roots, path);
    return root != NULL && !is_hidden(slice_skip(path, root->path.n));
}

static bool is_wanted(const struct sources *sources, const struct image *image, struct slice path)
{
    switch (sources->kind) {
    case SOURCES_ALL:
        return true;
    case SOURCES_PROJECT:
        return !roots_is_library(roots_find(&image->roots, path));
    default:
        return false;
    }
}

static int64_t nanoseconds(struct timespec t)
{
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* The size is the file's own; a file of /proc, which has none, gives nothing. false: it cannot be read. */
static bool read_text(const struct targetfs *fs, int found, const struct stat *st, struct arena *scratch,
                      struct slice *text)
{
    int fd = targetfs_read(fs, found);
    uint8_t *p = fd < 0 ? NULL : arena_alloc(scratch, (size_t)st->st_size + 1);
    size_t n = 0;
    bool ok = p != NULL;
    while (ok && n < (size_t)st->st_size) {
        ssize_t got = read(fd, p + n, (size_t)st->st_size - n);
        if (got == 0)
            break;
        ok = got > 0 || errno == EINTR;
        n += got > 0 ? (size_t)got : 0;
    }
    if (fd >= 0)
        close(fd);
    *text = slice_of(p, n);
    return ok;
}

/* What the .pyc beside the source says of the source that it was made from (PEP 552). */
static void look_at_pyc(const struct image *image, struct slice path, struct arena *scratch, struct rec_file *file)
{
    char below[PATH_MAX], pyc[PATH_MAX];
    struct slice stem = path_last(path);
    if (!slice_ends(stem, SLICE(".py")))
        return;
    stem.n -= 3;
    uint32_t python = image->process.python;
    int n = snprintf(below, sizeof below, "__pycache__/%.*s.cpython-%u%u.pyc", (int)stem.n, (const char *)stem.p,
                     python >> 24 & 0xff, python >> 16 & 0xff);
    if (n < 0 || n >= PATH_MAX || !path_join(pyc, path_dir(path), slice_str(below)))
        return;
    struct cursor c = cursor_of(targetfs_text(&image->fs, pyc, 16, scratch));
    (void)cursor_u32(&c); /* magic number */
    uint32_t flags = cursor_u32(&c), mtime = cursor_u32(&c), size = cursor_u32(&c);
    if (!cursor_ok(&c) || flags > 3)
        return;
    file->pyc = flags & 1 ? REC_PYC_HASH : REC_PYC_MTIME;
    file->pyc_mtime_s = flags & 1 ? 0 : mtime;
    file->pyc_size = flags & 1 ? 0 : size;
}

/* The name by which the file is known: as given, made absolute, so that it lies below the root that it was imported
 * from; the real path only where ".." makes the given one unreliable. */
static void choose_path(const struct image *image, int found, const struct stat *st, char path[PATH_MAX])
{
    char folded[PATH_MAX], real[PATH_MAX];
    memcpy(folded, path, PATH_MAX);
    path_fold(folded);
    if (strcmp(folded, path) == 0)
        return;
    struct stat other;
    int again = targetfs_find(&image->fs, folded, &other);
    if (again >= 0 && other.st_dev == st->st_dev && other.st_ino == st->st_ino)
        memcpy(path, folded, PATH_MAX);
    else if (targetfs_resolved(&image->fs, found, real))
        memcpy(path, real, PATH_MAX);
    if (again >= 0)
        close(again);
}

/* Of a file that was found: its facts, and its text where it may be read. */
static void look_at(const struct sources *sources, const struct image *image, int found, const struct stat *st,
                    struct slice path, struct arena *scratch, struct rec_file *file, struct slice *text)
{
    char real[PATH_MAX];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    file->device = st->st_dev;
    file->inode = st->st_ino;
    file->size = (uint64_t)st->st_size;
    file->mtime_ns = nanoseconds(st->st_mtim);
    file->read_ns = nanoseconds(now);
    file->source = REC_SOURCE_UNREADABLE;
    if (!S_ISREG(st->st_mode) || (uint64_t)st->st_size > PYREC_MAX_SOURCE)
        return;
    /* A link's name says nothing of what it leads to, so that must pass too. */
    if (!may_travel(&image->roots, path) || !targetfs_resolved(&image->fs, found, real) ||
        !may_travel(&image->roots, slice_str(real))) {
        file->source = REC_SOURCE_REFUSED;
        return;
    }
    look_at_pyc(image, path, scratch, file);
    if (!read_text(&image->fs, found, st, scratch, text))
        return;
    pyrec_hash(*text, file->hash);
    file->size = text->n;
    file->source = REC_SOURCE_SEEN;
    if (!is_wanted(sources, image, path))
        *text = (struct slice){NULL, 0};
}

bool sources_look(struct sources *sources, const struct image *image, struct slice name, struct arena *arena,
                  struct arena *scratch, struct rec_file *file, struct slice *text, struct err *err)
{
    char path[PATH_MAX];
    struct stat st;
    *file = (struct rec_file){.source = REC_SOURCE_NONE, .name = arena_copy(arena, name)};
    *text = (struct slice){NULL, 0};
    if (file->name.p == NULL)
        return err_nomem(err);
    bool is_label = name.n == 0 || (name.p[0] == '<' && name.p[name.n - 1] == '>'); /* <string>, <frozen os> */
    if (is_label || (name.p[0] != '/' && image->process.cwd.n == 0) || !path_join(path, image->process.cwd, name))
        return true;
    int found = targetfs_find(&image->fs, path, &st);
    if (found < 0) {
        file->source = errno == EACCES || errno == EPERM || errno == ELOOP ? REC_SOURCE_UNREADABLE : REC_SOURCE_NONE;
        return true;
    }
    choose_path(image, found, &st, path);
    file->path = arena_copy(arena, slice_str(path));
    if (file->path.p != NULL)
        look_at(sources, image, found, &st, file->path, scratch, file, text);
    close(found);
    if (file->path.p == NULL)
        return err_nomem(err);
    bool fresh = false;
    uint32_t id;
    if (text->p != NULL && !intern_put(&sources->sent, slice_of(file->hash, REC_HASH_SIZE), &id, &fresh, err))
        return false;
    if (!fresh)
        *text = (struct slice){NULL, 0};
    return true;
}

void sources_fini(struct sources *sources)
{
    intern_fini(&sources->sent);
}
