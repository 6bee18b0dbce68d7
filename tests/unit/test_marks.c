#include "config.h"

#include "tests/unit/unit.h"

#include "src/heatmap/marks.h"

enum { LINE = 7, MANY = 20 };

/* What the first n of expressions make of a line of `whole` samples, as HTML. */
static struct marks marked(struct slice text, const struct model_expression *expressions, uint32_t n, uint64_t whole,
                           const char *want)
{
    struct model_expression copy[MANY];
    memcpy(copy, expressions, n * sizeof *copy);
    const struct model m = {.expressions = copy, .n_expressions = n};
    const struct model_file f = {.source = SOURCE_EMBEDDED};
    const struct model_line line = {.line = LINE, .total = whole, .expressions = n};
    struct marks marks;
    struct buf out = {0};
    marks_of(&marks, &m, &f, &line, text);
    marks_text(&marks, &out, text);
    buf_u8(&out, '\0');
    assert_true(buf_ok(&out));
    assert_string_equal((const char *)out.p, want);
    buf_fini(&out);
    for (uint32_t i = 0; i < marks.n; i++)
        marks.items[i].expression = NULL; /* it was ours */
    return marks;
}

/* Parts that end in the line itself. */
#define PART(from, to, samples)                                                    \
    {                                                                              \
        .column = (from), .end_line = LINE, .end_column = (to), .total = (samples) \
    }

static void parts_are_nested(void **state)
{
    (void)state;
    const struct model_expression e[] = {PART(11, 22, 100), PART(11, 15, 60), PART(18, 22, 30)};
    marked(SLICE("    return f(x) + g(y)"), e, 3, 100,
           "    return <u class=h title=\"100 samples, 100.0 %\"><u class=h title=\"60 samples, 60.0 %\">f(x)</u> + "
           "<u class=w title=\"30 samples, 30.0 %\">g(y)</u></u>");
}

static void parts_that_cross_still_make_tags_that_nest(void **state)
{
    (void)state;
    const struct model_expression e[] = {PART(1, 5, 50), PART(3, 8, 40)};
    marked(SLICE("abcdefghi"), e, 2, 100,
           "a<u class=h title=\"50 samples, 50.0 %\">bc<u class=w title=\"40 samples, 40.0 %\">de</u></u>fghi");
}

/* Columns are bytes of UTF-8, whatever a character takes: here 2, 3 and 4. */
static void columns_are_bytes(void **state)
{
    (void)state;
    const struct slice text = SLICE("\xc3\xa9 = \xe2\x82\xac(\xf0\x9f\x90\x8d) + x");
    const struct model_expression e[] = {PART(5, 14, 50), PART(9, 13, 30), PART(17, 18, 10)};
    marked(text, e, 3, 100,
           "\xc3\xa9 = <u class=h title=\"50 samples, 50.0 %\">\xe2\x82\xac(<u class=w title=\"30 samples, 30.0 %\">"
           "\xf0\x9f\x90\x8d</u>)</u> + <u title=\"10 samples, 10.0 %\">x</u>");
}

static void no_character_is_cut(void **state)
{
    (void)state;
    const struct slice text = SLICE("\xc3\xa9 = \xe2\x82\xac + x");
    const struct model_expression e[] = {PART(1, 8, 50), PART(5, 7, 50), PART(5, 8, 40), PART(11, 12, 20)};
    const struct marks marks = marked(text, e, 4, 100,
                                      "\xc3\xa9 = <u class=w title=\"40 samples, 40.0 %\">\xe2\x82\xac</u> + "
                                      "<u class=w title=\"20 samples, 20.0 %\">x</u>");
    assert_int_equal(marks.n, 2);
}

static void a_tab_is_a_byte(void **state)
{
    (void)state;
    /* The first is all of the line but its indentation: nothing to point at. */
    const struct model_expression e[] = {PART(1, 10, 100), PART(5, 10, 60), PART(8, 9, 3)};
    const struct marks marks =
        marked(SLICE("\tx = f(\ty)"), e, 3, 100, "\tx = <u class=h title=\"60 samples, 60.0 %\">f(\ty)</u>");
    assert_int_equal(marks.n, 3); /* it and what is too faint to be underlined are listed all the same */
}

/* A range that ends on a later line is marked up to this one's end, whatever its last column. */
static void ranges_of_several_lines_end_with_the_line(void **state)
{
    (void)state;
    const struct model_expression e[] = {
        {.column = 4, .end_line = LINE + 3, .end_column = 1, .total = 90},
        PART(4, 5, 20),
    };
    const struct marks marks = marked(SLICE("x = f(a,"), e, 2, 100,
                                      "x = <u class=h title=\"90 samples, 90.0 %\"><u class=w title=\"20 samples, "
                                      "20.0 %\">f</u>(a,</u>");
    assert_true(marks.items[0].goes_on);
    assert_int_equal(marks.items[0].to, 8);
    assert_false(marks.items[1].goes_on);
}

static void nothing_lies_beyond_the_text(void **state)
{
    (void)state;
    const struct model_expression e[] = {PART(0, 3, 50),
                                         PART(2, 9, 50),
                                         PART(40, 50, 50),
                                         PART(3, 3, 50),
                                         {.column = 9, .end_line = LINE + 1, .total = 50}};
    assert_int_equal(marked(SLICE(""), e, 5, 100, "").n, 0);
    assert_int_equal(marked(SLICE("abc"), e, 5, 100, "abc").n, 0); /* one that fits is no choice */
}

static void text_is_escaped(void **state)
{
    (void)state;
    const struct model_expression e[] = {PART(3, 8, 50), PART(5, 6, 20)};
    marked(SLICE("x =a<b&c"), e, 2, 100,
           "x =<u class=h title=\"50 samples, 50.0 %\">a&lt;<u class=w title=\"20 samples, 20.0 %\">b</u>&amp;c</u>");
}

static void what_is_small_is_not_underlined(void **state)
{
    (void)state;
    const struct model_expression few[] = {PART(1, 2, 1), PART(3, 4, 1)}, faint[] = {PART(1, 2, 4), PART(3, 4, 5)};
    assert_int_equal(marked(SLICE("abcde"), few, 2, 2, "abcde").n, 2);
    marked(SLICE("abcde"), faint, 2, 100, "abc<u title=\"5 samples, 5.0 %\">d</u>e");
}

/* Of too many the largest stay, in their order. */
static void the_largest_stay(void **state)
{
    (void)state;
    struct model_expression e[MANY];
    const struct slice text = SLICE("a b c d e f g h i j k l m n o p q r s t");
    struct model_file f = {.source = SOURCE_FOUND};
    const struct model m = {.expressions = e, .n_expressions = MANY};
    const struct model_line line = {.line = LINE, .total = 1000, .expressions = MANY};
    struct marks marks;
    for (uint32_t i = 0; i < MANY; i++)
        e[i] = (struct model_expression)PART(2 * i, 2 * i + 1, i % 2 == 0 ? 100 + i : 10 + i);
    marks_of(&marks, &m, &f, &line, text);
    assert_int_equal(marks.n, MARKS_MAX);
    assert_int_equal(marks.whole, 1000);
    for (uint32_t i = 0, even = 0; i < marks.n; i++) {
        even += marks.items[i].expression->total >= 100;
        assert_true(i == 0 || marks.items[i - 1].from < marks.items[i].from);
        if (i + 1 == marks.n)
            assert_int_equal(even, MANY / 2);
    }
    f.source = SOURCE_CHANGED; /* columns of another text */
    marks_of(&marks, &m, &f, &line, text);
    assert_int_equal(marks.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_nested),
        cmocka_unit_test(parts_that_cross_still_make_tags_that_nest),
        cmocka_unit_test(columns_are_bytes),
        cmocka_unit_test(no_character_is_cut),
        cmocka_unit_test(a_tab_is_a_byte),
        cmocka_unit_test(ranges_of_several_lines_end_with_the_line),
        cmocka_unit_test(nothing_lies_beyond_the_text),
        cmocka_unit_test(text_is_escaped),
        cmocka_unit_test(what_is_small_is_not_underlined),
        cmocka_unit_test(the_largest_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
