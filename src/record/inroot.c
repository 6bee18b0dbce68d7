#include "config.h"

#include "src/record/inroot.h"

#include "src/base/slice.h"
#include "src/record/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#define MAX_LINKS 40 /* path_resolution(7) */

/* A path on the way: `done` is free of links and "..", relative to the root; `rest` is still to be walked. */
struct way {
    char done[PATH_MAX], rest[PATH_MAX];
    unsigned links;
};

static int fail(int error)
{
    errno = error;
    return -1;
}

/* Opens what is free of links, none of its components through a link that has come there meanwhile. */
static int open_done(int root, const char *done)
{
    int at = openat(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct slice rest = slice_str(done), component;
    while (at >= 0 && text_next(&rest, '/', &component)) {
        char name[NAME_MAX + 1];
        if (component.n == 0)
            continue;
        if (component.n > NAME_MAX) {
            close(at);
            return fail(ENAMETOOLONG);
        }
        memcpy(name, component.p, component.n);
        name[component.n] = '\0';
        int next = openat(at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        int error = errno;
        close(at);
        errno = error;
        at = next;
    }
    return at;
}

/* Puts the link's text in front of what is left. */
static bool follow(struct way *way, int link)
{
    char text[PATH_MAX], rest[PATH_MAX];
    struct statfs fs;
    if (++way->links > MAX_LINKS || fstatfs(link, &fs) < 0 || fs.f_type == PROC_SUPER_MAGIC) {
        errno = ELOOP;
        return false;
    }
    ssize_t n = readlinkat(link, "", text, sizeof text - 1);
    if (n <= 0) {
        errno = ENOENT;
        return false;
    }
    text[n] = '\0';
    if (text[0] == '/')
        way->done[0] = '\0';
    int total = snprintf(rest, sizeof rest, "%s%s", text, way->rest);
    if (total < 0 || (size_t)total >= sizeof rest) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(way->rest, rest, (size_t)total + 1);
    return true;
}

/* Takes a component off the rest, which then begins with the slash behind it, if there is one: what comes before a
 * slash is a directory. */
static void next_component(struct way *way, char name[PATH_MAX])
{
    size_t start = strspn(way->rest, "/"), n = strcspn(way->rest + start, "/");
    memcpy(name, way->rest + start, n);
    name[n] = '\0';
    memmove(way->rest, way->rest + start + n, strlen(way->rest + start + n) + 1);
}

static bool step(int root, struct way *way, const char *name)
{
    size_t n = strlen(way->done);
    if (name[0] == '\0' || strcmp(name, ".") == 0)
        return true;
    if (strcmp(name, "..") == 0) { /* of the root: the root */
        char *slash = strrchr(way->done, '/');
        way->done[slash == NULL ? 0 : slash - way->done] = '\0';
        return true;
    }
    int added = snprintf(way->done + n, sizeof way->done - n, "/%s", name);
    if (added < 0 || (size_t)added >= sizeof way->done - n) {
        errno = ENAMETOOLONG;
        return false;
    }
    struct stat st;
    int found = open_done(root, way->done);
    bool ok = found >= 0 && fstat(found, &st) == 0;
    if (ok && S_ISLNK(st.st_mode)) {
        way->done[n] = '\0';
        ok = follow(way, found);
    } else if (ok && !S_ISDIR(st.st_mode) && way->rest[0] != '\0') {
        errno = ENOTDIR;
        ok = false;
    }
    int error = errno;
    if (found >= 0)
        close(found);
    errno = error;
    return ok;
}

int inroot_walk(int root, const char *path)
{
    struct way way = {.links = 0};
    char name[PATH_MAX];
    const size_t length = strlen(path);
    if (length >= sizeof way.rest)
        return fail(ENAMETOOLONG);
    memcpy(way.rest, path, length + 1);
    while (way.rest[0] != '\0') {
        next_component(&way, name);
        if (!step(root, &way, name))
            return -1;
    }
    return open_done(root, way.done);
}

int inroot_find(int root, const char *path)
{
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof how);
    return fd < 0 && (errno == ENOSYS || errno == EPERM) ? inroot_walk(root, path) : fd;
}
