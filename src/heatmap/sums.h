/* sums.h: weights by series and bin, added up in any order, and then in theirs. */
#ifndef HEATMAP_SUMS_H
#define HEATMAP_SUMS_H

#include "src/base/err.h"

struct sum {
    uint32_t series, bin;
    uint64_t weight;
};

struct sums {
    struct sum *items; /* owned; as they came first, until sums_sort */
    uint32_t n, cap;
    uint32_t *slots; /* owned; indices of items, plus 1; 0: free. At most half of them are used */
    uint32_t mask, cap_slots;
    uint64_t factors[3]; /* of the hash; random */
};

void sums_init(struct sums *s);
void sums_fini(struct sums *s);
/* Empties it; before anything is added. */
MUST_CHECK bool sums_begin(struct sums *s, struct err *err);
MUST_CHECK bool sums_grow(struct sums *s, struct err *err);
/* By series, then bin. Nothing more may be added. */
void sums_sort(struct sums *s);

/* Multilinear: with random factors, two sums meet no more often than chance has it, whoever chose them. */
static inline uint32_t sums_slot(const struct sums *s, uint32_t series, uint32_t bin)
{
    uint32_t i = (uint32_t)((s->factors[0] + s->factors[1] * series + s->factors[2] * bin) >> 32) & s->mask;
    while (s->slots[i] != 0 && (s->items[s->slots[i] - 1].series != series || s->items[s->slots[i] - 1].bin != bin))
        i = (i + 1) & s->mask;
    return i;
}

MUST_CHECK static inline bool sums_add(struct sums *s, struct sum sum, struct err *err)
{
    const uint32_t slot = sums_slot(s, sum.series, sum.bin);
    if (s->slots[slot] != 0) {
        s->items[s->slots[slot] - 1].weight += sum.weight;
        return true;
    }
    s->items[s->n++] = sum;
    s->slots[slot] = s->n;
    return s->n <= s->mask / 2 || sums_grow(s, err);
}

#endif
