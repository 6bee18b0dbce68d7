/* count.h: self and distinct totals of everything, by one walk over the stack tree.
 *
 * A total is the weight of the distinct samples that touch a thing: on the way down a path a thing counts where it
 * appears first, so recursion counts once. */
#ifndef HEATMAP_COUNT_H
#define HEATMAP_COUNT_H

#include "src/heatmap/calls.h"
#include "src/heatmap/frames.h"
#include "src/heatmap/place.h"

struct count {
    uint64_t self, total;
};

struct count_call {
    uint32_t spot;   /* the caller */
    uint32_t callee; /* of frames.functions */
    uint64_t samples;
};

/* In the arena that was given. */
struct counts {
    struct count *spots, *functions, *files; /* as in frames */
    struct count *lines;                     /* of each (file, line), in the order of spots */
    uint32_t *line_of;                       /* by spot */
    uint32_t n_lines;
    struct count *expressions; /* as in frames */
    struct count_call *calls;  /* by spot, then callee */
    uint32_t n_calls;
    uint64_t attributed; /* Σ self of the lines */
};

/* Fills in the counts of the places as well. */
MUST_CHECK bool counts_of(const struct profile *p, const struct frames *f, struct places *places, struct arena *arena,
                          struct counts *c, struct err *err);

#endif
