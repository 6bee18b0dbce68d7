/* detail.h: what a text can do without, so that it is written once and then cut to a size.
 *
 * A text has levels of detail, 0 the fullest. A piece of it that is not there at all levels is noted while it is
 * appended, with the levels that have it; pieces lie side by side or inside one another. So the text first holds what
 * any level has; detail_cut leaves what one has. */
#ifndef HEATMAP_DETAIL_H
#define HEATMAP_DETAIL_H

#include "src/base/buf.h"

enum { DETAIL_LEVELS = 6 };

struct detail_piece {
    size_t from, to; /* in the text */
    unsigned first_level, last_level;
};

struct detail {
    struct detail_piece *pieces; /* owned; in the order of where they begin, the outer before the inner */
    uint32_t n, cap;
    bool failed; /* out of memory */
};

/* Zero-initialise. */
void detail_fini(struct detail *d);
/* What is appended to the text until detail_end is there at these levels only. Gives the piece's number. */
uint32_t detail_begin(struct detail *d, const struct buf *text, unsigned first_level, unsigned last_level);
void detail_end(struct detail *d, const struct buf *text, uint32_t piece);
/* How many bytes of the text's from `from` on a level has. */
size_t detail_size(const struct detail *d, const struct buf *text, size_t from, unsigned level);
/* Takes out of the text what the level does not have. No piece is known any more. */
void detail_cut(struct detail *d, struct buf *text, unsigned level);

#endif
