/* blocks.h: rows gathered into the columns that the encoder takes.
 *
 * A block belongs to one image. Nodes go out before the samples that stand in them. Rows are gathered until a block
 * is full or blocks_flush is called. */
#ifndef RECORD_BLOCKS_H
#define RECORD_BLOCKS_H

#include "formats/pyrec_write.h"
#include "src/record/events.h"

struct blocks;

/* Of one image. write is borrowed. NULL when out of memory. */
MUST_CHECK struct blocks *blocks_new(struct pyrec_write *write, uint32_t process, struct err *err);
void blocks_free(struct blocks *b);
MUST_CHECK bool blocks_node(struct blocks *b, const struct event_node *row, struct err *err);
MUST_CHECK bool blocks_sample(struct blocks *b, const struct event_sample *row, struct err *err);
MUST_CHECK bool blocks_ticks(struct blocks *b, const struct event_ticks *row, struct err *err);
MUST_CHECK bool blocks_lost(struct blocks *b, const struct event_lost *row, struct err *err);
MUST_CHECK bool blocks_flush(struct blocks *b, struct err *err);

#endif
