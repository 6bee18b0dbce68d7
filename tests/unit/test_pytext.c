#include "config.h"

#include "tests/unit/unit.h"

#include "src/heatmap/pytext.h"
#include "src/heatmap/utf8.h"

static void text_is(struct slice bytes, struct slice want)
{
    struct arena arena = {0};
    struct err err = {0};
    struct pytext t;
    assert_true(pytext_decode(&arena, bytes, &t, &err));
    assert_int_equal(t.text.n, want.n);
    assert_memory_equal(t.text.p, want.p, want.n);
    arena_fini(&arena);
}

static void shows_any_bytes(void **state)
{
    (void)state;
    const struct {
        struct slice in, out;
    } cases[] = {
        {SLICE("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), SLICE("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80")},
        {SLICE("\xff\xc3"), SLICE("\\xff\\xc3")},
        {SLICE("\xc0\x80\xe0\x9f\xbf"), SLICE("\\xc0\\x80\\xe0\\x9f\\xbf")}, /* overlong */
        {SLICE("\xf4\x90\x80\x80\xf0\x80\x80\x80"), SLICE("\\xf4\\x90\\x80\\x80\\xf0\\x80\\x80\\x80")},
        {SLICE("x\xed\xb2\x80y\xed\xa0\xbd"), SLICE("x\\udc80y\\ud83d")}, /* lone surrogates */
        {SLICE("\xed\xb2"), SLICE("\\xed\\xb2")},
        {SLICE("a\0b"), SLICE("a\\x00b")},
        {SLICE("\xe2\x82"), SLICE("\\xe2\\x82")},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf b = {0};
        utf8_show(&b, cases[i].in);
        assert_int_equal(b.n, cases[i].out.n);
        assert_memory_equal(b.p, cases[i].out.p, b.n);
        buf_fini(&b);
    }
}

static void decodes_by_mark_and_cookie(void **state)
{
    (void)state;
    text_is(SLICE(""), SLICE(""));
    text_is(SLICE("\xef\xbb\xbfx = '\xc3\xa9'"), SLICE("x = '\xc3\xa9'"));
    text_is(SLICE("x = '\xe9'"), SLICE("x = '\\xe9'"));
    text_is(SLICE("# coding: latin-1\n'\xe9\x80'"), SLICE("# coding: latin-1\n'\xc3\xa9\xc2\x80'"));
    text_is(SLICE("# -*- coding: Latin_1 -*-\n\xe9"), SLICE("# -*- coding: Latin_1 -*-\n\xc3\xa9"));
    text_is(SLICE("#!/x\n# vim: set fileencoding=cp1252 :\n\x80\x81\xe9"),
            SLICE("#!/x\n# vim: set fileencoding=cp1252 :\n\xe2\x82\xac\\x81\xc3\xa9"));
    text_is(SLICE("x = 1\n# coding: latin-1\n\xe9"), SLICE("x = 1\n# coding: latin-1\n\\xe9")); /* line 1 is code */
    text_is(SLICE("#\n\n# coding: latin-1\n\xe9"), SLICE("#\n\n# coding: latin-1\n\\xe9"));     /* line 3 */
    text_is(SLICE("# coding: ascii\n\xc3\xa9"), SLICE("# coding: ascii\n\\xc3\\xa9"));
    text_is(SLICE("# coding: koi8-r\n\xc1"), SLICE("# coding: koi8-r\n\xd0\xb0"));
    text_is(SLICE("# coding: euc_jp\n\xb0\xa1\xff"), SLICE("# coding: euc_jp\n\xe4\xba\x9c\\xff"));
    text_is(SLICE("# coding: latin-1\na\0b"), SLICE("# coding: latin-1\na\\x00b"));
    text_is(SLICE("# encoding in use\n\xe9"), SLICE("# encoding in use\n\\xe9"));
}

static void unknown_encodings_are_named(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct err err = {0};
    struct pytext t;
    assert_true(pytext_decode(&arena, SLICE("# coding: no-such\n\xe9"), &t, &err));
    assert_true(slice_eq(t.unknown, SLICE("no-such")));
    assert_true(slice_eq(t.text, SLICE("# coding: no-such\n\\xe9")));
    assert_true(pytext_decode(&arena, SLICE("# coding: utf-8-unix\n\xc3\xa9"), &t, &err));
    assert_int_equal(t.unknown.n, 0);
    arena_fini(&arena);
}

static void lines_are_physical(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct err err = {0};
    struct pytext t;
    assert_true(pytext_decode(&arena, SLICE("a\nb\r\nc\rd\f\x0b\xe2\x80\xa8\xc2\x85\n\ne"), &t, &err));
    assert_int_equal(t.lines, 6);
    assert_true(slice_eq(pytext_line(&t, 1), SLICE("a")));
    assert_true(slice_eq(pytext_line(&t, 2), SLICE("b")));
    assert_true(slice_eq(pytext_line(&t, 3), SLICE("c")));
    assert_true(slice_eq(pytext_line(&t, 4), SLICE("d\f\x0b\xe2\x80\xa8\xc2\x85")));
    assert_true(slice_eq(pytext_line(&t, 6), SLICE("e")));
    assert_int_equal(pytext_line(&t, 0).n, 0);
    assert_int_equal(pytext_line(&t, 7).n, 0);
    assert_int_equal(t.starts[6], t.text.n);
    assert_true(pytext_decode(&arena, SLICE("a\n"), &t, &err));
    assert_int_equal(t.lines, 1);
    assert_true(pytext_decode(&arena, (struct slice){NULL, 0}, &t, &err));
    assert_int_equal(t.lines, 0);
    assert_int_equal(t.starts[0], 0);
    arena_fini(&arena);
}

static void def_line_is_behind_decorators(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct err err = {0};
    struct pytext t;
    assert_true(pytext_decode(&arena,
                              SLICE("@deco(\n    lambda: 1,\n)\n# def g\n@other\ndef g(x):\n  async  def h(): pass\n"
                                    "class K: pass\ndef gg(): pass\ndef g(): pass\n"),
                              &t, &err));
    assert_int_equal(pytext_def_line(&t, 1, SLICE("g")), 6);
    assert_int_equal(pytext_def_line(&t, 6, SLICE("g")), 6);
    assert_int_equal(pytext_def_line(&t, 7, SLICE("h")), 7);
    assert_int_equal(pytext_def_line(&t, 8, SLICE("K")), 8);
    assert_int_equal(pytext_def_line(&t, 9, SLICE("g")), 10);
    assert_int_equal(pytext_def_line(&t, 1, SLICE("nowhere")), 1);
    assert_int_equal(pytext_def_line(&t, 2, SLICE("<lambda>")), 2);
    assert_int_equal(pytext_def_line(&t, 1, SLICE("<module>")), 1);
    assert_int_equal(pytext_def_line(&t, UINT32_MAX, SLICE("g")), UINT32_MAX);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_any_bytes),
        cmocka_unit_test(decodes_by_mark_and_cookie),
        cmocka_unit_test(unknown_encodings_are_named),
        cmocka_unit_test(lines_are_physical),
        cmocka_unit_test(def_line_is_behind_decorators),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
