/* pyrec_encode.h: the bodies of records (pyrec.md §5): content.h's structs to bytes.
 *
 * Each checks its struct (pyrec_check.h) and appends the body, without tag and length; nothing is appended on failure.
 * Out of memory is the buffer's sticky failure. Frames, order and references are pyrec_write.c's business. */
#ifndef FORMATS_PYREC_ENCODE_H
#define FORMATS_PYREC_ENCODE_H

#include "formats/content.h"
#include "formats/pyrec.h"
#include "src/base/buf.h"

/* Room to lay out one column. */
struct pyrec_encoder {
    int64_t rows[PYREC_MAX_ROWS];
};

MUST_CHECK bool pyrec_encode_header(struct buf *b, const struct rec_header *header, struct err *err);
MUST_CHECK bool pyrec_encode_host(struct buf *b, const struct rec_host *host, struct err *err);
MUST_CHECK bool pyrec_encode_process(struct buf *b, const struct rec_process *process, struct err *err);
MUST_CHECK bool pyrec_encode_argv(struct buf *b, const struct rec_argv *argv, struct err *err);
MUST_CHECK bool pyrec_encode_env(struct buf *b, const struct rec_env *env, struct err *err);
MUST_CHECK bool pyrec_encode_root(struct buf *b, const struct rec_root *root, struct err *err);
MUST_CHECK bool pyrec_encode_thread(struct buf *b, const struct rec_thread *thread, struct err *err);
MUST_CHECK bool pyrec_encode_file(struct buf *b, const struct rec_file *file, struct err *err);
/* n is 1 … PYREC_MAX_ROWS. */
MUST_CHECK bool pyrec_encode_codes(struct pyrec_encoder *e, struct buf *b, const struct rec_code *codes, uint32_t n,
                                   struct err *err);
MUST_CHECK bool pyrec_encode_nodes(struct pyrec_encoder *e, struct buf *b, const struct rec_nodes *nodes,
                                   struct err *err);
/* *weight: the ticks that the rows weigh. */
MUST_CHECK bool pyrec_encode_samples(struct pyrec_encoder *e, struct buf *b, const struct rec_samples *samples,
                                     uint64_t *weight, struct err *err);
MUST_CHECK bool pyrec_encode_ticks(struct pyrec_encoder *e, struct buf *b, const struct rec_ticks *ticks,
                                   struct err *err);
MUST_CHECK bool pyrec_encode_losses(struct pyrec_encoder *e, struct buf *b, const struct rec_losses *losses,
                                    struct err *err);
MUST_CHECK bool pyrec_encode_exit(struct buf *b, const struct rec_exit *gone, struct err *err);
MUST_CHECK bool pyrec_encode_source(struct buf *b, const struct rec_source *source, struct err *err);
MUST_CHECK bool pyrec_encode_note(struct buf *b, struct slice markdown, struct err *err);
MUST_CHECK bool pyrec_encode_end(struct buf *b, const struct rec_end *end, struct err *err);

#endif
