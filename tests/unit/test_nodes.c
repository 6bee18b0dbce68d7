#include "config.h"

#include "tests/unit/unit.h"

#include "src/record/nodes.h"

static struct node_key key_of(uint32_t i)
{
    return (struct node_key){i / 3, 2 + i % 7, i * 2654435761u >> 20};
}

/* Up to the last one, and again after it was cleared: each key has its number, and no other has. */
static void numbers_are_kept_while_it_grows(void **state)
{
    (void)state;
    const uint32_t sizes[] = {1, 1000, 1 << 14, 50000};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        struct nodes t;
        struct err err = {0};
        const uint32_t max = sizes[k];
        assert_true(nodes_init(&t, max, &err));
        for (unsigned round = 0; round < 2; round++) {
            for (uint32_t i = 0; i < max; i++) {
                uint32_t slot = UINT32_MAX;
                assert_int_equal(nodes_find(&t, key_of(i), &slot), 0);
                assert_int_equal(nodes_add(&t, key_of(i), slot), i + 1);
            }
            for (uint32_t i = 0; i < max; i++) {
                uint32_t slot;
                assert_int_equal(nodes_find(&t, key_of(i), &slot), i + 1);
                struct node_key other = key_of(i);
                other.code = 1;
                assert_int_equal(nodes_find(&t, other, &slot), 0);
            }
            assert_int_equal(t.n, t.max);
            nodes_clear(&t);
        }
        nodes_fini(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_kept_while_it_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
