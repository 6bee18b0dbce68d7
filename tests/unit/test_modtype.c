#include "config.h"

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "src/heatmap/modtype.h"
#include "src/heatmap/pagename.h"

static void types_and_modules(void **state)
{
    (void)state;
    struct module_root roots[] = {
        {REC_ROOT_PATH, SLICE("/usr/lib/python3.11")}, /* sys.path says it too */
        {REC_ROOT_STDLIB, SLICE("/usr/lib/python3.11")},
        {REC_ROOT_PLATFORM, SLICE("/usr/lib/python3.11/lib-dynload")},
        {REC_ROOT_SITE, SLICE("/usr/lib/python3.11/site-packages/")},
        {REC_ROOT_SCRIPT, SLICE("/home/u/app")},
        {REC_ROOT_EDITABLE, SLICE("/home/u/lib/src")},
        {REC_ROOT_USER_SITE, SLICE("/home/u/.local/lib/python3.11/site-packages")},
        {REC_ROOT_PREFIX, SLICE("/usr")},
        {REC_ROOT_PREFIX, SLICE("/home/u/app/env")},
        {REC_ROOT_SITE, SLICE("/home/u/app/env/lib/python3.11/site-packages")},
    };
    const struct {
        const char *name, *path, *module, *below;
        enum module_type type;
    } cases[] = {
        {"", "/usr/lib/python3.11/json/decoder.py", "json.decoder", "json/decoder.py", MODULE_STDLIB},
        {"", "/usr/lib/python3.11/json/__init__.py", "json", "json/__init__.py", MODULE_STDLIB},
        {"", "/usr/lib/python3.11/site-packages/six.py", "six", "six.py", MODULE_SITE},
        {"", "/usr/lib/python3.11/dist-packages/a/b.py", "a.b", "a/b.py", MODULE_SITE},
        {"", "/home/u/app/main.py", "main", "main.py", MODULE_PROJECT},
        {"", "/home/u/app/__init__.py", "__init__", "__init__.py", MODULE_PROJECT},
        {"", "/home/u/app/.py", ".py", ".py", MODULE_PROJECT},
        {"", "/home/u/app/tool", "tool", "tool", MODULE_PROJECT},
        {"", "/home/u/app/gui.pyw", "gui", "gui.pyw", MODULE_PROJECT},
        {"", "/home/u/app/.venv/lib/python3.11/site-packages/p/__init__.py", "p", "p/__init__.py", MODULE_SITE},
        {"", "/home/u/app/env/lib/python3.11/site-packages/r.py", "r", "r.py", MODULE_SITE},
        {"", "/home/u/app/env/bin/tool", "tool", "tool", MODULE_OTHER},
        {"", "/usr/share/x.py", "x.py", "x.py", MODULE_OTHER},
        {"", "/home/u/lib/src/pkg/m.py", "pkg.m", "pkg/m.py", MODULE_PROJECT},
        {"", "/home/u/.local/lib/python3.11/site-packages/q.py", "q", "q.py", MODULE_SITE},
        {"", "/home/u/app2/x.py", "x.py", "x.py", MODULE_OTHER}, /* not below /home/u/app */
        {"", "/home/u/app/", "/home/u/app/", "/home/u/app/", MODULE_OTHER},
        {"/home/u/app/gone.py", "", "gone", "gone.py", MODULE_PROJECT},
        {"<frozen importlib._bootstrap>", "", "importlib._bootstrap", "<frozen importlib._bootstrap>", MODULE_STDLIB},
        {"<frozen os>", "/usr/lib/python3.11/os.py", "os", "os.py", MODULE_STDLIB},
        {"<string>", "", "<string>", "<string>", MODULE_OTHER},
        {"", "", "", "", MODULE_OTHER},
    };
    struct arena arena = {0};
    struct err err = {0};
    const size_t n = sizeof roots / sizeof *roots;
    module_roots_sort(roots, n);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct module m;
        assert_true(module_of(&arena, roots, n, slice_str(cases[i].name), slice_str(cases[i].path), &m, &err));
        assert_int_equal(m.type, cases[i].type);
        assert_true(slice_eq(m.name, slice_str(cases[i].module)));
        assert_true(slice_eq(m.below, slice_str(cases[i].below)));
    }
    arena_fini(&arena);
}

static void one_directory_of_several_kinds(void **state)
{
    (void)state;
    const uint32_t kinds[] = {REC_ROOT_SITE,     REC_ROOT_USER_SITE, REC_ROOT_STDLIB, REC_ROOT_PLATFORM,
                              REC_ROOT_EDITABLE, REC_ROOT_SCRIPT,    REC_ROOT_PATH,   REC_ROOT_PREFIX};
    for (size_t i = 0; i < 8; i++) {
        for (size_t k = 0; k < 8; k++) {
            struct module_root roots[] = {{kinds[i], SLICE("/r")}, {kinds[k], SLICE("/r/")}};
            module_roots_sort(roots, 2);
            assert_int_equal(roots[0].kind, kinds[i < k ? i : k]);
        }
    }
    /* "/" as a script's directory holds everything. */
    struct module_root all = {REC_ROOT_SCRIPT, SLICE("/")};
    struct module m;
    struct arena arena = {0};
    struct err err = {0};
    assert_true(module_of(&arena, &all, 1, SLICE("x"), SLICE("/a/b.py"), &m, &err));
    assert_true(slice_eq(m.name, SLICE("a.b")));
    arena_fini(&arena);
}

static const char *page_of(struct arena *arena, enum module_type type, struct slice module, const char *path)
{
    struct page_request r = {.type = type, .module = module, .identity = slice_str(path)};
    struct err err = {0};
    assert_true(pagename_all(arena, &r, 1, &err));
    return (const char *)r.page.p;
}

static void page_names(void **state)
{
    (void)state;
    struct arena arena = {0};
    assert_string_equal(page_of(&arena, MODULE_STDLIB, SLICE("json.decoder"), "p"), "src/json.decoder.html");
    assert_string_equal(page_of(&arena, MODULE_SITE, SLICE("PIL.a-b_c"), "p"), "src/~p~i~l.a-b_c.html");
    assert_string_equal(page_of(&arena, MODULE_SITE, SLICE("\xc3\xa9~ /\0"), "p"), "src/~195~169~126~032~047~000.html");
    assert_string_equal(page_of(&arena, MODULE_SITE, SLICE(".hidden"), "p"), "src/~046hidden.html");
    assert_string_equal(page_of(&arena, MODULE_SITE, SLICE(".."), "p"), "src/~046..html");
    /* XXH3-128 of "/x/<string>" begins with these digits. */
    const char *other = page_of(&arena, MODULE_OTHER, SLICE("<string>"), "/x/<string>");
    assert_memory_equal(other, "other/~060string~062-", 21);
    assert_int_equal(strlen(other), 21 + 8 + 5);
    assert_string_not_equal(other, page_of(&arena, MODULE_OTHER, SLICE("<string>"), "/y/<string>"));
    assert_memory_equal(page_of(&arena, MODULE_SITE, SLICE("con"), "p"), "src/_con-", 9);
    assert_memory_equal(page_of(&arena, MODULE_SITE, SLICE("aux.x"), "p"), "src/_aux.x-", 11);
    assert_memory_equal(page_of(&arena, MODULE_SITE, SLICE("com1"), "p"), "src/_com1-", 10);
    assert_string_equal(page_of(&arena, MODULE_SITE, SLICE("console"), "p"), "src/console.html");
    char longest[PAGENAME_MAX + 2];
    memset(longest, 'a', sizeof longest);
    const char *fits = page_of(&arena, MODULE_SITE, slice_of(longest, PAGENAME_MAX), "p");
    assert_int_equal(strlen(fits), 4 + PAGENAME_MAX + 5);
    assert_null(strchr(fits, '-'));
    const char *cut = page_of(&arena, MODULE_SITE, slice_of(longest, PAGENAME_MAX + 1), "p");
    assert_int_equal(strlen(cut), 4 + PAGENAME_MAX + 5);
    assert_int_equal(cut[4 + PAGENAME_MAX - 9], '-');
    arena_fini(&arena);
}

static void collisions_hash_every_party(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct err err = {0};
    struct page_request r[] = {
        {.type = MODULE_PROJECT, .module = SLICE("a.b"), .identity = SLICE("/1/a/b.py")},
        {.type = MODULE_SITE, .module = SLICE("a.b"), .identity = SLICE("/2/a.b.py")},
        {.type = MODULE_SITE, .module = SLICE("a.c"), .identity = SLICE("/2/a/c.py")},
        {.type = MODULE_SITE, .module = SLICE(""), .identity = SLICE("/3")}, /* takes the first one's second name */
    };
    assert_true(pagename_all(&arena, r, 3, &err));
    assert_memory_equal(r[0].page.p, "src/a.b-", 8);
    assert_memory_equal(r[1].page.p, "src/a.b-", 8);
    assert_false(slice_eq(r[0].page, r[1].page));
    assert_string_equal((const char *)r[2].page.p, "src/a.c.html");
    r[3].module = slice_of(r[0].page.p + 4, r[0].page.n - 9);
    assert_true(pagename_all(&arena, r, 4, &err));
    for (int i = 0; i < 4; i++) {
        for (int k = 0; k < i; k++)
            assert_false(slice_eq(r[i].page, r[k].page));
    }
    assert_int_equal(r[0].page.n, 4 + 3 + 1 + 32 + 5);
    assert_int_equal(r[1].page.n, 4 + 3 + 1 + 8 + 5);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_and_modules),
        cmocka_unit_test(one_directory_of_several_kinds),
        cmocka_unit_test(page_names),
        cmocka_unit_test(collisions_hash_every_party),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
