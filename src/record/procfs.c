#include "config.h"

#include "src/record/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static const struct slice nothing = {NULL, 0};

/* Files of /proc have no size: read until they end. */
static size_t read_all(const char *path, uint8_t *p, size_t max)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    size_t n = 0;
    while (n < max) {
        ssize_t got = read(fd, p + n, max - n);
        if (got <= 0 && !(got < 0 && errno == EINTR))
            break;
        n += got > 0 ? (size_t)got : 0;
    }
    close(fd);
    return n;
}

struct slice procfs_text(pid_t pid, const char *name, size_t max, struct arena *arena)
{
    char path[64];
    if (pid == 0)
        (void)snprintf(path, sizeof path, "/proc/%s", name);
    else
        (void)snprintf(path, sizeof path, "/proc/%ld/%s", (long)pid, name);
    uint8_t *p = arena_alloc(arena, max + 1);
    if (p == NULL)
        return nothing;
    size_t n = read_all(path, p, max);
    p[n] = '\0';
    return slice_of(p, n);
}

struct slice procfs_link(pid_t pid, const char *name, struct arena *arena)
{
    char path[64], target[PATH_MAX];
    (void)snprintf(path, sizeof path, "/proc/%ld/%s", (long)pid, name);
    ssize_t n = readlink(path, target, sizeof target);
    if (n <= 0)
        return nothing;
    struct slice s = arena_copy(arena, slice_of(target, (size_t)n));
    return s.p == NULL ? nothing : s;
}

bool procfs_comm(pid_t pid, pid_t tid, char out[32])
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%ld/task/%ld/comm", (long)pid, (long)tid);
    size_t n = read_all(path, (uint8_t *)out, 31);
    if (n > 0 && out[n - 1] == '\n')
        n--;
    out[n] = '\0';
    return n > 0;
}
