#include "config.h"

#include "src/record/targetfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

void targetfs_init(struct targetfs *fs, pid_t pid)
{
    char link[64];
    (void)snprintf(link, sizeof link, "/proc/%ld/root", (long)pid);
    ssize_t n = readlink(link, fs->path, sizeof fs->path - 1);
    fs->root = n > 0 ? open(link, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    fs->path[n > 0 ? n : 0] = '\0';
    if (fs->root < 0) {
        fs->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        strcpy(fs->path, "/");
    }
}

void targetfs_fini(struct targetfs *fs)
{
    if (fs->root >= 0)
        close(fs->root);
    fs->root = -1;
}

int targetfs_find(const struct targetfs *fs, const char *path, struct stat *st)
{
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    int fd = (int)syscall(SYS_openat2, fs->root, path, &how, sizeof how);
    /* A kernel before 5.6, or a sandbox that does not know the call. In another root a plain open would follow absolute
     * links into the recorder's: better no file than a wrong one. */
    if (fd < 0 && (errno == ENOSYS || errno == EPERM) && strcmp(fs->path, "/") == 0)
        fd = open(path, O_PATH | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, st) < 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* What O_PATH found can be opened in earnest only by this name. */
static int reopen(int found, int flags)
{
    char link[64];
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", found);
    return open(link, flags | O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

int targetfs_read(int found)
{
    return reopen(found, 0);
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
    int fd = reopen(found, O_DIRECTORY);
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
    int fd = found >= 0 && S_ISREG(st.st_mode) ? targetfs_read(found) : -1;
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
