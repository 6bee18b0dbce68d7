/* The nth allocation, write, open, mkdir, rename, read fails, for every n that a conversion comes to: it ends in an
 * error that has words, what was there before is still there, nothing else is left behind; or it is done, and rightly.
 *
 * The linker puts the functions below between the program's own code and the C library (-Wl,--wrap). */
#include "config.h"

#include "tests/unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/heatmap/input.h"
#include "src/heatmap/json.h"
#include "src/heatmap/model.h"
#include "src/heatmap/output.h"
#include "src/heatmap/site.h"
#include "tests/support/bridge.h"
#include "tests/support/fake.h"

enum fault { NONE, ALLOCATION, WRITE, OPEN, MKDIR, RENAME, READ, FAULTS };
static const char *const names[FAULTS] = {"none", "allocation", "write", "open", "mkdir", "rename", "read"};

static enum fault armed;
static unsigned long left; /* the fault comes when it is 0 */
static bool struck;

static bool strikes(enum fault fault)
{
    if (armed != fault || struck || left-- > 0)
        return false;
    struck = true;
    return true;
}

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_realloc(void *p, size_t n);
ssize_t __real_write(int fd, const void *p, size_t n);
ssize_t __wrap_write(int fd, const void *p, size_t n);
ssize_t __real_pread(int fd, void *p, size_t n, off_t at);
ssize_t __wrap_pread(int fd, void *p, size_t n, off_t at);
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_openat(int dir, const char *path, int flags, ...);
int __wrap_openat(int dir, const char *path, int flags, ...);
FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
int __real_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode);
int __real_mkdirat(int dir, const char *path, mode_t mode);
int __wrap_mkdirat(int dir, const char *path, mode_t mode);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);

#define STRIKE(fault, error, result) \
    do {                             \
        if (strikes(fault)) {        \
            errno = (error);         \
            return (result);         \
        }                            \
    } while (0)

void *__wrap_malloc(size_t n)
{
    STRIKE(ALLOCATION, ENOMEM, NULL);
    return __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    STRIKE(ALLOCATION, ENOMEM, NULL);
    return __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    STRIKE(ALLOCATION, ENOMEM, NULL);
    return __real_realloc(p, n);
}

ssize_t __wrap_write(int fd, const void *p, size_t n)
{
    STRIKE(WRITE, ENOSPC, -1);
    return __real_write(fd, p, n);
}

ssize_t __wrap_pread(int fd, void *p, size_t n, off_t at)
{
    STRIKE(READ, EIO, -1);
    return __real_pread(fd, p, n, at);
}

static mode_t mode_of(int flags, va_list args)
{
    return (flags & O_CREAT) != 0 ? va_arg(args, mode_t) : 0;
}

int __wrap_open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = mode_of(flags, args);
    va_end(args);
    STRIKE(OPEN, EMFILE, -1);
    return __real_open(path, flags, mode);
}

int __wrap_openat(int dir, const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = mode_of(flags, args);
    va_end(args);
    STRIKE(OPEN, EMFILE, -1);
    return __real_openat(dir, path, flags, mode);
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
    STRIKE(OPEN, EMFILE, NULL);
    return __real_fopen(path, mode);
}

int __wrap_mkdir(const char *path, mode_t mode)
{
    STRIKE(MKDIR, ENOSPC, -1);
    return __real_mkdir(path, mode);
}

int __wrap_mkdirat(int dir, const char *path, mode_t mode)
{
    STRIKE(MKDIR, ENOSPC, -1);
    return __real_mkdirat(dir, path, mode);
}

int __wrap_rename(const char *from, const char *to)
{
    STRIKE(RENAME, EIO, -1);
    return __real_rename(from, to);
}

/* --- a conversion ------------------------------------------------------------------------------------------------ */

static char top[] = "/tmp/pyheatmap-faults.XXXXXX";

static bool to_file(void *self, const uint8_t *p, size_t n, struct err *err)
{
    return fwrite(p, n, 1, self) == 1 || err_system(err, errno, "recording");
}

static int make_recording(void **state)
{
    (void)state;
    if (mkdtemp(top) == NULL || chdir(top) != 0)
        return -1;
    FILE *f = fopen("recording", "wb");
    if (f == NULL)
        return -1;
    struct bridge b = {.options = {.self = f, .output = to_file}};
    const struct sink sink = bridge_sink(&b);
    const struct fake_options options = {.seed = 5, .processes = 2, .epochs = 2, .codes = 5, .nodes = 20, .rows = 20};
    fake_push(&options, &sink);
    pyrec_write_free(b.writer);
    return fclose(f);
}

static int remove_all(void **state)
{
    (void)state;
    char command[sizeof top + 16];
    (void)snprintf(command, sizeof command, "rm -rf %s", top);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

static bool write_json(const struct model *m, struct err *err)
{
    struct output out;
    if (!output_open(&out, "json", err))
        return false;
    if (json_write(m, out.file, err))
        return output_commit(&out, err);
    output_discard(&out);
    return false;
}

static bool convert(struct err *err)
{
    struct input input;
    if (!input_open(&input, "recording", false, err))
        return false;
    const struct model_options options = {0};
    const struct site_options site = {.dir = "site"};
    const struct format *format = format_guess(&input.in, err);
    struct profile *p = format == NULL ? NULL : profile_new(BASIS_WALL, err);
    bool ok = p != NULL && format->read(&input.in, profile_sink(p), err);
    input_close(&input);
    struct model *m = ok ? model_new(p, &options, err) : NULL;
    ok = m != NULL && site_write(m, &site, err) && write_json(m, err);
    model_free(m);
    profile_free(p);
    return ok;
}

/* --- what is there ----------------------------------------------------------------------------------------------- */

static void load(const char *path, struct buf *to)
{
    uint8_t piece[4096];
    FILE *f = fopen(path, "rb");
    buf_clear(to);
    if (f == NULL)
        fail_msg("%s is gone", path);
    for (size_t n; (n = fread(piece, 1, sizeof piece, f)) > 0;)
        buf_bytes(to, piece, n);
    (void)fclose(f);
}

/* What lies in the directory: names, but for those of the test itself. */
static unsigned strangers(const char *allowed)
{
    unsigned n = 0;
    DIR *dir = opendir(".");
    assert_non_null(dir);
    for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        if (e->d_name[0] != '.' && strstr(allowed, e->d_name) == NULL) {
            print_error("left behind: %s\n", e->d_name);
            n++;
        }
    }
    (void)closedir(dir);
    return n;
}

/* A site that was there, which can be told from a new one; and a file that was there. */
static void put_old(void)
{
    FILE *f = fopen("site/mark", "w");
    FILE *json = fopen("json", "w");
    assert_true(f != NULL && json != NULL && fputs("old\n", json) > 0 && fclose(f) == 0 && fclose(json) == 0);
}

static void everything_that_can_fail_may_fail(void **state)
{
    (void)state;
    struct err err = {0};
    struct buf good = {0}, index = {0}, now = {0};
    assert_true(convert(&err));
    load("json", &good);
    load("site/index.html", &index);
    for (enum fault fault = ALLOCATION; fault < FAULTS; fault++) {
        unsigned long n = 0, failed = 0;
        for (;; n++) {
            put_old();
            err_clear(&err);
            left = n;
            struck = false;
            armed = fault;
            const bool ok = convert(&err);
            armed = NONE;
            /* The new site is in its place and the old one cannot be removed: that is said, with its name. */
            const bool kept_aside = strstr(err.msg, "what it replaced could not be removed") != NULL;
            if (kept_aside)
                assert_int_equal(system("rm -r site.old-*"), 0);
            if (strangers("recording site json") > 0 || (!ok && err.msg[0] == '\0') || ok != (err.kind == ERR_NONE))
                fail_msg("%s %lu: %d: '%s'", names[fault], n, ok, err.msg);
            load("site/index.html", &now);
            if (!slice_eq(buf_view(&now), buf_view(&index)))
                fail_msg("%s %lu: the site is not whole", names[fault], n);
            load("json", &now);
            const bool json_is_old = slice_eq(buf_view(&now), SLICE("old\n"));
            if (!json_is_old && !slice_eq(buf_view(&now), buf_view(&good)))
                fail_msg("%s %lu: the JSON is not whole", names[fault], n);
            if (ok && (json_is_old || access("site/mark", F_OK) == 0))
                fail_msg("%s %lu: done, and yet the old ones", names[fault], n);
            failed += !ok;
            if (!struck)
                break;
        }
        print_message("%s: %lu times, %lu of them an error\n", names[fault], n, failed);
        assert_true(failed > 0);
    }
    buf_fini(&good);
    buf_fini(&index);
    buf_fini(&now);
}

/* Written by the C library itself: a full disk. */
static void a_full_disk_is_said(void **state)
{
    (void)state;
    struct err err = {0};
    struct output out;
    if (access("/dev/full", W_OK) != 0)
        skip();
    assert_true(output_open(&out, "/dev/full", &err));
    assert_true(fputs("text", out.file) >= 0);
    assert_false(output_commit(&out, &err));
    assert_non_null(strstr(err.msg, "/dev/full: cannot write it: No space left"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_that_can_fail_may_fail),
        cmocka_unit_test(a_full_disk_is_said),
    };
    return cmocka_run_group_tests(tests, make_recording, remove_all);
}
