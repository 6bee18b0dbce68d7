#include "config.h"

#include "src/record/targetfs.h"

#include "src/record/inroot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void targetfs_init(struct targetfs *fs, pid_t pid, bool ours)
{
    char link[64];
    (void)snprintf(link, sizeof link, "/proc/%ld/root", (long)pid);
    ssize_t n = readlink(link, fs->path, sizeof fs->path - 1);
    fs->root = n > 0 ? open(link, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    fs->path[n > 0 ? n : 0] = '\0';
    if (fs->root < 0) {
        fs->root = ours ? open("/", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
        strcpy(fs->path, "/");
    }
    fs->readable = creds_of(&fs->own, 0);
    if (fs->readable && !creds_of(&fs->as, pid)) { /* it has gone: whose was it? */
        fs->readable = !creds_privileged(&fs->own);
        fs->as = fs->own;
    }
}

void targetfs_fini(struct targetfs *fs)
{
    if (fs->root >= 0)
        close(fs->root);
    fs->root = -1;
}

/* As the target: no file is found, and none is opened, that it could not open itself. */
static bool enter(const struct targetfs *fs)
{
    if (fs->readable && fs->root >= 0)
        return creds_enter(&fs->as, &fs->own);
    errno = fs->root < 0 ? ENOENT : EACCES;
    return false;
}

static void leave(const struct targetfs *fs)
{
    creds_leave(&fs->as, &fs->own);
}

int targetfs_find(const struct targetfs *fs, const char *path, struct stat *st)
{
    if (!enter(fs))
        return -1;
    int fd = inroot_find(fs->root, path);
    leave(fs);
    if (fd >= 0 && fstat(fd, st) < 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* What O_PATH found can be opened in earnest only by this name. */
static int reopen(const struct targetfs *fs, int found, int flags)
{
    char link[64];
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", found);
    if (!enter(fs))
        return -1;
    int fd = open(link, flags | O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    leave(fs);
    return fd;
}

int targetfs_read(const struct targetfs *fs, int found)
{
    return reopen(fs, found, 0);
}

bool targetfs_resolved(const struct targetfs *fs, int found, char out[PATH_MAX])
{
    char link[64];
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", found);
    ssize_t n = readlink(link, out, PATH_MAX - 1);
    if (n <= 0 || out[0] != '/')
        return false;
    out[n] = '\0';
    /* In another mount namespace the kernel already shows the path from the top of that one. */
    size_t prefix = strlen(fs->path);
    if (prefix > 1 && strncmp(out, fs->path, prefix) == 0 && (out[prefix] == '/' || out[prefix] == '\0')) {
        memmove(out, out + prefix, (size_t)n - prefix + 1);
        if (out[0] == '\0')
            memcpy(out, "/", sizeof "/");
    }
    return true;
}

static bool is_a(const struct targetfs *fs, const char *path, mode_t type)
{
    struct stat st;
    int found = targetfs_find(fs, path, &st);
    if (found < 0)
        return false;
    close(found);
    return (st.st_mode & S_IFMT) == type;
}

bool targetfs_is_dir(const struct targetfs *fs, const char *path)
{
    return is_a(fs, path, S_IFDIR);
}

bool targetfs_is_file(const struct targetfs *fs, const char *path)
{
    return is_a(fs, path, S_IFREG);
}

DIR *targetfs_dir(const struct targetfs *fs, const char *path)
{
    struct stat st;
    int found = targetfs_find(fs, path, &st);
    if (found < 0)
        return NULL;
    int fd = reopen(fs, found, O_DIRECTORY);
    close(found);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (dir == NULL && fd >= 0)
        close(fd);
    return dir;
}

struct slice targetfs_text(const struct targetfs *fs, const char *path, size_t max, struct arena *arena)
{
    struct slice text = {NULL, 0};
    struct stat st;
    int found = targetfs_find(fs, path, &st);
    int fd = found >= 0 && S_ISREG(st.st_mode) ? targetfs_read(fs, found) : -1;
    if (found >= 0)
        close(found);
    if (fd < 0)
        return text;
    size_t n = (uint64_t)st.st_size < max ? (size_t)st.st_size : max;
    uint8_t *p = arena_alloc(arena, n + 1);
    ssize_t got = p == NULL ? -1 : pread(fd, p, n, 0);
    if (got >= 0) {
        p[got] = '\0';
        text = slice_of(p, (size_t)got);
    }
    close(fd);
    return text;
}
