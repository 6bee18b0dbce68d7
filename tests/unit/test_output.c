/* Which files a recording may be written to, and what is left when that fails. */
#include "config.h"

#include "src/record/output.h"

#include "formats/pyrec_write.h"
#include "tests/formats/dump.h"
#include "tests/support/faults.h"
#include "tests/unit/tree.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int set_up(void **state)
{
    (void)state;
    (void)tree_make();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    tree_remove();
    return 0;
}

static void writes(const char *name, bool force)
{
    struct output o;
    struct err err = {0};
    if (!output_open(&o, tree_path(name), 1, force, &err))
        fail_msg("%s", err.msg);
    assert_true(output_write(&o, (const uint8_t *)"new", 3, &err));
    assert_true(output_close(&o, &err));
    output_fini(&o);
    assert_true(slice_eq(tree_read(name), SLICE("new")));
}

static void refuses(const char *name, const char *says)
{
    struct output o;
    struct err err = {0};
    assert_false(output_open(&o, tree_path(name), 1, false, &err));
    if (strstr(err.msg, says) == NULL)
        fail_msg("said '%s', not '%s'", err.msg, says);
}

static bool write_two(struct err *err)
{
    struct output o;
    if (!output_open(&o, tree_path("trace.zst"), 1, true, err))
        return false;
    const bool ok = output_write(&o, (const uint8_t *)"n", 1, err) && output_write(&o, (const uint8_t *)"ew", 2, err) &&
                    output_close(&o, err);
    output_fini(&o);
    return ok;
}

/* The nth open, rename, write, close fails: it is said, with the file's name. What was there is there as long as
 * nothing new was written, and nothing else is left behind. */
static void what_fails_is_said(void **state)
{
    (void)state;
    static const enum fault kinds[] = {FAULT_OPEN, FAULT_RENAME, FAULT_WRITE, FAULT_CLOSE};
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const enum fault fault = kinds[i];
        const char *why = strerror(faults_errno(fault));
        unsigned failed = 0;
        bool struck = true;
        for (unsigned n = 0; struck; n++) {
            struct err err = {0};
            tree_file("trace.zst", SLICE("old"));
            faults_arm(fault, n);
            const bool ok = write_two(&err);
            struck = faults_disarm();
            const struct slice now = tree_read("trace.zst");
            if (ok != slice_eq(now, SLICE("new")) && fault != FAULT_CLOSE) /* a failed one may have written all */
                fail_msg("%s %u: %d, and there is '%.*s'", faults_name(fault), n, ok, (int)now.n, (const char *)now.p);
            if (fault == FAULT_OPEN || fault == FAULT_RENAME || (fault == FAULT_WRITE && n == 0))
                assert_true(ok || slice_eq(now, SLICE("old")));
            assert_true(ok || strstr(err.msg, "trace.zst") != NULL);
            assert_true(ok || strstr(err.msg, why) != NULL);
            assert_int_equal(tree_count(), 1);
            failed += !ok;
        }
        if (failed == 0)
            fail_msg("no %s ever failed", faults_name(fault));
    }
}

static void a_new_file_is_its_owners(void **state)
{
    (void)state;
    umask(0);
    writes("new.zst", false);
    struct stat st;
    assert_int_equal(stat(tree_path("new.zst"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

/* The beginning of a recording, as the encoder makes it, with so much in its first frame. */
static struct slice recording(size_t source)
{
    static struct buf bytes;
    buf_clear(&bytes);
    struct err err = {0};
    struct rec_header header = {.recorder = SLICE("test"), .period_ns = 1000, .time_unit_ns = 1000};
    struct pyrec_write_options options = {.self = &bytes, .output = memory_output};
    struct pyrec_write *w = pyrec_write_new(&options, &header, &err);
    static uint8_t noise[1 << 20];
    uint32_t x = 1;
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (uint8_t)((x = x * 1664525 + 1013904223) >> 24);
    uint8_t hash[REC_HASH_SIZE];
    pyrec_hash(slice_of(noise, source), hash);
    assert_true(pyrec_write_source(w, hash, slice_of(noise, source), &err) && pyrec_write_flush(w, 0, &err));
    pyrec_write_free(w);
    return buf_view(&bytes);
}

static void a_recording_is_replaced(void **state)
{
    (void)state;
    tree_file("old.zst", recording(10));
    assert_int_equal(link(tree_path("old.zst"), tree_path("kept.zst")), 0);
    assert_int_equal(chmod(tree_path("old.zst"), 0644), 0);
    writes("old.zst", false);
    struct stat st;
    assert_int_equal(stat(tree_path("old.zst"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_true(slice_eq(tree_read("kept.zst"), recording(10)));
    tree_file("large.zst", recording(1 << 20)); /* its first block is longer than one read */
    writes("large.zst", false);
    tree_file("empty.zst", SLICE("")); /* mktemp(1) */
    writes("empty.zst", false);
}

static void anything_else_is_not(void **state)
{
    (void)state;
    tree_file("text", SLICE("a text"));
    tree_file("pyrec", SLICE("pyrec\x1a\n")); /* our magic, but not in a frame */
    tree_file("other.zst", slice_of("\x28\xb5\x2f\xfd\x24\x07\x39\0\0another\0\0\0\0", 20));
    struct slice cut = recording(1 << 20);
    cut.n = 30;
    tree_file("cut.zst", cut);
    refuses("text", "is not a recording; -f replaces it");
    refuses("pyrec", "is not a recording");
    refuses("other.zst", "is not a recording");
    refuses("cut.zst", "is not a recording");
    assert_true(slice_eq(tree_read("text"), SLICE("a text")));
    writes("text", true);
    tree_dir("dir");
    refuses("dir", "is a directory");
    refuses("no/such/dir", "No such file or directory");
}

static void links_are_not_followed(void **state)
{
    (void)state;
    tree_file("victim", recording(10));
    tree_link("link.zst", "victim");
    tree_link("dangling.zst", "nothing");
    refuses("link.zst", "is a symbolic link");
    refuses("dangling.zst", "is a symbolic link");
    writes("link.zst", true); /* the link itself is replaced */
    assert_true(slice_eq(tree_read("victim"), recording(10)));
    struct stat st;
    assert_int_equal(lstat(tree_path("link.zst"), &st), 0);
    assert_true(S_ISREG(st.st_mode));
}

static void only_what_was_created_is_removed(void **state)
{
    (void)state;
    struct output o;
    struct err err = {0};
    assert_true(output_open(&o, tree_path("x.zst"), 1, false, &err));
    output_remove(&o);
    output_fini(&o);
    assert_int_equal(access(tree_path("x.zst"), F_OK), -1);
    assert_true(output_open(&o, "/dev/null", 1, false, &err));
    output_remove(&o);
    output_fini(&o);
    assert_int_equal(access("/dev/null", F_OK), 0);
}

static void what_is_replaced_stays_until_there_is_something(void **state)
{
    (void)state;
    struct output o;
    struct err err = {0};
    for (unsigned i = 0; i < 3; i++) {
        tree_file("x.zst", SLICE("old"));
        assert_true(output_open(&o, tree_path("x.zst"), 1, true, &err));
        if (i == 0)
            output_remove(&o);
        if (i == 1)
            assert_true(output_close(&o, &err));
        output_fini(&o);
        assert_true(slice_eq(tree_read("x.zst"), SLICE("old")));
        assert_int_equal(tree_count(), 1);
    }
}

static void the_default_name_has_the_pid(void **state)
{
    (void)state;
    struct output o;
    struct err err = {0};
    char before[4096];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(tree_path(".")), 0);
    assert_true(output_open(&o, NULL, 4711, false, &err));
    assert_string_equal(o.name, "pyrecord-4711.zst");
    assert_int_equal(access(tree_path("pyrecord-4711.zst"), F_OK), 0);
    output_fini(&o);
    assert_int_equal(chdir(before), 0);
}

static void a_full_disk_is_said(void **state)
{
    (void)state;
    struct output o;
    struct err err = {0};
    assert_true(output_open(&o, "/dev/full", 1, false, &err));
    assert_false(output_write(&o, (const uint8_t *)"new", 3, &err));
    assert_int_equal(err.sys, ENOSPC);
    assert_non_null(strstr(err.msg, "/dev/full: cannot be written"));
    output_fini(&o);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_new_file_is_its_owners),
        TEST(a_recording_is_replaced),
        TEST(anything_else_is_not),
        TEST(links_are_not_followed),
        TEST(only_what_was_created_is_removed),
        TEST(what_is_replaced_stays_until_there_is_something),
        TEST(the_default_name_has_the_pid),
        TEST(a_full_disk_is_said),
        TEST(what_fails_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
