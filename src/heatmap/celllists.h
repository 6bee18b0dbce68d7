/* celllists.h: cells of several owners, a list each, by series and bin, and how a script holds them (filterdata.h). */
#ifndef HEATMAP_CELLLISTS_H
#define HEATMAP_CELLLISTS_H

#include "src/base/buf.h"
#include "src/heatmap/sums.h"

/* Begins as zeroes, but for bins. */
struct cell_lists {
    struct sum *cells; /* owned; by owner */
    uint32_t n, cap;
    uint32_t *end; /* owned; by owner: where its cells end. They begin where those of the one before end */
    uint32_t n_owners, cap_owners;
    uint32_t bins;    /* of time, at least 1 */
    unsigned widened; /* bins are 1 << that times as wide as they were */
};

void celllists_fini(struct cell_lists *l);
/* The cells of one more owner, in order. */
MUST_CHECK bool celllists_add(struct cell_lists *l, const struct sum *cells, uint32_t n, struct err *err);
/* Bins become 1 << by times as wide. */
void celllists_widen(struct cell_lists *l, unsigned by);
/* Widens the bins until all cells may fit: may have to be widened further. */
void celllists_widen_to_fit(struct cell_lists *l, size_t limit);
void celllists_put(const struct cell_lists *l, uint32_t owner, struct buf *out);

#define CELLLISTS_WIDEST 8 /* by so much 256 bins are one */
/* Adds to counts[by] how many cells there are in bins 1 << by times as wide. */
void cells_count(const struct sum *cells, uint32_t n, uint64_t counts[CELLLISTS_WIDEST + 1]);
/* How much wider bins with so many cells have to be for so many bytes of base64: an estimate. */
unsigned cells_widened_to_fit(const uint64_t counts[CELLLISTS_WIDEST + 1], uint32_t bins, size_t limit);
/* How many bins n are once they are 1 << by times as wide. */
uint32_t cell_bins(uint32_t n, unsigned by);
/* A list of cells as a script holds it. */
void cells_put(const struct sum *cells, uint32_t n, bool one_bin, struct buf *out);

#endif
