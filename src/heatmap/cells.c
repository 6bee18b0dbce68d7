#include "config.h"

#include "src/heatmap/cells.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "src/base/seed.h"
#include "src/heatmap/timeline.h"

enum {
    FEWEST_SLOTS = 1 << 10,
    MOST_SLOTS = 1 << 20, /* 16 MB; half of them are used, at most */
    HUGE_PAGE = 2 << 20,
};

/* Looked up all over: in large pages, where the system has them, since finding small ones costs more than the rest. */
static struct cell *make_slots(uint32_t n)
{
    const size_t bytes = n * sizeof(struct cell);
    if (bytes < HUGE_PAGE)
        return calloc(n, sizeof(struct cell));
    struct cell *slots = aligned_alloc(HUGE_PAGE, bytes);
    if (slots != NULL) {
        (void)madvise(slots, bytes, MADV_HUGEPAGE);
        memset(slots, 0, bytes);
    }
    return slots;
}

bool cells_init(struct cells *c, struct err *err)
{
    *c = (struct cells){.mask = FEWEST_SLOTS - 1};
    for (unsigned i = 0; i < sizeof c->factors / sizeof *c->factors; i++)
        c->factors[i] = seed_new() | 1;
    c->slots = calloc(FEWEST_SLOTS, sizeof *c->slots);
    c->recent = calloc(CELLS_RECENT, sizeof *c->recent);
    return (c->slots != NULL && c->recent != NULL) || err_nomem(err);
}

void cells_fini(struct cells *c)
{
    free(c->slots);
    free(c->recent);
    c->slots = c->recent = NULL;
}

void cells_drop(struct cells *c)
{
    cells_fini(c);
    c->dropped = true;
    c->n = c->n_staged = 0;
}

static void put(struct cells *c, struct cell cell)
{
    uint32_t i = cells_hash(c, cell.key) & c->mask;
    while (c->slots[i].weight != 0 && c->slots[i].key != cell.key)
        i = (i + 1) & c->mask;
    c->n += c->slots[i].weight == 0;
    c->slots[i].key = cell.key;
    c->slots[i].weight += cell.weight;
}

static uint64_t widened(uint64_t key, unsigned by)
{
    return (key & ~(uint64_t)(CELLS_BINS - 1)) | cell_bin(key) >> by;
}

/* Into a table of so many slots, with bins 1 << by times as wide. */
static void rehash(struct cells *c, uint32_t slots, unsigned by)
{
    struct cells fresh = {.mask = slots - 1, .slots = make_slots(slots)};
    memcpy(fresh.factors, c->factors, sizeof fresh.factors);
    if (fresh.slots == NULL) {
        cells_drop(c);
        c->failed = true;
        return;
    }
    for (uint32_t i = 0; i <= c->mask; i++) {
        if (c->slots[i].weight != 0)
            put(&fresh, (struct cell){widened(c->slots[i].key, by), c->slots[i].weight});
    }
    free(c->slots);
    c->slots = fresh.slots;
    c->mask = fresh.mask;
    c->n = fresh.n;
}

/* What is recent stays where it is, though it would be looked for elsewhere: it still comes into the table one day. */
static void widen(struct cells *c, unsigned by)
{
    c->shift += by;
    for (unsigned i = 0; i < c->n_staged; i++)
        c->staged[i].key = widened(c->staged[i].key, by);
    for (uint32_t i = 0; i < CELLS_RECENT; i++)
        c->recent[i].key = widened(c->recent[i].key, by);
    rehash(c, c->mask + 1, by);
}

static bool is_one_bin(const struct cells *c)
{
    for (uint32_t i = 0; i <= c->mask; i++) {
        if (c->slots[i].weight != 0 && cell_bin(c->slots[i].key) > 0)
            return false;
    }
    return true;
}

/* So that there are fewer cells, or a larger table for them. */
static void make_way(struct cells *c)
{
    if (c->mask + 1 < MOST_SLOTS)
        rehash(c, 2 * (c->mask + 1), 0);
    else if (is_one_bin(c))
        cells_drop(c);
    else
        widen(c, 1);
}

/* Room for everything staged. */
static void make_room(struct cells *c)
{
    while (!c->dropped && c->n + CELLS_STAGED > (c->mask + 1) / 2)
        make_way(c);
}

void cells_put_staged(struct cells *c)
{
    make_room(c);
    for (unsigned i = 0; i < c->n_staged; i++)
        put(c, c->staged[i]);
    c->n_staged = 0;
}

void cells_flush(struct cells *c)
{
    for (uint32_t i = 0; i < CELLS_RECENT && !c->dropped; i++) {
        if (c->n_staged == CELLS_STAGED)
            cells_put_staged(c);
        if (!c->dropped && c->recent[i].weight != 0) {
            cells_stage(c, c->recent[i]);
            c->recent[i] = (struct cell){0, 0};
        }
    }
    cells_put_staged(c);
    /* When the bins were widened above was a little by chance, as the hash is: had it happened, it happens here. */
    while (!c->dropped && c->n > MOST_SLOTS / 2 - 2 * CELLS_STAGED)
        make_way(c);
}

void cells_spread(struct cells *c, uint64_t key, uint64_t time, uint32_t span, uint32_t looks, uint64_t weight)
{
    const uint64_t last = looks - 1, end = last > 0 ? time + span : time;
    unsigned by = 0;
    while (end >> (c->shift + by) >= CELLS_BINS)
        by++;
    if (by > 0)
        widen(c, by);
    for (uint64_t done = 0; !c->dropped && done < looks;) {
        if (c->n_staged == CELLS_STAGED)
            cells_put_staged(c);
        const uint64_t bin = (last == 0 ? time : time + span * done / last) >> c->shift, next = (bin + 1) << c->shift;
        const uint64_t before = next > end ? looks : timeline_looks_before(next - time, span, last);
        if (!c->dropped)
            cells_note(c, key | bin, (before - done) * weight);
        done = before;
    }
}
