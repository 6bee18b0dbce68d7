/* Which files are read for a code object's name, and which are left alone. */
#include "config.h"

#include "src/record/sources.h"

#include "formats/pyrec_write.h"
#include "tests/unit/tree.h"
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct image image;
static struct sources sources;
static struct arena arena, scratch;
static struct rec_file file;
static struct slice text;

/* A program that works in project/, and was started as ../bin/start. */
static int set_up(void **state)
{
    (void)state;
    (void)tree_make();
    tree_file("project/app.py", SLICE("app\n"));
    tree_file("project/data.txt", SLICE("below the working directory\n"));
    tree_file("project/.ssh/id", SLICE("hidden\n"));
    tree_file("bin/start", SLICE("started\n"));
    tree_file("bin/other", SLICE("not started\n"));
    tree_file("site/pkg/template.html", SLICE("below a root\n"));
    tree_file("elsewhere/mod.py", SLICE("mod\n"));
    tree_file("elsewhere/secret", SLICE("secret\n"));
    tree_link("elsewhere/innocent.py", "secret");
    tree_link("elsewhere/alias.py", "mod.py");
    assert_int_equal(mkfifo(tree_path("elsewhere/pipe.py"), 0666), 0);
    tree_dir("elsewhere/dir.py");

    memset(&image, 0, sizeof image);
    memset(&sources, 0, sizeof sources);
    targetfs_init(&image.fs, getpid(), true);
    image.process.python = 0x030c01f0;
    image.process.cwd = arena_copy(&arena, slice_str(tree_path("project")));
    image.roots.items = calloc(2, sizeof *image.roots.items);
    image.roots.n = 2;
    image.roots.items[0] = (struct rec_root){.kind = REC_ROOT_PATH, .path = image.process.cwd};
    image.roots.items[1] =
        (struct rec_root){.kind = REC_ROOT_SITE, .path = arena_copy(&arena, slice_str(tree_path("site")))};
    image.roots.script = image.roots.real_script = arena_copy(&arena, slice_str(tree_path("bin/start")));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    tree_remove();
    targetfs_fini(&image.fs);
    roots_fini(&image.roots);
    sources_fini(&sources);
    arena_fini(&arena);
    arena_fini(&scratch);
    return 0;
}

static void look(const char *name)
{
    struct err err = {0};
    assert_true(sources_look(&sources, &image, slice_str(name), &arena, &scratch, &file, &text, &err));
    assert_true(slice_eq(file.name, slice_str(name)));
}

static void seen(const char *name, const char *content)
{
    look(name);
    if (file.source != REC_SOURCE_SEEN || !slice_eq(text, slice_str(content)))
        fail_msg("%s: state %u, '%.*s'", name, file.source, (int)text.n, (const char *)text.p);
    uint8_t hash[REC_HASH_SIZE];
    pyrec_hash(text, hash);
    assert_memory_equal(hash, file.hash, sizeof hash);
    assert_int_equal(file.size, text.n);
}

static void not_read(const char *name, uint32_t source)
{
    static const uint8_t zero[REC_HASH_SIZE];
    look(name);
    if (file.source != source)
        fail_msg("%s: state %u, not %u", name, file.source, source);
    assert_null(text.p);
    assert_memory_equal(file.hash, zero, sizeof zero);
}

static void what_may_travel(void **state)
{
    (void)state;
    seen(tree_path("project/app.py"), "app\n");
    seen("data.txt", "below the working directory\n");
    seen("../bin/start", "started\n");
    seen(tree_path("site/pkg/template.html"), "below a root\n");
    seen(tree_path("elsewhere/alias.py"), "mod\n");
}

static void what_may_not(void **state)
{
    (void)state;
    not_read(tree_path("elsewhere/secret"), REC_SOURCE_REFUSED);
    not_read(tree_path("bin/other"), REC_SOURCE_REFUSED);
    not_read(".ssh/id", REC_SOURCE_REFUSED);
    not_read(tree_path("elsewhere/innocent.py"), REC_SOURCE_REFUSED); /* a link to something else */
    not_read("/proc/self/environ", REC_SOURCE_REFUSED);
    not_read("/dev/null", REC_SOURCE_UNREADABLE);
    not_read(tree_path("elsewhere/pipe.py"), REC_SOURCE_UNREADABLE); /* and does not block */
    not_read(tree_path("elsewhere/dir.py"), REC_SOURCE_UNREADABLE);
    not_read("/proc/self/root/etc/passwd", REC_SOURCE_UNREADABLE); /* by a magic link */
}

static void what_is_not_there(void **state)
{
    (void)state;
    not_read("<string>", REC_SOURCE_NONE);
    not_read("<frozen importlib._bootstrap>", REC_SOURCE_NONE);
    not_read("", REC_SOURCE_NONE);
    not_read("gone.py", REC_SOURCE_NONE);
    not_read("app.py/inside.py", REC_SOURCE_NONE);
    struct err err = {0};
    assert_true(sources_look(&sources, &image, slice_of("a\0b.py", 6), &arena, &scratch, &file, &text, &err));
    assert_int_equal(file.source, REC_SOURCE_NONE);
}

static void too_large(void **state)
{
    (void)state;
    assert_int_equal(truncate(tree_path("project/app.py"), (16 << 20) + 1), 0);
    not_read("app.py", REC_SOURCE_UNREADABLE);
}

static void one_file_by_many_names(void **state)
{
    (void)state;
    seen("app.py", "app\n");
    uint64_t inode = file.inode, device = file.device;
    assert_true(slice_eq(file.path, slice_str(tree_path("project/app.py"))));
    look("./app.py");
    assert_true(slice_eq(file.path, slice_str(tree_path("project/app.py"))));
    assert_int_equal(file.inode, inode);
    assert_int_equal(file.device, device);
    assert_int_equal(file.source, REC_SOURCE_SEEN);
    assert_null(text.p); /* was sent */
    look("../project/app.py");
    assert_true(slice_eq(file.path, slice_str(tree_path("project/app.py"))));
    /* ".." behind a link is not what it looks like. */
    tree_dir("far/away/deep");
    tree_file("far/away/app.py", SLICE("far\n"));
    tree_link("project/link", tree_path("far/away/deep"));
    seen("link/../app.py", "far\n");
    assert_true(slice_eq(file.path, slice_str(tree_path("far/away/app.py"))));
}

static void an_empty_source_is_one(void **state)
{
    (void)state;
    tree_file("project/empty.py", SLICE(""));
    look("empty.py");
    assert_int_equal(file.source, REC_SOURCE_SEEN);
    assert_int_equal(text.n, 0);
    assert_non_null(text.p);
}

static void which_are_wanted(void **state)
{
    (void)state;
    sources.kind = SOURCES_PROJECT;
    seen("app.py", "app\n");
    look(tree_path("site/pkg/template.html"));
    assert_int_equal(file.source, REC_SOURCE_SEEN); /* and hashed, but it stays behind */
    assert_null(text.p);
    sources.kind = SOURCES_NONE;
    look("data.txt");
    assert_int_equal(file.source, REC_SOURCE_SEEN);
    assert_null(text.p);
}

static void what_the_pyc_says(void **state)
{
    (void)state;
    look("app.py");
    assert_int_equal(file.pyc, REC_PYC_NONE);
    tree_file("project/__pycache__/app.cpython-312.pyc", slice_of("\xcb\r\r\n\0\0\0\0\x04\x03\x02\x01\x0f\0\0\0", 16));
    look("app.py");
    assert_int_equal(file.pyc, REC_PYC_MTIME);
    assert_int_equal(file.pyc_mtime_s, 0x01020304);
    assert_int_equal(file.pyc_size, 15);
    tree_file("project/__pycache__/app.cpython-312.pyc", slice_of("\xcb\r\r\n\3\0\0\0\x04\x03\x02\x01\x0f\0\0\0", 16));
    look("app.py");
    assert_int_equal(file.pyc, REC_PYC_HASH);
    tree_file("project/__pycache__/app.cpython-312.pyc", SLICE("too short"));
    look("app.py");
    assert_int_equal(file.pyc, REC_PYC_NONE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(what_may_travel),        TEST(what_may_not),           TEST(what_is_not_there), TEST(too_large),
        TEST(one_file_by_many_names), TEST(an_empty_source_is_one), TEST(which_are_wanted),  TEST(what_the_pyc_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
