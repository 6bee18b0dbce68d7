#include "config.h"

#include "src/heatmap/sums.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/array.h"
#include "src/base/seed.h"

enum { FEWEST_SLOTS = 128 };

void sums_init(struct sums *s)
{
    *s = (struct sums){0};
    for (unsigned i = 0; i < sizeof s->factors / sizeof *s->factors; i++)
        s->factors[i] = seed_new() | 1;
}

void sums_fini(struct sums *s)
{
    free(s->items);
    free(s->slots);
    *s = (struct sums){0};
}

/* Multilinear: with random factors, two sums meet no more often than chance has it, whoever chose them. */
static uint32_t slot_of(const struct sums *s, const struct sum *sum)
{
    uint32_t i = (uint32_t)((s->factors[0] + s->factors[1] * sum->series + s->factors[2] * sum->bin) >> 32) & s->mask;
    while (s->slots[i] != 0 && sums_compare(&s->items[s->slots[i] - 1], sum) != 0)
        i = (i + 1) & s->mask;
    return i;
}

/* A table of at least four slots for each item. */
static bool hash_all(struct sums *s, struct err *err)
{
    uint64_t n = FEWEST_SLOTS;
    while (n < 4 * (uint64_t)s->n)
        n *= 2;
    if (!array_reserve(&s->slots, &s->cap_slots, n, sizeof *s->slots, err))
        return false;
    memset(s->slots, 0, n * sizeof *s->slots);
    s->mask = (uint32_t)n - 1;
    s->hashed = true;
    for (uint32_t i = 0; i < s->n; i++)
        s->slots[slot_of(s, &s->items[i])] = i + 1;
    return true;
}

bool sums_begin(struct sums *s, struct err *err)
{
    s->n = 0;
    s->hashed = false;
    return array_reserve(&s->items, &s->cap, FEWEST_SLOTS / 4, sizeof *s->items, err);
}

bool sums_add_anywhere(struct sums *s, struct sum sum, struct err *err)
{
    if (!array_reserve(&s->items, &s->cap, (uint64_t)s->n + 1, sizeof *s->items, err))
        return false;
    if (s->n == 0 || (!s->hashed && sums_compare(&sum, &s->items[s->n - 1]) > 0)) {
        s->items[s->n++] = sum;
        return true;
    }
    if ((!s->hashed || s->n > s->mask / 2) && !hash_all(s, err))
        return false;
    const uint32_t slot = slot_of(s, &sum);
    if (s->slots[slot] != 0) {
        s->items[s->slots[slot] - 1].weight += sum.weight;
        return true;
    }
    s->items[s->n++] = sum;
    s->slots[slot] = s->n;
    return true;
}

static int by_series(const void *a, const void *b)
{
    return sums_compare(a, b);
}

void sums_sort(struct sums *s)
{
    if (s->hashed)
        qsort(s->items, s->n, sizeof *s->items, by_series);
}
