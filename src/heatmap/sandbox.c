#include "config.h"

#include "src/heatmap/sandbox.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ADDRESS_SANITIZER 1
#endif
#endif

/* The kernel's Documentation/userspace-api/landlock.rst; not from linux/landlock.h, which may be older than the kernel
 * that this runs on. */
enum {
    SYS_CREATE_RULESET = 444,
    SYS_ADD_RULE = 445,
    SYS_RESTRICT_SELF = 446,
    CREATE_RULESET_VERSION = 1,
    RULE_PATH_BENEATH = 1,
};

enum {
    FS_WRITE_FILE = 1 << 1,
    FS_READ_FILE = 1 << 2,
    FS_READ_DIR = 1 << 3,
    FS_REMOVE_DIR = 1 << 4,
    FS_REMOVE_FILE = 1 << 5,
    FS_MAKE_DIR = 1 << 7,
    FS_MAKE_REG = 1 << 8,
    FS_TRUNCATE = 1 << 14,
    FS_ALL_1 = (1 << 13) - 1, /* what version 1 knows: all but the next ones */
    FS_REFER = 1 << 13,       /* from version 2 on: links and renames from one directory to another */
    /* and TRUNCATE, from version 3 on */
    NET_TCP = 1 << 0 | 1 << 1,   /* bind and connect, from version 4 on */
    SCOPE_ALL = 1 << 0 | 1 << 1, /* abstract sockets and signals, from version 6 on */
};

struct ruleset_attr {
    uint64_t fs, net, scoped;
};

struct path_beneath_attr {
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));

struct rules {
    int fd;
    uint64_t handled;
    bool failed;
};

static bool begin(struct rules *r)
{
    struct ruleset_attr attr = {.fs = FS_ALL_1};
    size_t size = sizeof attr.fs;
    const long version = syscall(SYS_CREATE_RULESET, NULL, 0, CREATE_RULESET_VERSION);
    if (version < 1)
        return false;
    if (version >= 2)
        attr.fs |= FS_REFER;
    if (version >= 3)
        attr.fs |= FS_TRUNCATE;
    if (version >= 4) {
        attr.net = NET_TCP;
        size = 2 * sizeof attr.fs;
    }
    if (version >= 6) {
        attr.scoped = SCOPE_ALL;
        size = sizeof attr;
    }
    r->handled = attr.fs;
    r->fd = (int)syscall(SYS_CREATE_RULESET, &attr, size, 0);
    return r->fd >= 0;
}

/* Rights on a file, or on everything below a directory. What is not there needs none. */
static void allow(struct rules *r, const char *path, uint64_t rights)
{
    const int fd = open(path, O_PATH | O_CLOEXEC);
    struct stat st;
    if (fd < 0) {
        r->failed |= errno != ENOENT && errno != ENOTDIR;
        return;
    }
    if (fstat(fd, &st) != 0)
        r->failed = true;
    else if (!S_ISDIR(st.st_mode))
        rights &= FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE;
    const struct path_beneath_attr attr = {.allowed = rights & r->handled, .parent = fd};
    if (attr.allowed != 0 && syscall(SYS_ADD_RULE, r->fd, RULE_PATH_BENEATH, &attr, 0) != 0)
        r->failed = true;
    (void)close(fd);
}

/* Where the path's last name is: "a/b/" is in "a", "b" in ".". */
static bool parent_of(const char *path, char parent[PATH_MAX])
{
    size_t n = strlen(path);
    while (n > 0 && path[n - 1] == '/')
        n--;
    while (n > 0 && path[n - 1] != '/')
        n--;
    if (n >= PATH_MAX)
        return false;
    if (n == 0)
        return snprintf(parent, PATH_MAX, "%s", path[0] == '/' ? "/" : ".") > 0;
    memcpy(parent, path, n);
    parent[n] = '\0';
    return true;
}

static void allow_output(struct rules *r, const char *path)
{
    char parent[PATH_MAX];
    struct stat st;
    if (path == NULL || strcmp(path, "-") == 0)
        return;
    const bool there = stat(path, &st) == 0;
    if (there && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
        allow(r, path, FS_WRITE_FILE | FS_TRUNCATE); /* a pipe or a device, which is written in place */
        return;
    }
    if (!parent_of(path, parent)) {
        r->failed = true;
        return;
    }
    allow(r, parent,
          FS_WRITE_FILE | FS_READ_DIR | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR | FS_MAKE_REG | FS_TRUNCATE);
    if (there)
        allow(r, path, FS_READ_FILE | FS_READ_DIR); /* to tell whether it is ours */
}

/* iconv(3) loads what it needs for an encoding when a text asks for it, from beside the C library. */
static void allow_encodings(struct rules *r)
{
    char path[PATH_MAX];
    Dl_info libc;
    if (dladdr((void *)(uintptr_t)iconv_open, &libc) == 0 || libc.dli_fname == NULL || !parent_of(libc.dli_fname, path))
        return;
    const size_t n = strlen(path);
    if (snprintf(path + n, sizeof path - n, "/gconv") < (int)(sizeof path - n))
        allow(r, path, FS_READ_FILE | FS_READ_DIR);
}

bool sandbox_enter(const struct sandbox *s)
{
    struct rules r = {.fd = -1};
    if (!begin(&r))
        return false;
    for (size_t i = 0; i < SANDBOX_MAX_OUTPUTS; i++)
        allow_output(&r, s->outputs[i]);
    for (size_t i = 0; i < s->n_roots; i++)
        allow(&r, s->roots[i].new_dir, FS_READ_FILE | FS_READ_DIR);
    allow_encodings(&r);
#ifdef WITH_ADDRESS_SANITIZER
    allow(&r, "/proc", FS_READ_FILE | FS_READ_DIR); /* where it looks for leaks */
#endif
    const bool entered =
        !r.failed && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(SYS_RESTRICT_SELF, r.fd, 0) == 0;
    (void)close(r.fd);
    return entered;
}
