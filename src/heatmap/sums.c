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

/* A table of so many slots, with what there is, and items for half of them. */
static bool set_slots(struct sums *s, uint64_t n, struct err *err)
{
    if (!array_reserve(&s->slots, &s->cap_slots, n, sizeof *s->slots, err) ||
        !array_reserve(&s->items, &s->cap, n / 2 + 1, sizeof *s->items, err))
        return false;
    memset(s->slots, 0, n * sizeof *s->slots);
    s->mask = (uint32_t)n - 1;
    for (uint32_t i = 0; i < s->n; i++)
        s->slots[sums_slot(s, s->items[i].series, s->items[i].bin)] = i + 1;
    return true;
}

bool sums_begin(struct sums *s, struct err *err)
{
    s->n = 0;
    return set_slots(s, FEWEST_SLOTS, err);
}

bool sums_grow(struct sums *s, struct err *err)
{
    return set_slots(s, 2 * ((uint64_t)s->mask + 1), err);
}

static int by_series(const void *a, const void *b)
{
    const struct sum *x = a, *y = b;
    if (x->series != y->series)
        return x->series < y->series ? -1 : 1;
    return (x->bin > y->bin) - (x->bin < y->bin);
}

void sums_sort(struct sums *s)
{
    uint32_t n = 1;
    while (n < s->n && by_series(&s->items[n - 1], &s->items[n]) < 0)
        n++;
    if (n < s->n)
        qsort(s->items, s->n, sizeof *s->items, by_series);
}
