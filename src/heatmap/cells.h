/* cells.h: what every stack weighs, by thread, state and time: what the site's filters are made of.
 *
 * A cell is a stack in one thread, in one class of states, read whole or trimmed, in one bin of time. All bins have one
 * width, a power of two of time units; it doubles when the recording outgrows CELLS_BINS of them, and when there are
 * too many cells. So memory is bounded, and sums stay exact. Where even one bin is too many, nothing is kept.
 *
 * Threads are numbered here, in the order in which they come. Weights are ticks. */
#ifndef HEATMAP_CELLS_H
#define HEATMAP_CELLS_H

#include "src/base/err.h"

#define CELLS_BINS 256
#define CELLS_MAX_THREADS (1u << 24)
#define CELLS_RECENT (1u << 16)
#define CELLS_STAGED 64

/* Which bases a sample counts in: each holds those above it. */
enum cell_state { CELL_WALL, CELL_ACTIVE, CELL_GIL, CELL_STATES };

/* Equal keys are one cell, and the order of keys is that of stack, thread, state, trimmed, bin. */
struct cell {
    uint64_t key;
    uint64_t weight; /* 0: a free slot */
};

enum { CELL_TRIMMED_BIT = 8, CELL_STATE_SHIFT = 9, CELL_THREAD_SHIFT = 11, CELL_NODE_SHIFT = 35 };

struct cells {
    unsigned shift;     /* of the width: 1 << shift time units */
    struct cell *slots; /* owned */
    uint32_t mask, n;
    uint64_t factors[3]; /* of the hash; random */
    bool dropped;        /* there were too many */
    bool failed;         /* out of memory */
    struct cell
        *recent; /* owned; CELLS_RECENT of them: what came last, by key; few enough to stay near the processor */
    struct cell staged[CELLS_STAGED];
    unsigned n_staged;
};

static inline uint64_t cell_key(uint32_t node, uint32_t thread, unsigned state, bool trimmed)
{
    return (uint64_t)node << CELL_NODE_SHIFT | (uint64_t)thread << CELL_THREAD_SHIFT |
           (uint64_t)state << CELL_STATE_SHIFT | (uint64_t)trimmed << CELL_TRIMMED_BIT;
}
static inline uint32_t cell_node(uint64_t key)
{
    return (uint32_t)(key >> CELL_NODE_SHIFT);
}
static inline uint32_t cell_thread(uint64_t key)
{
    return (uint32_t)(key >> CELL_THREAD_SHIFT) & (CELLS_MAX_THREADS - 1);
}
static inline unsigned cell_state(uint64_t key)
{
    return (unsigned)(key >> CELL_STATE_SHIFT) & 3;
}
static inline bool cell_trimmed(uint64_t key)
{
    return (key >> CELL_TRIMMED_BIT & 1) != 0;
}
/* A thread in a state. */
static inline uint32_t cell_series(uint64_t key)
{
    return cell_thread(key) * CELL_STATES + cell_state(key);
}
static inline unsigned cell_bin(uint64_t key)
{
    return (unsigned)key & (CELLS_BINS - 1);
}

MUST_CHECK bool cells_init(struct cells *c, struct err *err);
void cells_fini(struct cells *c);
/* Keeps nothing from now on. */
void cells_drop(struct cells *c);
/* All that was added into the table; before that is read. */
void cells_flush(struct cells *c);
void cells_put_staged(struct cells *c);
/* cells_add where the looks fall into several bins, or behind the last one. */
void cells_spread(struct cells *c, uint64_t key, uint64_t time, uint32_t span, uint32_t looks, uint64_t weight);

/* Multilinear: with random factors, two cells meet no more often than chance has it, whoever chose them. */
static inline uint32_t cells_hash(const struct cells *c, uint64_t key)
{
    return (uint32_t)((c->factors[0] + c->factors[1] * (uint32_t)key + c->factors[2] * (key >> 32)) >> 32);
}

/* Into the table. Slots lie all over the memory: they are fetched while the next cells come. */
static inline void cells_stage(struct cells *c, struct cell cell)
{
    __builtin_prefetch(&c->slots[cells_hash(c, cell.key) & c->mask], 1);
    c->staged[c->n_staged++] = cell;
}

static inline void cells_note(struct cells *c, uint64_t key, uint64_t weight)
{
    struct cell *recent = &c->recent[cells_hash(c, key) & (CELLS_RECENT - 1)];
    if (recent->key != key) {
        if (recent->weight != 0)
            cells_stage(c, *recent);
        *recent = (struct cell){key, 0};
    }
    recent->weight += weight;
}

/* Where a cell that comes soon will be looked for first. */
static inline void cells_await(const struct cells *c, uint64_t key, uint64_t time)
{
    if (!c->dropped)
        __builtin_prefetch(&c->recent[cells_hash(c, key | (time >> c->shift)) & (CELLS_RECENT - 1)], 1);
}

/* `looks` looks of `weight` each, as in timeline.h. key is cell_key's. */
static inline void cells_add(struct cells *c, uint64_t key, uint64_t time, uint32_t span, uint32_t looks,
                             uint64_t weight)
{
    if (c->n_staged == CELLS_STAGED)
        cells_put_staged(c); /* may widen the bins, or drop all */
    if (c->dropped || weight == 0)
        return;
    const uint64_t bin = time >> c->shift;
    if (bin < CELLS_BINS && (time + span) >> c->shift == bin)
        cells_note(c, key | bin, looks * weight);
    else
        cells_spread(c, key, time, span, looks, weight);
}

#endif
