/* Cells keep every weight, whatever is joined for want of room, and do not depend on their hash's random factors; nor
 * do sums. */
#include "config.h"

#include "tests/unit/unit.h"

#include <stdlib.h>

#include "src/heatmap/cells.h"
#include "src/heatmap/sums.h"

enum { MANY_NODES = 5000, BINS = 200, SERIES = 50, SUMS = 100000 };

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static int by_key(const void *a, const void *b)
{
    const struct cell *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

/* All cells, in order. */
static struct cell *take(struct cells *c)
{
    struct cell *all = calloc(c->n + 1u, sizeof *all);
    uint32_t n = 0;
    assert_non_null(all);
    for (uint32_t i = 0; i <= c->mask; i++) {
        if (c->slots[i].weight != 0)
            all[n++] = c->slots[i];
    }
    assert_int_equal(n, c->n);
    qsort(all, n, sizeof *all, by_key);
    return all;
}

static struct cell *fill(struct cells *c, uint32_t nodes)
{
    struct err err = {0};
    assert_true(cells_init(c, &err));
    for (uint64_t time = 0; time < BINS; time++) {
        for (uint32_t node = 0; node < nodes; node++)
            cells_add(c, cell_key(node, node % 7, node % CELL_STATES, node % 5 == 0), time, 0, 1, 1 + node % 3);
        cells_add(c, cell_key(0, 0, 0, true), time, 0, 1, 0); /* of no weight: nothing */
    }
    cells_flush(c);
    assert_false(c->failed || c->dropped);
    return take(c);
}

static void joined(uint32_t nodes)
{
    struct cells a, b;
    struct cell *of_a = fill(&a, nodes), *of_b = fill(&b, nodes);
    uint64_t *weights = calloc(nodes, sizeof *weights);
    assert_non_null(weights);
    assert_true(a.shift > 0);
    for (uint32_t i = 0; i < a.n; i++) {
        const uint64_t key = of_a[i].key;
        const uint32_t node = cell_node(key);
        assert_true(node < nodes);
        assert_int_equal(cell_thread(key), node % 7);
        assert_int_equal(cell_state(key), node % CELL_STATES);
        assert_int_equal(cell_trimmed(key), node % 5 == 0);
        assert_in_range(cell_bin(key), 0, (BINS - 1) >> a.shift);
        weights[node] += of_a[i].weight;
    }
    for (uint32_t node = 0; node < nodes; node++)
        assert_int_equal(weights[node], BINS * (1 + node % 3));
    assert_int_not_equal(a.factors[1], b.factors[1]);
    assert_int_equal(a.shift, b.shift);
    assert_int_equal(a.n, b.n);
    assert_memory_equal(of_a, of_b, a.n * sizeof *of_a);
    free(weights);
    free(of_a);
    free(of_b);
    cells_fini(&a);
    cells_fini(&b);
}

/* More of them than the table holds, and so many that it is a matter of chance whether it was too full meanwhile. */
static void joined_exactly(void **state)
{
    (void)state;
    joined(MANY_NODES);
    joined((1 << 20) / 2 / BINS);
}

static void repeats_in_their_bins(void **state)
{
    struct cells c;
    struct err err = {0};
    (void)state;
    assert_true(cells_init(&c, &err));
    cells_add(&c, cell_key(1, 0, CELL_GIL, false), 10, 30, 4, 5); /* at 10, 20, 30, 40 */
    cells_add(&c, cell_key(1, 0, CELL_GIL, false), 4 * CELLS_BINS - 1, 0, 1, 1);
    cells_flush(&c);
    struct cell *all = take(&c);
    const unsigned bins[] = {10 / 4, 20 / 4, 30 / 4, 40 / 4, CELLS_BINS - 1};
    assert_int_equal(c.shift, 2);
    assert_int_equal(c.n, 5);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(cell_bin(all[i].key), bins[i]);
        assert_int_equal(all[i].weight, i < 4 ? 5 : 1);
    }
    free(all);
    cells_fini(&c);
}

static void sums_in_order(void **state)
{
    struct sums s;
    struct err err = {0};
    (void)state;
    sums_init(&s);
    for (uint32_t bins = CELLS_BINS; bins >= 1; bins /= 16) { /* what was there before leaves nothing behind */
        uint64_t *expected = calloc((size_t)SERIES * bins, sizeof *expected);
        uint32_t seed = bins, n = 0;
        assert_non_null(expected);
        assert_true(sums_begin(&s, &err));
        for (uint32_t i = 0; i < SUMS; i++) {
            const struct sum sum = {next_random(&seed) % SERIES, next_random(&seed) % bins, 1 + i % 9};
            expected[sum.series * bins + sum.bin] += sum.weight;
            assert_true(sums_add(&s, sum, &err));
        }
        sums_sort(&s);
        for (uint32_t i = 0; i < SERIES * bins; i++) {
            if (expected[i] == 0)
                continue;
            assert_true(n < s.n);
            assert_int_equal(s.items[n].series * bins + s.items[n].bin, i);
            assert_int_equal(s.items[n++].weight, expected[i]);
        }
        assert_int_equal(n, s.n);
        free(expected);
    }
    sums_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joined_exactly),
        cmocka_unit_test(repeats_in_their_bins),
        cmocka_unit_test(sums_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
