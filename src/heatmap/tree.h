/* tree.h: all stacks of a recording as one tree, and what each weighs.
 *
 * A node is a frame (code, offset) on top of its parent's stack. Equal stacks are one node, whatever process, thread
 * and epoch they come from. A parent's number is less than its child's; number 0 is the empty stack. */
#ifndef HEATMAP_TREE_H
#define HEATMAP_TREE_H

#include "src/base/err.h"

struct tree_node {
    uint32_t parent;
    uint32_t code;
    uint32_t offset; /* as in rec_nodes: code units plus 1; 0: not started */
};

/* Ticks of the samples that ended in this very node. */
struct tree_weight {
    uint64_t all;
    uint64_t trimmed; /* of all: leaf frames may be missing */
};

struct tree {
    struct tree_node *nodes;     /* owned; n of them */
    struct tree_weight *weights; /* owned; n of them */
    uint32_t n;
    uint32_t cap, weights_cap;
    uint32_t *slots; /* owned; numbers, 0: free */
    uint32_t mask;
    uint64_t factors[4]; /* of the hash: random */
};

MUST_CHECK bool tree_init(struct tree *t, struct err *err);
void tree_fini(struct tree *t);
/* The number of the node, new or not. Fails when out of memory. */
MUST_CHECK bool tree_put(struct tree *t, struct tree_node node, uint32_t *id, struct err *err);

#endif
