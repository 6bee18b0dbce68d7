/* nodemap.h: an image's stack nodes, from the sampler's numbers to those of the recording.
 *
 * The sampler numbers a node once, and forgets all when its table is full; a recording numbers nodes anew in each
 * epoch. This keeps what every number of the sampler's means, and hands out the epoch's when a sample needs them. */
#ifndef RECORD_NODEMAP_H
#define RECORD_NODEMAP_H

#include "src/base/err.h"
#include "src/record/events.h"

struct nodemap {
    struct nodemap_node *nodes; /* owned; index: the sampler's number - 1 */
    uint32_t n, cap;
    uint32_t epoch; /* to which `used` belongs */
    uint32_t used;  /* numbers handed out in it */
};

/* Who gets a node that the epoch has not had: node and parent are the epoch's numbers, code the sampler's. */
struct nodemap_sink {
    void *self;
    bool (*define)(void *self, const struct event_node *node, struct err *err);
};

void nodemap_fini(struct nodemap *m);
/* Nodes come in the order of their numbers. */
MUST_CHECK bool nodemap_add(struct nodemap *m, const struct event_node *node, struct err *err);
/* The sampler's numbers start anew. */
void nodemap_forget(struct nodemap *m);
/* The epoch's number of a node (0: 0); it and all below it are defined on return. */
MUST_CHECK bool nodemap_use(struct nodemap *m, uint32_t epoch, uint32_t node, const struct nodemap_sink *sink,
                            uint32_t *number, struct err *err);

#endif
