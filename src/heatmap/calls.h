/* calls.h: which call each node of the stack tree is: from a line inside a function to a function. */
#ifndef HEATMAP_CALLS_H
#define HEATMAP_CALLS_H

#include "src/heatmap/frames.h"

struct call {
    uint32_t spot;   /* the caller; its line is known */
    uint32_t callee; /* of frames.functions */
};

/* In the arena that was given; items by spot, then callee. */
struct calls {
    struct call *items;
    uint32_t n;
    uint32_t *of; /* by node: of items; FRAMES_NONE where no frame that was read calls it */
};

MUST_CHECK bool calls_of(const struct profile *p, const struct frames *f, struct arena *arena, struct calls *c);

#endif
