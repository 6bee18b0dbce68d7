#include "config.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>

#include "src/base/arena.h"
#include "src/base/array.h"
#include "src/base/buf.h"
#include "src/base/cursor.h"
#include "src/base/err.h"
#include "src/base/intern.h"

static void err_first_wins_and_takes_context(void **state)
{
    (void)state;
    struct err err = {0};
    assert_false(err_set(&err, ERR_CORRUPT, "bad %d\n", 7));
    assert_false(err_set(&err, ERR_LIMIT, "later"));
    assert_int_equal(err.kind, ERR_CORRUPT);
    assert_false(err_prefix(&err, "file\x1b"));
    assert_string_equal(err.msg, "file?: bad 7?");
    err_clear(&err);
    assert_false(err_system(&err, ENOENT, "open"));
    assert_string_equal(err.msg, "open: No such file or directory");
    assert_int_equal(err.sys, ENOENT);
}

static void varints_round_trip(void **state)
{
    (void)state;
    const uint64_t values[] = {0, 1, 127, 128, 300, 16383, 16384, UINT32_MAX, UINT64_MAX - 1, UINT64_MAX};
    struct buf b = {0};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        buf_varint(&b, values[i]);
    assert_true(buf_ok(&b));
    struct cursor c = cursor_of(buf_view(&b));
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        assert_true(cursor_varint(&c) == values[i]);
    assert_true(cursor_done(&c));
    buf_fini(&b);
}

static void varints_must_be_canonical_and_fit(void **state)
{
    (void)state;
    const struct slice bad[] = {SLICE("\x80"),
                                SLICE("\x80\x00"),
                                SLICE("\xff\x00"),
                                SLICE(""),
                                SLICE("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"),
                                SLICE("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct cursor c = cursor_of(bad[i]);
        (void)cursor_varint(&c);
        assert_false(cursor_ok(&c));
    }
    struct cursor wide = cursor_of(SLICE("\x80\x80\x80\x80\x10"));
    (void)cursor_varint32(&wide);
    assert_false(cursor_ok(&wide));
}

static void cursor_failure_is_sticky(void **state)
{
    (void)state;
    struct cursor c = cursor_of(SLICE("\x01\x02\x03"));
    assert_int_equal(cursor_u16(&c), 0x0201);
    assert_int_equal(cursor_u32(&c), 0);
    assert_false(cursor_ok(&c));
    assert_int_equal(cursor_u8(&c), 0);
    assert_int_equal(cursor_left(&c), 0);
    struct cursor s = cursor_of(SLICE("\x05hello"));
    assert_true(slice_eq(cursor_string(&s, 5), SLICE("hello")));
    assert_true(cursor_done(&s));
    s = cursor_of(SLICE("\x05hello"));
    (void)cursor_string(&s, 4);
    assert_false(cursor_ok(&s));
}

static void buf_grows_and_prints(void **state)
{
    (void)state;
    struct buf b = {0};
    for (int i = 0; i < 1000; i++)
        buf_printf(&b, "%d,", i);
    buf_u32(&b, 0x01020304);
    assert_true(buf_ok(&b));
    assert_memory_equal(b.p, "0,1,2,3,", 8);
    assert_memory_equal(b.p + b.n - 4, "\x04\x03\x02\x01", 4);
    assert_false(buf_reserve(&b, SIZE_MAX - 5));
    assert_false(buf_ok(&b));
    buf_clear(&b);
    assert_true(buf_ok(&b));
    buf_fini(&b);
}

static void arena_is_aligned_and_counts(void **state)
{
    (void)state;
    struct arena a = {0};
    for (size_t n = 0; n < 300; n++)
        assert_int_equal((uintptr_t)arena_alloc(&a, n) % 16, 0);
    struct slice big = arena_copy(&a, (struct slice){NULL, 0});
    assert_non_null(big.p);
    assert_null(arena_calloc(&a, SIZE_MAX / 2, 3));
    char *zeros = arena_calloc(&a, 100000, 1);
    assert_non_null(zeros);
    assert_int_equal(zeros[99999], 0);
    arena_reset(&a);
    arena_fini(&a);
}

static void intern_gives_dense_ids(void **state)
{
    (void)state;
    struct intern t = {0};
    struct err err = {0};
    char key[16];
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 5000; i++) {
            uint32_t id;
            bool fresh;
            (void)snprintf(key, sizeof key, "k%u", i);
            assert_true(intern_put(&t, slice_str(key), &id, &fresh, &err));
            assert_int_equal(id, i);
            assert_int_equal(fresh, round == 0);
        }
    }
    assert_true(slice_eq(intern_get(&t, 77), SLICE("k77")));
    assert_int_equal(intern_find(&t, SLICE("none")), INTERN_NONE);
    intern_clear(&t);
    assert_int_equal(intern_find(&t, SLICE("k77")), INTERN_NONE);
    intern_fini(&t);
}

static void slices_order_by_bytes(void **state)
{
    (void)state;
    assert_true(slice_cmp(SLICE("ab"), SLICE("abc")) < 0);
    assert_true(slice_cmp(SLICE("b"), SLICE("abc")) > 0);
    assert_int_equal(slice_cmp(SLICE(""), SLICE("")), 0);
    assert_true(slice_starts(SLICE("site/x"), SLICE("site/")));
    assert_true(slice_ends(SLICE("a.py"), SLICE(".py")));
    assert_int_equal(slice_skip(SLICE("abc"), 9).n, 0);
}

static void numbers_are_sorted_and_found(void **state)
{
    (void)state;
    uint32_t numbers[] = {UINT32_MAX - 1, 3, 0, UINT32_C(1) << 31, 3};
    const uint32_t sorted[] = {0, 3, 3, UINT32_C(1) << 31, UINT32_MAX - 1};
    array_sort_numbers(numbers, 5);
    assert_memory_equal(numbers, sorted, sizeof sorted);
    assert_int_equal(array_find_number(numbers, 5, 0), 0);
    assert_int_equal(array_find_number(numbers, 5, UINT32_MAX - 1), 4);
    assert_int_equal(array_find_number(numbers, 5, 4), UINT32_MAX);
    assert_int_equal(array_find_number(numbers, 0, 0), UINT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(err_first_wins_and_takes_context),
        cmocka_unit_test(varints_round_trip),
        cmocka_unit_test(varints_must_be_canonical_and_fit),
        cmocka_unit_test(cursor_failure_is_sticky),
        cmocka_unit_test(buf_grows_and_prints),
        cmocka_unit_test(arena_is_aligned_and_counts),
        cmocka_unit_test(intern_gives_dense_ids),
        cmocka_unit_test(numbers_are_sorted_and_found),
        cmocka_unit_test(slices_order_by_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
