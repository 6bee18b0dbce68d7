/* The vectors are what CPython 3.8, 3.10, 3.11 and 3.13 made of
 *
 *   2  def f(a,
 *   3        b):
 *   4      x = [a +
 *   5           b]
 *   6
 *   7      for i in x:
 *   8          if i: continue
 *   9          g(i)
 *  10      return x
 *
 * and what their co_lines and co_positions say of it. All of the library is compared by integration/linetables.sh. */
#include "config.h"

#include "tests/unit/unit.h"

#include <stdlib.h>

#include "src/heatmap/linetable.h"

#define NONE LINETABLE_NO_COLUMN

static void lines_are(uint32_t python, uint32_t first_line, struct slice table, const uint32_t *lines, uint32_t units)
{
    struct linetable t = linetable_of(python, first_line, table);
    struct linetable_range range = {0};
    for (uint32_t i = 0; i < units; i++) {
        linetable_seek(&t, i, &range);
        assert_int_equal(range.line, lines[i]);
    }
}

static void lnotab_of_38(void **state)
{
    (void)state;
    const struct slice table = SLICE("\x00\x02\x02\x01\x02\xff\x06\x03\x08\x01\x04\x00\x02\x01\x0a\x01");
    const uint32_t lines[] = {4, 5, 4, 4, 4, 7, 7, 7, 7, 8, 8, 8, 9, 9, 9, 9, 9, 10, 10};
    lines_are(0x0308, 2, table, lines, 19);
    lines_are(0x0309, 2, table, lines, 19);
}

static void linetable_of_310(void **state)
{
    (void)state;
    const uint32_t lines[] = {4, 5, 4, 4, 4, 7, 7, 7, 7, 8, 8, 8, 9, 9, 9, 9, 9, 10, 10};
    lines_are(0x030a, 2, SLICE("\x02\x02\x02\x01\x06\xff\x08\x03\x06\x01\x0a\x01\x04\x01"), lines, 19);
}

static void no_line_takes_the_one_before(void **state)
{
    (void)state;
    /* 3.10: no line at first, line 7, no line again (the accumulator stays), a large step in two pairs. */
    const struct slice table = SLICE("\x02\x80\x02\x02\x02\x80\x00\x7f\x02\x01");
    const uint32_t lines[] = {5, 7, 7, 135};
    lines_are(0x030a, 5, table, lines, 4);
    struct linetable t = linetable_of(0x030a, 5, table);
    struct linetable_range range;
    const bool own[] = {false, true, false, true};
    for (int i = 0; i < 4; i++) {
        assert_true(linetable_next(&t, &range));
        assert_int_equal(range.own_line, own[i]);
    }
    assert_false(linetable_next(&t, &range));
    /* 3.11: an entry of 2 units without a line, after line 6. */
    const uint32_t later[] = {5, 6, 6, 6};
    lines_are(0x030b, 5, SLICE("\xf8\xd8\x00\x00\xf9"), later, 4);
}

static void positions_of_313(void **state)
{
    (void)state;
    const struct slice table =
        SLICE("\x80\x00\xe0\x09\x0a\xd8\x09\x0a\xf1\x03\x01\x0a\x0b\xf0\x00\x01\x09\x0c\x80\x41\xf3\x06"
              "\x00\x0e\x0f\x88\x01\xde\x0b\x0c\x89\x68\xdc\x08\x09\x88\x21\x8e\x04\xf1\x05\x00\x0e\x0f\xf0"
              "\x06\x00\x0c\x0d\x80\x48");
    const struct {
        uint32_t units, line, end_line, column, end_column;
    } want[] = {{1, 2, 2, 0, 0},   {1, 4, 4, 9, 10},  {1, 5, 5, 9, 10},    {2, 4, 5, 9, 10},
                {1, 4, 5, 8, 11},  {1, 4, 4, 4, 5},   {4, 7, 7, 13, 14},   {1, 7, 7, 8, 9},
                {7, 8, 8, 11, 12}, {2, 8, 8, 14, 22}, {5, 9, 9, 8, 9},     {1, 9, 9, 10, 11},
                {7, 9, 9, 8, 12},  {2, 7, 7, 13, 14}, {1, 10, 10, 11, 12}, {1, 10, 10, 4, 12}};
    struct linetable t = linetable_of(0x030d, 2, table);
    struct linetable_range range = {0};
    uint32_t unit = 0;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        for (uint32_t k = 0; k < want[i].units; k++) {
            linetable_seek(&t, unit++, &range);
            assert_true(range.own_line);
            assert_int_equal(range.line, want[i].line);
            assert_int_equal(range.end_line, want[i].end_line);
            assert_int_equal(range.column, want[i].column);
            assert_int_equal(range.end_column, want[i].end_column);
        }
    }
    assert_int_equal(unit, 38);
    linetable_seek(&t, unit, &range);
    assert_false(range.own_line);
    assert_int_equal(range.line, 10);
    assert_int_equal(range.column, NONE);
}

static void lines_without_columns(void **state)
{
    (void)state;
    /* 13: a step of -3, no columns; 14: all columns absent, a step of +64 in two groups. */
    struct linetable t = linetable_of(0x030e, 10, SLICE("\xe8\x07\xf0\x40\x02\x00\x00\x00"));
    struct linetable_range range = {0};
    linetable_seek(&t, 0, &range);
    assert_int_equal(range.line, 7);
    assert_int_equal(range.column, NONE);
    linetable_seek(&t, 1, &range);
    assert_int_equal(range.line, 71);
    assert_int_equal(range.end_line, 71);
    assert_int_equal(range.end_column, NONE);
}

static void any_bytes_are_safe(void **state)
{
    (void)state;
    const uint32_t versions[] = {0x0308, 0x030a, 0x030b, 0x030f};
    srand(1);
    for (int round = 0; round < 20000; round++) {
        size_t n = (size_t)rand() % 40;
        uint8_t *bytes = malloc(n + 1); /* on the heap, so that a sanitizer sees a read past the end */
        assert_non_null(bytes);
        for (size_t i = 0; i < n; i++)
            bytes[i] = (uint8_t)rand();
        struct linetable t = linetable_of(versions[round % 4], (uint32_t)rand() % 3, slice_of(bytes, n));
        struct linetable_range range = {0};
        uint64_t end = 0;
        while (linetable_next(&t, &range)) {
            assert_true(range.start >= end && range.end > range.start);
            assert_true(range.line <= INT32_MAX && (!range.own_line || range.line >= 1));
            end = range.end;
        }
        free(bytes);
    }
    /* A table without end marks, steps that overflow: the first line holds. */
    const uint32_t first[] = {3, 3, 3};
    lines_are(0x030b, 3, SLICE(""), first, 3);
    lines_are(0x030b, 3, SLICE("\xe8\xff\xff\xff\xff\xff\xff\xff\x3f"), first, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lnotab_of_38),
        cmocka_unit_test(linetable_of_310),
        cmocka_unit_test(no_line_takes_the_one_before),
        cmocka_unit_test(positions_of_313),
        cmocka_unit_test(lines_without_columns),
        cmocka_unit_test(any_bytes_are_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
