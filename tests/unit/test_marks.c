/* Parts of lines, underlined: which, and how they lie in one another. */
#include "config.h"

#include "src/heatmap/marks.h"

#include "tests/unit/unit.h"

static const struct model_file file = {.source = SOURCE_EMBEDDED};

/* The HTML of line 3 with these expressions, without titles; "" where nothing is marked. */
static void shows(const char *text, struct model_expression *expressions, uint32_t n, uint64_t whole, const char *want)
{
    const struct model m = {.expressions = expressions, .n_expressions = n};
    const struct model_line line = {.line = 3, .total = whole, .expressions = n};
    struct marks marks;
    struct buf html = {0}, plain = {0};
    marks_of(&marks, &m, &file, &line, slice_str(text));
    if (marks.n > 0)
        marks_text(&marks, &html, slice_str(text));
    for (size_t i = 0; i < html.n; i++) {
        if (html.p[i] == ' ' && html.n - i > 8 && memcmp(html.p + i, " title=\"", 8) == 0) {
            i += 8;
            while (html.p[i] != '"')
                i++;
        } else {
            buf_u8(&plain, html.p[i]);
        }
    }
    buf_u8(&plain, '\0');
    assert_true(buf_ok(&html) && buf_ok(&plain));
    assert_string_equal((const char *)plain.p, want);
    buf_fini(&html);
    buf_fini(&plain);
}

/* Half of the line's samples and more are of class h, from a fifth on of class w. */
static void parts_lie_in_one_another(void **state)
{
    (void)state;
    struct model_expression e[] = {{.column = 4, .end_line = 3, .end_column = 15, .total = 90},
                                   {.column = 6, .end_line = 3, .end_column = 7, .total = 10},
                                   {.column = 11, .end_line = 3, .end_column = 12, .total = 30}};
    shows("x = f(a) + b(c) # y", e, 3, 100, "x = <u class=h>f(<u>a</u>) + <u class=w>b</u>(c)</u> # y");
}

/* Columns are bytes of UTF-8: what would begin or end inside a character is of another text. */
static void characters_stay_whole(void **state)
{
    (void)state;
    struct model_expression e[] = {{.column = 4, .end_line = 3, .end_column = 8, .total = 60},
                                   {.column = 11, .end_line = 3, .end_column = 12, .total = 40}};
    shows("\xc3\xa4 = \xe2\x82\xac"
          "b(c)",
          e, 1, 100, ""); /* one part is the line */
    struct model_expression f[] = {{.column = 5, .end_line = 3, .end_column = 8, .total = 60},
                                   {.column = 9, .end_line = 3, .end_column = 10, .total = 40}};
    shows("\xc3\xa4 = \xe2\x82\xac(c)", f, 2, 100, "\xc3\xa4 = <u class=h>\xe2\x82\xac</u>(<u class=w>c</u>)");
    f[0].end_column = 7; /* in the middle of the sign */
    shows("\xc3\xa4 = \xe2\x82\xac(c)", f, 2, 100, "");
}

static void what_goes_on_ends_with_the_line(void **state)
{
    (void)state;
    struct model_expression e[] = {{.column = 5, .end_line = 4, .end_column = 2, .total = 70},
                                   {.column = 7, .end_line = 3, .end_column = 8, .total = 30}};
    shows("\tx = f(a,", e, 2, 100, "\tx = <u class=h>f(<u class=w>a</u>,</u>");
}

/* All of the line, next to nothing of it, a single sample: in the list, but not underlined. */
static void what_tells_nothing_is_not_drawn(void **state)
{
    (void)state;
    struct model_expression e[] = {{.column = 2, .end_line = 3, .end_column = 6, .total = 100},
                                   {.column = 2, .end_line = 3, .end_column = 3, .total = 4},
                                   {.column = 4, .end_line = 3, .end_column = 5, .total = 1}};
    shows("  f(a)", e, 3, 100, "  f(a)");
}

static void markup_is_text(void **state)
{
    (void)state;
    struct model_expression e[] = {{.column = 0, .end_line = 3, .end_column = 3, .total = 50},
                                   {.column = 4, .end_line = 3, .end_column = 7, .total = 50}};
    shows("a<b & c>d", e, 2, 100, "<u class=h>a&lt;b</u> <u class=h>&amp; c</u>&gt;d");
}

/* Of more than there is room for, those with the most samples; columns beyond the text are nobody's. */
static void too_many_and_too_far(void **state)
{
    (void)state;
    struct model_expression e[MARKS_MAX + 2];
    for (uint32_t i = 0; i < MARKS_MAX + 1; i++)
        e[i] = (struct model_expression){.column = i, .end_line = 3, .end_column = i + 1, .total = i + 1};
    e[MARKS_MAX + 1] = (struct model_expression){.column = 90, .end_line = 3, .end_column = 99, .total = 500};
    const struct model m = {.expressions = e, .n_expressions = MARKS_MAX + 2};
    const struct model_line line = {.line = 3, .total = 100, .expressions = MARKS_MAX + 2};
    struct marks marks;
    marks_of(&marks, &m, &file, &line, SLICE("abcdefghijklmnopqrstuvwxyz"));
    assert_int_equal(marks.n, MARKS_MAX);
    assert_int_equal(marks.items[0].from, 1); /* the one with a single sample is left out */
    assert_int_equal(marks.items[MARKS_MAX - 1].from, MARKS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_lie_in_one_another),
        cmocka_unit_test(characters_stay_whole),
        cmocka_unit_test(what_goes_on_ends_with_the_line),
        cmocka_unit_test(what_tells_nothing_is_not_drawn),
        cmocka_unit_test(markup_is_text),
        cmocka_unit_test(too_many_and_too_far),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
