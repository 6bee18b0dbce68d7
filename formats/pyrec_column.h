/* pyrec_column.h: columns of integers (pyrec.md §4.2). Shared by the encoder and the decoder.
 *
 * A column is its smallest value and then the rows' distances from it, in one of two forms: of a fixed width in planes
 * (all lowest bytes, all second bytes, …; a constant column has width 0 and no planes), or as varints. Planes are read
 * faster and pack well when the values use their width; varints pack better when most values are small. */
#ifndef FORMATS_PYREC_COLUMN_H
#define FORMATS_PYREC_COLUMN_H

#include "src/base/buf.h"
#include "src/base/cursor.h"

void buf_zigzag(struct buf *b, int64_t v);
int64_t cursor_zigzag(struct cursor *c);

void column_put(struct buf *b, const int64_t *rows, uint32_t n);

/* Read n rows, each of which must be in min … max; otherwise the cursor fails. */
void column_get_u8(struct cursor *c, uint32_t n, uint8_t min, uint8_t max, uint8_t *rows);
void column_get_u32(struct cursor *c, uint32_t n, uint32_t min, uint32_t max, uint32_t *rows);
void column_get_i64(struct cursor *c, uint32_t n, int64_t min, int64_t max, int64_t *rows);

#endif
