#include "config.h"

#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "src/heatmap/source.h"

#define SECOND INT64_C(1000000000)

static const int64_t start = 1000 * SECOND;

static struct source_answer ask(struct arena *arena, const struct source_question *q)
{
    struct source_answer a;
    struct err err = {0};
    assert_true(source_resolve(arena, q, &a, &err));
    return a;
}

static void is_missing(struct rec_file file, const char *why)
{
    struct arena arena = {0};
    const struct source_question q = {.file = &file};
    struct source_answer a = ask(&arena, &q);
    assert_int_equal(a.status, SOURCE_MISSING);
    assert_non_null(memmem(a.why.p, a.why.n, why, strlen(why)));
    assert_int_equal(a.text.lines, 0);
    arena_fini(&arena);
}

static void missing_says_why(void **state)
{
    (void)state;
    is_missing((struct rec_file){.name = SLICE("<frozen os>")}, "frozen");
    is_missing((struct rec_file){.name = SLICE("<string>")}, "has no file");
    is_missing((struct rec_file){.name = SLICE("/gone.py")}, "was not there");
    is_missing((struct rec_file){.name = SLICE("/a/b.zip/c.py")}, "zip archive");
    is_missing((struct rec_file){.name = SLICE("/a.py"), .source = REC_SOURCE_SEEN}, "did not travel");
    is_missing((struct rec_file){.name = SLICE("/a.py"), .source = REC_SOURCE_UNREADABLE}, "could not read");
    is_missing((struct rec_file){.name = SLICE("/a.py"), .source = REC_SOURCE_REFUSED}, "rules");
}

static enum source_status status_of(struct rec_file file, bool attached, bool rewritten)
{
    struct arena arena = {0};
    const struct slice text = SLICE("x = 1\n");
    file.source = REC_SOURCE_SEEN;
    file.size = text.n;
    const struct source_question q = {
        .file = &file, .embedded = &text, .started_ns = start, .attached = attached, .rewritten = rewritten};
    struct source_answer a = ask(&arena, &q);
    assert_int_equal(a.text.lines, 1);
    assert_int_equal(a.why.n > 0, a.status != SOURCE_EMBEDDED);
    arena_fini(&arena);
    return a.status;
}

static void changed_since(void **state)
{
    (void)state;
    const struct rec_file old = {.name = SLICE("/a.py"), .mtime_ns = start - SECOND};
    const uint32_t mtime = 999, size = 6;
    struct rec_file f = old;
    assert_int_equal(status_of(f, false, false), SOURCE_EMBEDDED);
    assert_int_equal(status_of(f, false, true), SOURCE_CHANGED);
    f.mtime_ns = start + 1;
    assert_int_equal(status_of(f, false, false), SOURCE_CHANGED);
    f = old;
    f.pyc = REC_PYC_MTIME;
    f.pyc_mtime_s = mtime;
    f.pyc_size = size;
    assert_int_equal(status_of(f, true, false), SOURCE_EMBEDDED);
    f.pyc_size++;
    assert_int_equal(status_of(f, true, false), SOURCE_CHANGED);
    f.pyc_size = size;
    f.pyc_mtime_s = mtime - 1; /* a stale .pyc: attached, the edit may have come after the import; */
    assert_int_equal(status_of(f, true, false), SOURCE_CHANGED);
    assert_int_equal(status_of(f, false, false), SOURCE_EMBEDDED); /* launched, it came before. */
    f.pyc_mtime_s = mtime + 1; /* an older file was put in place of the one that was compiled */
    assert_int_equal(status_of(f, false, false), SOURCE_CHANGED);
    f.pyc = REC_PYC_HASH;
    assert_int_equal(status_of(f, true, false), SOURCE_EMBEDDED);
}

/* --- --source-root ------------------------------------------------------------------------------------------------ */

static char dir[64];

static int make_tree(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof dir, "/tmp/test_source.XXXXXX");
    if (mkdtemp(dir) == NULL || chdir(dir) != 0)
        return 1;
    return system("mkdir -p root/app/pkg outside && printf 'right\n' >root/app/pkg/m.py &&"
                  " printf 'wrong\n' >root/m.py && printf 'secret\n' >outside/secret.py &&"
                  " ln -s ../outside/secret.py root/link.py && ln -s ../outside root/way &&"
                  " mkfifo root/fifo.py && mkdir root/dir.py");
}

static int remove_tree(void **state)
{
    (void)state;
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf %s", dir);
    return chdir("/") != 0 || system(command) != 0;
}

static struct rec_file seen(const char *path, const char *text)
{
    struct rec_file file = {.name = slice_str(path), .path = slice_str(path), .source = REC_SOURCE_SEEN};
    XXH128_canonical_t hash;
    XXH128_canonicalFromHash(&hash, XXH3_128bits(text, strlen(text)));
    memcpy(file.hash, hash.digest, REC_HASH_SIZE);
    return file;
}

static void search_gives(struct rec_file file, const char *below, const char *old, enum source_status status,
                         const char *text)
{
    struct arena arena = {0};
    const struct source_root root = {slice_str(old), "root"};
    const struct source_question q = {
        .file = &file, .below = slice_str(below), .started_ns = start, .roots = &root, .n_roots = 1};
    struct source_answer a = ask(&arena, &q);
    assert_int_equal(a.status, status);
    assert_true(slice_eq(a.text.text, slice_str(text)));
    arena_fini(&arena);
}

static void roots_give_what_ran(void **state)
{
    (void)state;
    search_gives(seen("/home/u/app/pkg/m.py", "right\n"), "pkg/m.py", NULL, SOURCE_FOUND, "right\n");
    search_gives(seen("/home/u/app/pkg/m.py", "right\n"), "pkg/m.py", "/home/u", SOURCE_FOUND, "right\n");
    search_gives(seen("/home/u/app/pkg/m.py", "right\n"), "pkg/m.py", "/home/u/", SOURCE_FOUND, "right\n");
    search_gives(seen("/home/user/app/pkg/m.py", "right\n"), "pkg/m.py", "/home/u", SOURCE_MISSING, "");
    /* Another text is shown as changed, but only where the whole module path fits: not root/m.py. */
    search_gives(seen("/home/u/app/pkg/m.py", "other\n"), "pkg/m.py", NULL, SOURCE_CHANGED, "right\n");
    search_gives(seen("/home/u/lib/pkg/m.py", "other\n"), "pkg/m.py", NULL, SOURCE_MISSING, "");
    search_gives(seen("/home/u/lib/pkg/m.py", "wrong\n"), "pkg/m.py", NULL, SOURCE_FOUND, "wrong\n");
    struct rec_file unknown = {.name = SLICE("/app/pkg/m.py")};
    search_gives(unknown, "pkg/m.py", NULL, SOURCE_CHANGED, "right\n");
    struct stat st;
    assert_int_equal(stat("root/app/pkg/m.py", &st), 0);
    unknown.pyc = REC_PYC_MTIME;
    unknown.pyc_size = 6;
    unknown.pyc_mtime_s = (uint32_t)st.st_mtime;
    search_gives(unknown, "pkg/m.py", NULL, SOURCE_FOUND, "right\n");
}

static void roots_are_not_left(void **state)
{
    (void)state;
    search_gives(seen("/link.py", "secret\n"), "link.py", NULL, SOURCE_MISSING, "");
    search_gives(seen("/way/secret.py", "secret\n"), "secret.py", NULL, SOURCE_MISSING, "");
    search_gives(seen("/../outside/secret.py", "secret\n"), "secret.py", NULL, SOURCE_MISSING, "");
    search_gives(seen("/x/../../outside/secret.py", "secret\n"), "secret.py", "/x", SOURCE_MISSING, "");
    search_gives(seen("/fifo.py", ""), "fifo.py", NULL, SOURCE_MISSING, "");
    search_gives(seen("/dir.py", ""), "dir.py", NULL, SOURCE_MISSING, "");
    search_gives(seen("//.//m.py/", "wrong\n"), "m.py", NULL, SOURCE_MISSING, "");
    search_gives((struct rec_file){.name = SLICE("<string>")}, "<string>", NULL, SOURCE_MISSING, "");
}

static void unknown_encoding_is_a_doubt(void **state)
{
    (void)state;
    struct arena arena = {0};
    const struct slice text = SLICE("# coding: martian\n");
    const struct rec_file file = {.source = REC_SOURCE_SEEN};
    const struct source_question q = {.file = &file, .embedded = &text, .started_ns = start};
    struct source_answer a = ask(&arena, &q);
    assert_int_equal(a.status, SOURCE_EMBEDDED);
    assert_non_null(memmem(a.why.p, a.why.n, "martian", 7));
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_says_why),
        cmocka_unit_test(changed_since),
        cmocka_unit_test(roots_give_what_ran),
        cmocka_unit_test(roots_are_not_left),
        cmocka_unit_test(unknown_encoding_is_a_doubt),
    };
    return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
