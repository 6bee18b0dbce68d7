/* The nth allocation, write, open, mkdir, rename, read, close fails (tests/support/faults.h), for every n that
 * pyheatmap comes to, whatever it makes; and files may grow to n bytes. It ends in an error that has words, what was
 * there before is still there, nothing else is left behind; or it is done, and rightly. */
#include "config.h"

#include "tests/unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/heatmap/attach.h"
#include "src/heatmap/convert.h"
#include "src/heatmap/output.h"
#include "src/heatmap/sandbox.h"
#include "tests/support/bridge.h"
#include "tests/support/fake.h"
#include "tests/support/faults.h"

enum { SIZES = 40 /* that files may grow to */ };

/* It would be for good, and the test goes on. */
bool __wrap_sandbox_enter(const struct sandbox *s);

bool __wrap_sandbox_enter(const struct sandbox *s)
{
    (void)s;
    return false;
}

/* --- what is made -------------------------------------------------------------------------------------------------*/

struct job {
    const char *name;
    struct options options;
};

static const struct job jobs[] = {
    {"a site and numbers",
     {.recording = "recording", .output = (char[]){"site"}, .json = "json", .basis = BASIS_WALL, .quiet = true}},
    {"a site of another", {.recording = "plain", .output = (char[]){"site"}, .basis = BASIS_WALL}},
    {"numbers of a .gz", {.recording = "plain.gz", .json = "json", .quiet = true}},
    {"numbers of a .zip", {.recording = "plain.zip", .json = "json", .quiet = true}},
    {"numbers of a report", {.recording = "plain.html", .json = "json", .quiet = true}},
    {"--redact", {.action = OPTIONS_REDACT, .recording = "plain", .output = (char[]){"made"}}},
    {"--redact --dry-run", {.action = OPTIONS_REDACT, .recording = "plain", .dry_run = true}},
    {"--report", {.action = OPTIONS_REPORT, .recording = "plain", .output = (char[]){"made"}}},
    {"--report x.zip", {.action = OPTIONS_REPORT, .recording = "plain", .output = (char[]){"made.zip"}}},
    {"--report --no-redact",
     {.action = OPTIONS_REPORT, .recording = "plain", .output = (char[]){"made"}, .no_redact = true}},
    {"--info --json", {.action = OPTIONS_INFO, .recording = "plain", .json = "json"}},
    {"--info", {.action = OPTIONS_INFO, .recording = "plain"}},
    {"--markdown", {.action = OPTIONS_MARKDOWN, .recording = "plain"}},
};

enum { JOBS = sizeof jobs / sizeof *jobs };

static bool run(const struct job *job, struct err *err)
{
    return job->options.action == OPTIONS_CONVERT ? convert(&job->options, err) : attach(&job->options, err);
}

/* The standard output of what is run; the test's own is put aside. */
static int aside = -1;

static void put_stdout_aside(void)
{
    (void)fflush(stdout);
    aside = dup(STDOUT_FILENO);
    const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    assert_true(aside >= 0 && null >= 0 && dup2(null, STDOUT_FILENO) >= 0);
    (void)close(null);
}

static void put_stdout_back(void)
{
    (void)fflush(stdout);
    clearerr(stdout); /* what could not be written is not the test's */
    assert_true(dup2(aside, STDOUT_FILENO) >= 0);
    (void)close(aside);
}

/* --- what is there ------------------------------------------------------------------------------------------------*/

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
static unsigned strangers(void)
{
    unsigned n = 0;
    DIR *dir = opendir(".");
    assert_non_null(dir);
    for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        if (strchr(e->d_name, '-') != NULL || slice_ends(slice_str(e->d_name), SLICE(".tmp"))) {
            print_error("left behind: %s\n", e->d_name);
            n++;
        }
    }
    (void)closedir(dir);
    return n;
}

static void put_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_true(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
}

static bool makes_site(const struct job *job)
{
    return job->options.output != NULL && job->options.action == OPTIONS_CONVERT;
}

/* Those that were there, and can be told from new ones. */
static void put_old(const struct job *job)
{
    if (makes_site(job))
        put_text("site/mark", "old\n");
    else if (job->options.output != NULL)
        put_text(job->options.output, "old\n");
    if (job->options.json != NULL)
        put_text(job->options.json, "old\n");
}

/* Whole, and the new one; false: whole, and the old one. */
static bool is_new(const char *path, const struct buf *good, const char *what, unsigned long n)
{
    struct buf now = {0};
    load(path, &now);
    const bool old = slice_eq(buf_view(&now), SLICE("old\n")), new = slice_eq(buf_view(&now), buf_view(good));
    buf_fini(&now);
    if (!old && !new)
        fail_msg("%s %lu: %s is not whole", what, n, path);
    return new;
}

/* What a run without a fault made. */
struct good {
    struct buf output, json;
};

static void check(const struct job *job, const struct good *good, bool ok, const struct err *err, const char *what,
                  unsigned long n)
{
    const struct options *o = &job->options;
    /* The new site is in its place and the old one cannot be removed: that is said, with its name. */
    if (strstr(err->msg, "what it replaced could not be removed") != NULL)
        assert_int_equal(system("rm -r site.old-*"), 0);
    if (strangers() > 0 || (!ok && err->msg[0] == '\0') || ok != (err->kind == ERR_NONE))
        fail_msg("%s, %s %lu: %d: '%s'", job->name, what, n, ok, err->msg);
    bool done = true;
    if (makes_site(job)) {
        assert_true(is_new("site/index.html", &good->output, what, n));
        done = access("site/mark", F_OK) != 0;
    } else if (o->output != NULL) {
        done = is_new(o->output, &good->output, what, n);
    }
    if (o->json != NULL)
        done = is_new(o->json, &good->json, what, n) && done;
    if (ok && !done)
        fail_msg("%s, %s %lu: done, and yet the old ones", job->name, what, n);
}

static void make_good(const struct job *job, struct good *good)
{
    struct err err = {0};
    put_stdout_aside();
    const bool ok = run(job, &err);
    put_stdout_back();
    if (!ok)
        fail_msg("%s: %s", job->name, err.msg);
    if (makes_site(job))
        load("site/index.html", &good->output);
    else if (job->options.output != NULL)
        load(job->options.output, &good->output);
    if (job->options.json != NULL)
        load(job->options.json, &good->json);
}

/* --- faults -------------------------------------------------------------------------------------------------------*/

/* How many times it struck; how many of them were an error. */
static unsigned long sweep(const struct job *job, const struct good *good, enum fault fault, unsigned long *failed)
{
    for (unsigned long n = 0;; n++) {
        struct err err = {0};
        put_old(job);
        put_stdout_aside();
        faults_arm(fault, n);
        const bool ok = run(job, &err);
        const bool struck = faults_disarm();
        put_stdout_back();
        check(job, good, ok, &err, faults_name(fault), n);
        *failed += !ok;
        if (!struck)
            return n;
    }
}

static void everything_that_can_fail_may_fail(void **state)
{
    (void)state;
    unsigned long all[FAULTS] = {0};
    for (unsigned i = 0; i < JOBS; i++) {
        struct good good = {0};
        make_good(&jobs[i], &good);
        print_message("%s:", jobs[i].name);
        for (enum fault fault = FAULT_ALLOCATION; fault < FAULTS; fault++) {
            unsigned long failed = 0;
            const unsigned long struck = sweep(&jobs[i], &good, fault, &failed);
            if (struck > 0)
                print_message(" %s %lu of %lu;", faults_name(fault), failed, struck);
            if (fault == FAULT_ALLOCATION)
                assert_true(failed > 0);
            all[fault] += failed;
        }
        print_message("\n");
        buf_fini(&good.output);
        buf_fini(&good.json);
    }
    for (enum fault fault = FAULT_ALLOCATION; fault < FAULTS; fault++) {
        if (all[fault] == 0)
            fail_msg("no %s was an error", faults_name(fault));
    }
}

static void let_grow(rlim_t size)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = size < limit.rlim_max ? size : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* As on a full disk, for whoever writes: the C library as well. */
static void files_may_not_grow(void **state)
{
    (void)state;
    (void)signal(SIGXFSZ, SIG_IGN); /* as main has it */
    for (unsigned i = 0; i < JOBS; i++) {
        struct good good = {0};
        make_good(&jobs[i], &good);
        const size_t largest = good.output.n > good.json.n ? good.output.n : good.json.n;
        unsigned failed = 0;
        for (unsigned n = 0; n < SIZES; n++) {
            struct err err = {0};
            put_old(&jobs[i]);
            put_stdout_aside();
            let_grow(largest * n / SIZES);
            const bool ok = run(&jobs[i], &err);
            let_grow(RLIM_INFINITY);
            put_stdout_back();
            check(&jobs[i], &good, ok, &err, "size", n);
            failed += !ok;
        }
        print_message("%s: %u of %u\n", jobs[i].name, failed, SIZES);
        assert_true(failed == SIZES || largest == 0);
        buf_fini(&good.output);
        buf_fini(&good.json);
    }
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

/* --- the recordings -----------------------------------------------------------------------------------------------*/

static char top[] = "/tmp/pyheatmap-faults.XXXXXX";

static bool to_file(void *self, const uint8_t *p, size_t n, struct err *err)
{
    return fwrite(p, n, 1, self) == 1 || err_system(err, EIO, "recording");
}

static bool invent(void)
{
    FILE *f = fopen("recording", "wb");
    if (f == NULL)
        return false;
    struct bridge b = {.options = {.self = f, .output = to_file}};
    const struct sink sink = bridge_sink(&b);
    const struct fake_options options = {.seed = 5, .processes = 2, .epochs = 2, .codes = 5, .nodes = 20, .rows = 20};
    fake_push(&options, &sink);
    pyrec_write_free(b.writer);
    return fclose(f) == 0;
}

static int make_recordings(void **state)
{
    char here[PATH_MAX], command[4 * PATH_MAX];
    (void)state;
    if (getcwd(here, sizeof here) == NULL || mkdtemp(top) == NULL || chdir(top) != 0 || !invent())
        return -1;
    const int n =
        snprintf(command, sizeof command,
                 "%s/tests/site/make_case plain >plain && gzip -k plain && "
                 "%s/pyheatmap -q --report -o plain.html plain && %s/pyheatmap -q --report -o plain.zip plain",
                 here, here, here);
    return n > 0 && (size_t)n < sizeof command && system(command) == 0 ? 0 : -1;
}

static int remove_all(void **state)
{
    (void)state;
    char command[sizeof top + 16];
    (void)snprintf(command, sizeof command, "rm -rf %s", top);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_that_can_fail_may_fail),
        cmocka_unit_test(files_may_not_grow),
        cmocka_unit_test(a_full_disk_is_said),
    };
    return cmocka_run_group_tests(tests, make_recordings, remove_all);
}
