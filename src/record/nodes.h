/* nodes.h: stacks as numbers: the tree of (parent, code, offset) of one epoch.
 *
 * Allocated once, for the most that it may hold; of the slots only so many are used as the nodes need, so that what is
 * looked up lies close together. Full is not an error: the epoch ends, and the table is cleared. */
#ifndef RECORD_NODES_H
#define RECORD_NODES_H

#include "src/base/err.h"

struct node_key {
    uint32_t parent, code, offset;
};

struct nodes {
    struct node_key *keys; /* owned; keys[id - 1] */
    uint32_t *slots;       /* owned; id, or 0 */
    uint32_t n, max;
    uint32_t mask, slots_max; /* slots in use - 1; of all */
};

MUST_CHECK bool nodes_init(struct nodes *t, uint32_t max, struct err *err);
void nodes_fini(struct nodes *t);
void nodes_clear(struct nodes *t);

/* The node's number, or 0 when it is new: then *slot is where nodes_add puts it. */
uint32_t nodes_find(const struct nodes *t, struct node_key key, uint32_t *slot);
/* There must be room: t->n < t->max. */
uint32_t nodes_add(struct nodes *t, struct node_key key, uint32_t slot);

#endif
