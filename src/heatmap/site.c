#include "config.h"

#include "src/heatmap/site.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/interrupt.h"
#include "src/heatmap/assets.h"
#include "src/heatmap/filterdata.h"
#include "src/heatmap/frontdata.h"
#include "src/heatmap/render.h"
#include "src/heatmap/search.h"

/* --- removing ------------------------------------------------------------------------------------------------------*/

/* Everything below the directory `name` in `parent`, and itself. Follows no links. */
static bool remove_tree(int parent, const char *name)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (dir == NULL) {
        if (fd >= 0)
            (void)close(fd);
        return false;
    }
    bool ok = true;
    for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (unlinkat(fd, e->d_name, 0) != 0)
            ok = (errno == EISDIR || errno == EPERM) && remove_tree(fd, e->d_name) && ok;
    }
    (void)closedir(dir);
    return unlinkat(parent, name, AT_REMOVEDIR) == 0 && ok;
}

/* --- what is in the way --------------------------------------------------------------------------------------------*/

static bool is_empty(const char *path)
{
    DIR *dir = opendir(path);
    if (dir == NULL)
        return false;
    unsigned n = 0;
    while (readdir(dir) != NULL)
        n++;
    (void)closedir(dir);
    return n <= 2;
}

static bool is_ours(const char *path)
{
    char name[4096], text[512];
    (void)snprintf(name, sizeof name, "%s/index.html", path);
    FILE *f = fopen(name, "re");
    if (f == NULL)
        return false;
    size_t n = fread(text, 1, sizeof text - 1, f);
    (void)fclose(f);
    text[n] = '\0';
    return strstr(text, RENDER_GENERATOR) != NULL;
}

static bool may_replace(const struct site_options *o, bool *there, struct err *err)
{
    struct stat st;
    *there = lstat(o->dir, &st) == 0;
    if (!*there)
        return errno == ENOENT || err_system(err, errno, "%s", o->dir);
    if (!S_ISDIR(st.st_mode))
        return err_set(err, ERR_USAGE, "%s: exists, and is not a directory: name another with -o", o->dir);
    if (o->force || is_empty(o->dir) || is_ours(o->dir))
        return true;
    return err_set(err, ERR_USAGE,
                   "%s: exists, and is not a site of pyheatmap's: name another with -o, or use --force to replace all "
                   "that is in it",
                   o->dir);
}

/* --- writing -------------------------------------------------------------------------------------------------------*/

static bool write_file(int dir, const char *name, struct slice bytes, struct err *err)
{
    if (interrupt_waits())
        return err_set(err, ERR_SYSTEM, "interrupted");
    int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0)
        return err_system(err, errno, "%s", name);
    while (bytes.n > 0) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        bytes = slice_skip(bytes, (size_t)n);
    }
    int e = bytes.n > 0 ? errno : 0;
    if (close(fd) != 0 && e == 0)
        e = errno;
    return e == 0 || err_system(err, e, "%s", name);
}

static bool write_page(int dir, const char *name, const struct buf *page, struct err *err)
{
    return buf_ok(page) ? write_file(dir, name, buf_view(page), err) : err_nomem(err);
}

/* "folder/name.html" of pagename's making, and nothing else: it must not lead out of the site. */
static bool is_safe(struct slice page)
{
    const uint8_t *slash = memchr(page.p, '/', page.n);
    return slash != NULL && slash > page.p && page.p[0] != '.' && memrchr(page.p, '/', page.n) == slash &&
           slash[1] != '.' && memchr(page.p, '\0', page.n) == NULL;
}

static bool make_folder(int dir, struct slice page, struct err *err)
{
    char folder[64];
    const size_t n = (size_t)((const uint8_t *)memchr(page.p, '/', page.n) - page.p);
    if (n >= sizeof folder)
        return err_set(err, ERR_LIMIT, "a page's folder has too long a name");
    memcpy(folder, page.p, n);
    folder[n] = '\0';
    return mkdirat(dir, folder, 0777) == 0 || errno == EEXIST || err_system(err, errno, "%s", folder);
}

/* The script that the filters of a page count from. */
static bool write_stacks(struct projections *pr, uint32_t file, int dir, struct buf *script, struct err *err)
{
    struct buf name = {0};
    filterdata_name(pr->m->files[file].page, &name);
    const bool ok = filterdata_page(pr, file, script, err) && (buf_ok(&name) || err_nomem(err)) &&
                    write_page(dir, (const char *)name.p, script, err);
    buf_fini(&name);
    return ok;
}

/* What pages and their scripts are made from does not change, so the pages, and the script of the front page, are
 * written by a thread of their own. */
struct pages {
    const struct model *m;
    const struct projections *pr; /* may be NULL */
    int dir;
    atomic_bool stop; /* they are not wanted any more */
    bool ok;
    struct err err;
};

static void *write_pages(void *self)
{
    struct pages *pages = self;
    const struct model *m = pages->m;
    struct buf page = {0};
    pages->ok =
        pages->pr == NULL || m->n_files == 0 ||
        (frontdata(pages->pr, &page, &pages->err) && write_page(pages->dir, FRONTDATA_SCRIPT, &page, &pages->err));
    for (uint32_t i = 0; pages->ok && i < m->n_files && !atomic_load(&pages->stop); i++) {
        const struct slice name = m->files[i].page;
        buf_clear(&page);
        render_file(m, i, NULL, &page);
        pages->ok = write_page(pages->dir, (const char *)name.p, &page, &pages->err);
    }
    buf_fini(&page);
    return NULL;
}

static bool make_folders(const struct model *m, int dir, struct err *err)
{
    bool ok = true;
    for (uint32_t i = 0; ok && i < m->n_files; i++) {
        const struct slice name = m->files[i].page;
        ok = is_safe(name) ? make_folder(dir, name, err)
                           : err_set(err, ERR_LIMIT, "a page's name leads out of the site");
    }
    return ok;
}

static bool write_files(const struct model *m, struct projections *pr, int dir, struct err *err)
{
    struct pages pages = {.m = m, .pr = pr, .dir = dir};
    struct buf script = {0};
    pthread_t thread;
    if (!make_folders(m, dir, err))
        return false;
    const bool beside = pr != NULL && pthread_create(&thread, NULL, write_pages, &pages) == 0;
    bool ok = true;
    for (uint32_t i = 0; ok && pr != NULL && i < m->n_files; i++)
        ok = write_stacks(pr, i, dir, &script, err);
    atomic_store(&pages.stop, !ok);
    if (beside)
        (void)pthread_join(thread, NULL);
    else
        (void)write_pages(&pages);
    buf_fini(&script);
    if (ok && !pages.ok)
        *err = pages.err;
    return ok && pages.ok;
}

static bool write_site(const struct model *m, struct projections *pr, int dir, struct err *err)
{
    struct buf page = {0};
    if (m->n_files > SITE_MAX_PAGES)
        return err_set(err, ERR_LIMIT, "%u files were sampled: a site has at most %u pages; --json has the numbers",
                       m->n_files, SITE_MAX_PAGES);
    render_front(m, NULL, &page);
    bool ok = write_page(dir, "index.html", &page, err);
    for (size_t i = 0; ok && i < n_assets; i++)
        ok = write_file(dir, assets[i].name, assets[i].bytes, err);
    if (ok) {
        buf_clear(&page);
        search_script(m, &page);
        ok = write_page(dir, SEARCH_SCRIPT, &page, err);
    }
    if (ok && pr != NULL) /* before the pages: their bins are no finer than its */
        ok = filterdata_recording(pr, &page, err) && write_page(dir, FILTERDATA_RECORDING, &page, err);
    buf_fini(&page);
    return ok && write_files(m, pr, dir, err);
}

/* "site/" and "site" are the same directory, and its neighbours' names are made from the latter. */
static char *without_slashes(const char *dir)
{
    char *copy = strdup(dir);
    for (size_t n = copy == NULL ? 0 : strlen(copy); n > 1 && copy[n - 1] == '/'; n--)
        copy[n - 1] = '\0';
    return copy;
}

/* Puts what is at `from` in the place of what is at `to`. */
static bool swap_in(const char *from, const char *to, bool there, const char *aside, struct err *err)
{
    if (there && rename(to, aside) != 0)
        return err_system(err, errno, "%s", to);
    if (rename(from, to) != 0) {
        const int e = errno;
        if (there)
            (void)rename(aside, to);
        return err_system(err, e, "%s", to);
    }
    if (there && !remove_tree(AT_FDCWD, aside))
        return err_system(err, errno, "%s: the site was written; what it replaced could not be removed", aside);
    return true;
}

/* What is written to `beside` takes the place of `dir`, or is removed. */
static bool write_beside(const struct model *m, const struct site_options *o, bool there, const char *beside,
                         const char *aside, struct err *err)
{
    if (mkdir(beside, 0777) != 0)
        return err_system(err, errno, "%s", beside);
    const int fd = open(beside, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 ? write_site(m, o->projections, fd, err) : err_system(err, errno, "%s", beside);
    if (fd >= 0)
        (void)close(fd);
    if (!ok)
        (void)err_prefix(err, "%s", o->dir);
    ok = ok && swap_in(beside, o->dir, there, aside, err);
    if (!ok)
        (void)remove_tree(AT_FDCWD, beside);
    return ok;
}

bool site_write(const struct model *m, const struct site_options *options, struct err *err)
{
    bool there;
    char *dir = without_slashes(options->dir), *beside = NULL, *aside = NULL;
    const struct site_options o = {dir, options->force, options->projections};
    if (dir == NULL || asprintf(&beside, "%s.new-%d", dir, (int)getpid()) < 0 ||
        asprintf(&aside, "%s.old-%d", dir, (int)getpid()) < 0) {
        free(dir);
        return err_nomem(err);
    }
    bool ok = may_replace(&o, &there, err);
    if (ok) {
        sigset_t before;
        interrupts_hold(&before);
        ok = write_beside(m, &o, there, beside, aside, err);
        interrupts_release(&before);
    }
    free(dir);
    free(beside);
    free(aside);
    return ok;
}
