/* projection.h: the stacks of a recording as a page sees them.
 *
 * To one page a stack is no more than: where its sample was, if in this file; the set of the file's spots (frames.h)
 * that it goes through; and the set of calls (calls.h) that begin or end there. Stacks that agree in these are one
 * *projected stack*, and its weight is kept in cells by thread, state and time. So what a page shows can be counted
 * anew for any choice of threads, states, times and calls, exactly.
 *
 * Counts all states, whatever the model's basis: it has frames of its own. Pages that are next to each other are worked
 * out together; ask for them in order. */
#ifndef HEATMAP_PROJECTION_H
#define HEATMAP_PROJECTION_H

#include "src/heatmap/calls.h"
#include "src/heatmap/model.h"
#include "src/heatmap/nodecells.h"
#include "src/heatmap/sums.h"

struct projected_stack {
    uint32_t set;      /* of projection.sets */
    uint32_t self;     /* of projection.items, plus 1; 0: not in this file, or nobody knows where */
    uint32_t first, n; /* of the parts that it is made of */
};

/* Of one page. Items are its spots and calls, numbered in one row. */
struct projection {
    uint32_t *spots; /* of frames.spots, ascending */
    uint32_t n_spots;
    uint32_t *calls; /* of projections.calls, ascending; their items come after those of the spots */
    uint32_t n_calls;
    uint32_t *set_begin; /* n_sets + 1 indices of set_items: items, ascending. Sets are in the order of their items */
    uint32_t *set_items;
    uint32_t n_sets;
    struct projected_stack *stacks; /* by set, then self */
    uint32_t n_stacks;
    bool left_out; /* to work it out would be too much: it has nothing */
};

struct projections {
    const struct profile *p; /* borrowed */
    const struct model *m;   /* borrowed */
    struct frames frames;
    struct calls calls;
    uint32_t *file_of; /* by file of frames: of the model, or MODEL_NONE: it has no page */
    struct node_cells cells;
    bool too_many;                 /* different stacks in too many files: ask for no page */
    unsigned all_widened;          /* by how much what is known of all samples is coarser; filterdata.h's */
    struct projections_work *work; /* owned */
};

/* Takes the profile's cells. NULL on failure. */
MUST_CHECK struct projections *projections_new(struct profile *p, const struct model *m, struct err *err);
void projections_free(struct projections *pr);

/* What one of the model's files sees; valid until the next call. Without calls stacks that differ only in them are one.
 */
MUST_CHECK bool projection_of(struct projections *pr, uint32_t file, bool with_calls, struct projection *out,
                              struct err *err);
/* The cells of a stack of the last projection, by series (thread of the model × CELL_STATES + state) and bin, in bins 1
 * << by times as wide. Valid until the next call. NULL when out of memory. */
const struct sum *projection_cells(struct projections *pr, const struct projected_stack *stack, unsigned by,
                                   uint32_t *n);
/* The same of all samples; attributed: only of those whose line is known. */
const struct sum *projection_all(struct projections *pr, bool attributed, unsigned by, uint32_t *n);
/* Of the function's def, as the model has it, which does not have what has no sample in its basis. */
uint32_t projection_def_line(const struct projections *pr, const struct frames_function *f);
/* Whether a line is known that the exact samples of a node were in: that of the frame that it counts for. */
bool projection_has_self(const struct projections *pr, uint32_t node);

#endif
