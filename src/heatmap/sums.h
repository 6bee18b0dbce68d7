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
    bool hashed;     /* they did not come in order */
    uint32_t *slots; /* owned, and used if hashed; indices of items, plus 1; 0: free. At most half of them are used */
    uint32_t mask, cap_slots;
    uint64_t factors[3]; /* of the hash; random */
};

void sums_init(struct sums *s);
void sums_fini(struct sums *s);
/* Empties it; before anything is added. */
MUST_CHECK bool sums_begin(struct sums *s, struct err *err);
MUST_CHECK bool sums_add_anywhere(struct sums *s, struct sum sum, struct err *err);
/* By series, then bin. Nothing more may be added. */
void sums_sort(struct sums *s);

static inline int sums_compare(const struct sum *a, const struct sum *b)
{
    if (a->series != b->series)
        return a->series < b->series ? -1 : 1;
    return (a->bin > b->bin) - (a->bin < b->bin);
}

/* Mostly they come in order, and nothing has to be looked up. */
MUST_CHECK static inline bool sums_add(struct sums *s, struct sum sum, struct err *err)
{
    const int c = s->n == 0 ? 1 : sums_compare(&sum, &s->items[s->n - 1]);
    if (c == 0)
        s->items[s->n - 1].weight += sum.weight;
    else if (c > 0 && !s->hashed && s->n < s->cap)
        s->items[s->n++] = sum;
    else
        return sums_add_anywhere(s, sum, err);
    return true;
}

#endif
