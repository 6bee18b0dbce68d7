/* Texts that are written once and then cut to a level of detail. */
#include "config.h"

#include "src/heatmap/detail.h"

#include "tests/unit/unit.h"

static struct buf text;
static struct detail detail;

static int tear_down(void **state)
{
    (void)state;
    buf_fini(&text);
    detail_fini(&detail);
    return 0;
}

static uint32_t begin(unsigned first, unsigned last)
{
    return detail_begin(&detail, &text, first, last);
}

static void end(uint32_t piece)
{
    detail_end(&detail, &text, piece);
}

/* "head a(b(c)d|e) tail": with less detail without c, then without b c d, then with e in the place of all in a. */
static void write_text(void)
{
    buf_clear(&text);
    uint32_t outer, inner, innermost;
    buf_str(&text, "head ");
    outer = begin(0, 2);
    buf_str(&text, "a");
    inner = begin(0, 1);
    buf_str(&text, "b");
    innermost = begin(0, 0);
    buf_str(&text, "c");
    end(innermost);
    buf_str(&text, "d");
    end(inner);
    end(outer);
    outer = begin(3, 5);
    buf_str(&text, "e");
    end(outer);
    buf_str(&text, " tail");
}

static void each_level_has_its_own(void **state)
{
    (void)state;
    static const char *const want[DETAIL_LEVELS] = {"head abcd tail", "head abd tail", "head a tail",
                                                    "head e tail",    "head e tail",   "head e tail"};
    for (unsigned level = 0; level < DETAIL_LEVELS; level++) {
        write_text();
        assert_int_equal(detail_size(&detail, &text, 0, level), strlen(want[level]));
        assert_int_equal(detail_size(&detail, &text, 5, level), strlen(want[level]) - 5);
        detail_cut(&detail, &text, level);
        assert_int_equal(text.n, strlen(want[level]));
        assert_memory_equal(text.p, want[level], text.n);
    }
}

static void without_pieces_nothing_changes(void **state)
{
    (void)state;
    buf_str(&text, "all of it");
    assert_int_equal(detail_size(&detail, &text, 0, 3), 9);
    detail_cut(&detail, &text, 3);
    assert_int_equal(text.n, 9);
    assert_memory_equal(text.p, "all of it", 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(each_level_has_its_own, tear_down),
        cmocka_unit_test_teardown(without_pieces_nothing_changes, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
