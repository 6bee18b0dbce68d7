/* nodecells.h: the cells (cells.h) of each node of the stack tree, and its children.
 *
 * Cells lie in the order of a walk down the tree, so that those of a node and of all that it leads to are neighbours.
 * Threads are those of the model. */
#ifndef HEATMAP_NODECELLS_H
#define HEATMAP_NODECELLS_H

#include "src/base/arena.h"
#include "src/heatmap/profile.h"

/* Indices of cells: its own from begin to own, those of the nodes that it leads to from there to end. */
struct node_range {
    uint32_t begin, own, end;
};

struct node_cells {
    struct cell *cells; /* owned; by node, then by key */
    uint32_t n;
    struct node_range *of;     /* by node */
    uint32_t *child, *sibling; /* by node: its first child, the next one of the same parent; 0: none */
    unsigned shift;            /* of a bin's width, in time units */
    uint32_t n_bins;
};

/* Takes the profile's cells; arrays by node are in the arena. */
MUST_CHECK bool nodecells_take(struct node_cells *n, struct profile *p, struct arena *arena, struct err *err);
void nodecells_fini(struct node_cells *n);

/* The node that comes after this one on the walk, with its children or past them; 0: none. */
uint32_t nodecells_next(const struct node_cells *n, const struct tree *tree, uint32_t node, bool children);

#endif
