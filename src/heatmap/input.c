#include "config.h"

#include "src/heatmap/input.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/interrupt.h"
#include "src/heatmap/unpack.h"

enum { PIECE = 1 << 16, PROGRESS_FROM = 8 << 20 /* bytes: less is read before a person could look */ };

static void show_progress(struct input *input, uint64_t reached)
{
    if (!input->progress || input->in.size < PROGRESS_FROM || reached <= input->read)
        return;
    input->read = reached;
    unsigned percent = (unsigned)(reached * 100 / input->in.size);
    if (percent + 1 == input->shown)
        return;
    input->shown = percent + 1;
    (void)fprintf(stderr, "\rreading %u %% of %.0f MB ", percent, (double)input->in.size / 1e6);
    (void)fflush(stderr);
}

static bool read_at(void *self, uint64_t offset, void *p, size_t n, size_t *got, struct err *err)
{
    struct input *input = self;
    *got = 0;
    if (interrupt_waits()) /* and is held back by who writes what is read here */
        return err_set(err, ERR_SYSTEM, "interrupted");
    while (*got < n) {
        ssize_t k = pread(input->fd, (uint8_t *)p + *got, n - *got, (off_t)(offset + *got));
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            return err_system(err, errno, "cannot read");
        if (k == 0)
            break;
        *got += (size_t)k;
    }
    show_progress(input, offset + *got);
    return true;
}

/* A file that is gone when it is closed. */
int input_temporary(void)
{
    const char *dir = getenv("TMPDIR");
    if (dir == NULL || dir[0] == '\0')
        dir = "/tmp";
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/pyheatmap.XXXXXX", dir);
    if (n < 0 || (size_t)n >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        (void)unlink(path);
    return fd;
}

static bool write_all(int fd, const uint8_t *p, size_t n)
{
    while (n > 0) {
        ssize_t k = write(fd, p, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            return false;
        p += k;
        n -= (size_t)k;
    }
    return true;
}

/* Copies all of `from` to a temporary file, whose descriptor takes the place of input->fd. */
static bool spool(struct input *input, int from, struct err *err)
{
    input->fd = input_temporary();
    if (input->fd < 0)
        return err_system(err, errno, "%s: no temporary file for it", input->in.name);
    uint8_t piece[PIECE];
    for (;;) {
        ssize_t k = read(from, piece, sizeof piece);
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            return err_system(err, errno, "%s: cannot read", input->in.name);
        if (k == 0)
            return true;
        input->in.size += (uint64_t)k;
        if (input->in.size > INPUT_MAX_SPOOL)
            return err_set(err, ERR_LIMIT, "%s: more than %llu GB from a pipe: give it as a file", input->in.name,
                           INPUT_MAX_SPOOL >> 30);
        if (!write_all(input->fd, piece, (size_t)k))
            return err_system(err, errno, "%s: cannot copy it to a temporary file (TMPDIR says where)", input->in.name);
    }
}

/* Goes on with what is inside, as long as it is something that is unpacked. */
static bool unpack_all(struct input *input, struct err *err)
{
    for (unsigned depth = 0; depth <= UNPACK_MAX_DEPTH; depth++) {
        int inside = -1;
        uint64_t size = 0;
        if (!unpack(&input->in, input->fd, input_temporary, &inside, &size, err))
            return err_prefix(err, "%s", input->in.name);
        if (inside < 0)
            return true;
        if (input->fd > STDERR_FILENO)
            (void)close(input->fd);
        input->fd = inside;
        input->in.size = size;
        input->read = 0;
    }
    return err_set(err, ERR_LIMIT, "%s: packed more than %u times", input->in.name, UNPACK_MAX_DEPTH);
}

bool input_open(struct input *input, const char *path, bool progress, struct err *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    *input = (struct input){.in = {.self = input, .name = is_stdin ? "standard input" : path, .read = read_at},
                            .fd = -1,
                            .progress = progress};
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return err_system(err, errno, "%s: cannot open it", path);
    struct stat st;
    bool ok = true;
    if (fstat(fd, &st) != 0)
        ok = err_system(err, errno, "%s: cannot tell what it is", input->in.name);
    else if (S_ISDIR(st.st_mode))
        ok = err_set(err, ERR_NOT_THIS_FORMAT, "%s: is a directory, not a recording", input->in.name);
    else if (is_stdin && isatty(fd))
        ok = err_set(err, ERR_USAGE, "standard input is the terminal: give a recording");
    else if (S_ISREG(st.st_mode) && !is_stdin)
        input->in.size = (uint64_t)st.st_size;
    else
        ok = spool(input, fd, err);
    if (ok && input->fd < 0)
        input->fd = fd;
    else if (!is_stdin)
        (void)close(fd);
    ok = ok && unpack_all(input, err);
    if (!ok)
        input_close(input);
    return ok;
}

void input_of_file(struct input *input, int fd, uint64_t size, const char *name)
{
    *input = (struct input){.in = {.self = input, .name = name, .size = size, .read = read_at}, .fd = fd};
}

void input_close(struct input *input)
{
    if (input->shown > 0)
        (void)fputs("\r\033[K", stderr);
    input->shown = 0;
    if (input->fd > STDERR_FILENO)
        (void)close(input->fd);
    input->fd = -1;
}
