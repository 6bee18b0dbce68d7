#include "config.h"

#include "src/heatmap/timeline.h"

static void fold(struct timeline *t)
{
    for (size_t i = 0; i < TIMELINE_BINS; i++) {
        for (unsigned c = 0; c < TIMELINE_COLUMNS; c++) {
            uint64_t v = i < TIMELINE_BINS / 2 ? t->bins[2 * i][c] + t->bins[2 * i + 1][c] : 0;
            t->bins[i][c] = v;
        }
    }
    t->shift++;
}

uint64_t timeline_looks_before(uint64_t delta, uint64_t span, uint64_t last)
{
    /* span × i / last < delta, so i < delta × last / span, rounded up: below 2^57, since span and delta fit 32 bits */
    uint64_t n = (delta * last + span - 1) / span;
    return n <= last ? n : last + 1;
}

void timeline_spread(struct timeline *t, unsigned column, uint64_t time, uint32_t span, uint32_t looks, uint64_t weight)
{
    uint64_t end = time + span;
    while (end >> t->shift >= TIMELINE_BINS)
        fold(t);
    uint64_t bin = time >> t->shift;
    /* A recorder's rows are short: those that go on and on, millions of them, are made up. They are not spread. */
    if (looks <= 1 || bin == end >> t->shift || t->work > TIMELINE_MAX_WORK) {
        t->bins[bin][column] += looks * weight;
        return;
    }
    uint64_t done = 0;
    t->work += (uint32_t)((end >> t->shift) - bin);
    for (; bin < end >> t->shift; bin++) {
        uint64_t before = timeline_looks_before(((bin + 1) << t->shift) - time, span, looks - 1);
        t->bins[bin][column] += (before - done) * weight;
        done = before;
    }
    t->bins[bin][column] += (looks - done) * weight;
}
