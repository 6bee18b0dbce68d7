#include "config.h"

#include "src/record/output.h"

#include "formats/pyrec.h"
#include "src/base/interrupt.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zstd.h>

#define READER_POLL_US 20000 /* between two looks for a reader */

/* Whether what fd is at begins like a recording: a zstd frame whose content begins with our magic, whatever version. */
static bool is_recording(int fd)
{
    uint8_t packed[16384], head[PYREC_MAGIC_SIZE];
    ZSTD_DStream *zstd = ZSTD_createDStream();
    if (zstd == NULL)
        return false;
    /* Frames are single segments, so decoding the start of one takes room for all of it, which a forged size could
     * make gigabytes: no more than a frame may have. */
    static_assert(PYREC_MAX_PAYLOAD == 1u << 22, "the window below"); /* NOLINT(misc-redundant-expression) */
    (void)ZSTD_DCtx_setParameter(zstd, ZSTD_d_windowLogMax, 22);
    ZSTD_outBuffer out = {head, sizeof head, 0};
    size_t wanted = 1; /* 0 at the end of a frame: whatever it holds, it is too short for a head */
    ssize_t n;
    while (out.pos < out.size && wanted != 0 && !ZSTD_isError(wanted) && (n = read(fd, packed, sizeof packed)) > 0) {
        ZSTD_inBuffer in = {packed, (size_t)n, 0};
        do {
            wanted = ZSTD_decompressStream(zstd, &out, &in);
        } while (out.pos < out.size && wanted != 0 && !ZSTD_isError(wanted) && in.pos < in.size);
    }
    ZSTD_freeDStream(zstd);
    return out.pos == out.size && memcmp(head, PYREC_MAGIC, sizeof head) == 0;
}

static bool create(struct output *o, const char *name)
{
    o->fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    o->created = o->fd >= 0;
    return o->created;
}

/* Not truncated but replaced: other names of the old file, and its permissions, are not the new one's. */
static bool create_beside(struct output *o)
{
    if (asprintf(&o->beside, "%s.new-%ld", o->name, (long)getpid()) < 0) {
        o->beside = NULL;
        errno = ENOMEM;
        return false;
    }
    return create(o, o->beside);
}

static bool take_place(struct output *o)
{
    if (o->beside != NULL && rename(o->beside, o->name) != 0)
        return false;
    free(o->beside);
    o->beside = NULL;
    return true;
}

/* Waits for a pipe's reader, as the shell does, but not in spite of Ctrl-C. */
static int open_forward(const char *name)
{
    int fd;
    while ((fd = open(name, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY)) < 0 && errno == ENXIO) {
        if (interrupt_waits()) {
            errno = EINTR;
            break;
        }
        (void)usleep(READER_POLL_US);
    }
    if (fd >= 0)
        (void)fcntl(fd, F_SETFL, 0);
    return fd;
}

/* A device or a pipe is written to as it is, unless somebody else may be listening at it. */
static bool open_special(struct output *o, const struct stat *found, struct err *err)
{
    if (found->st_uid != geteuid() && found->st_uid != 0)
        return err_set(err, ERR_USAGE, "%s: belongs to somebody else", o->name);
    o->fd = open_forward(o->name);
    if (o->fd < 0)
        return errno == EINTR ? err_set(err, ERR_USAGE, "%s: nobody reads it", o->name)
                              : err_system(err, errno, "%s", o->name);
    struct stat opened; /* nobody has put something else there meanwhile */
    if (fstat(o->fd, &opened) == 0 && opened.st_dev == found->st_dev && opened.st_ino == found->st_ino)
        return true;
    return err_set(err, ERR_USAGE, "%s: was replaced while it was opened", o->name);
}

static bool may_replace(const struct output *o, const struct stat *found, struct err *err)
{
    if (S_ISLNK(found->st_mode))
        return err_set(err, ERR_USAGE, "%s: is a symbolic link, which is not followed; -f replaces it", o->name);
    if (found->st_size == 0)
        return true;
    int fd = open(o->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return err_system(err, errno, "%s: exists", o->name);
    bool ours = is_recording(fd);
    close(fd);
    return ours || err_set(err, ERR_USAGE, "%s: exists and is not a recording; -f replaces it", o->name);
}

static bool open_file(struct output *o, bool force, struct err *err)
{
    if (create(o, o->name))
        return true;
    struct stat found;
    if (errno != EEXIST || lstat(o->name, &found) < 0)
        return err_system(err, errno, "%s", o->name);
    if (S_ISDIR(found.st_mode))
        return err_set(err, ERR_USAGE, "%s: is a directory", o->name);
    if (!S_ISREG(found.st_mode) && !S_ISLNK(found.st_mode))
        return open_special(o, &found, err);
    if (!force && !may_replace(o, &found, err))
        return false;
    return create_beside(o) || err_system(err, errno, "%s: cannot be replaced", o->name);
}

static bool open_stdout(struct output *o, struct err *err)
{
    if (isatty(STDOUT_FILENO))
        return err_set(err, ERR_USAGE, "standard output is a terminal: send it to a file or a pipe");
    o->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    return o->fd >= 0 || err_system(err, errno, "standard output");
}

bool output_open(struct output *o, const char *name, pid_t pid, bool force, struct err *err)
{
    *o = (struct output){.fd = -1};
    bool to_stdout = name != NULL && strcmp(name, "-") == 0;
    if (to_stdout)
        o->name = strdup("standard output");
    else if (name != NULL)
        o->name = strdup(name);
    else if (asprintf(&o->name, "pyrecord-%ld.zst", (long)pid) < 0)
        o->name = NULL;
    if (o->name == NULL)
        return err_nomem(err);
    if (to_stdout ? open_stdout(o, err) : open_file(o, force, err))
        return true;
    output_fini(o);
    return false;
}

bool output_write(void *self, const uint8_t *p, size_t n, struct err *err)
{
    struct output *o = self;
    while (n > 0) {
        ssize_t written = write(o->fd, p, n);
        if (written >= 0) {
            p += written;
            n -= (size_t)written;
        } else if (errno == EAGAIN) { /* a pipe that somebody made non-blocking */
            (void)poll(&(struct pollfd){.fd = o->fd, .events = POLLOUT}, 1, -1);
        } else if (errno != EINTR) {
            return err_system(err, errno, "%s: cannot be written", o->name);
        }
    }
    return take_place(o) || err_system(err, errno, "%s: cannot be replaced", o->name);
}

bool output_close(struct output *o, struct err *err)
{
    int fd = o->fd;
    o->fd = -1;
    return fd < 0 || close(fd) == 0 || err_system(err, errno, "%s: cannot be written", o->name);
}

void output_remove(struct output *o)
{
    if (o->created)
        (void)unlink(o->beside != NULL ? o->beside : o->name);
    o->created = false;
}

void output_fini(struct output *o)
{
    if (o->fd >= 0)
        close(o->fd);
    if (o->beside != NULL) /* nothing was written */
        output_remove(o);
    free(o->beside);
    free(o->name);
    *o = (struct output){.fd = -1};
}
