/* timeline.h: counts over time, in at most 256 bins whatever the length.
 *
 * All bins have one width, a power of two of time units. When the time outgrows them neighbours are added up and the
 * width doubles, so the sums stay exact. */
#ifndef HEATMAP_TIMELINE_H
#define HEATMAP_TIMELINE_H

#include "formats/content.h"

#define TIMELINE_BINS 256
#define TIMELINE_MAX_WORK (1u << 26)
#define TIMELINE_SAMPLES REC_TICK_STATES /* the column behind those of the tick states */
#define TIMELINE_COLUMNS (REC_TICK_STATES + 1)

struct timeline {
    unsigned shift; /* of the width: 1 << shift time units */
    uint32_t work;  /* bins that spreading has walked over */
    uint64_t bins[TIMELINE_BINS][TIMELINE_COLUMNS];
};

/* timeline_add where the looks fall into several bins, or behind the last one. */
void timeline_spread(struct timeline *t, unsigned column, uint64_t time, uint32_t span, uint32_t looks,
                     uint64_t weight);

/* How many of the looks 0 … last (not 0) come before `delta` of `span` (not 0): look i is at span × i / last, rounded
 * down. */
uint64_t timeline_looks_before(uint64_t delta, uint64_t span, uint64_t last);

/* `looks` looks of `weight` each, the first at `time`, the last at time + span, the others evenly between. */
static inline void timeline_add(struct timeline *t, unsigned column, uint64_t time, uint32_t span, uint32_t looks,
                                uint64_t weight)
{
    uint64_t bin = time >> t->shift;
    if (bin < TIMELINE_BINS && (time + span) >> t->shift == bin)
        t->bins[bin][column] += looks * weight;
    else
        timeline_spread(t, column, time, span, looks, weight);
}

#endif
