/* pyrec_decode.h: the bodies of records (pyrec.md §5): bytes to content.h's structs.
 *
 * Each takes a whole body, checks it (pyrec_check.h) and fills in a struct whose strings point into the body and whose
 * arrays lie in the decoder: valid until its next use. ERR_CORRUPT or ERR_LIMIT. What records say of each other is
 * not checked here. */
#ifndef FORMATS_PYREC_DECODE_H
#define FORMATS_PYREC_DECODE_H

#include "formats/content.h"
#include "formats/pyrec.h"
#include "src/base/err.h"

/* Room for the rows of one block. */
struct pyrec_decoder {
    uint32_t u32[9][PYREC_MAX_ROWS];
    uint8_t u8[2][PYREC_MAX_ROWS];
    int64_t i64[PYREC_MAX_ROWS];
    struct slice strings[2][PYREC_MAX_ARGS];
};

MUST_CHECK bool pyrec_decode_header(struct slice body, struct rec_header *header, struct err *err);
MUST_CHECK bool pyrec_decode_host(struct slice body, struct rec_host *host, struct err *err);
MUST_CHECK bool pyrec_decode_process(struct slice body, struct rec_process *process, struct err *err);
MUST_CHECK bool pyrec_decode_argv(struct pyrec_decoder *d, struct slice body, struct rec_argv *argv, struct err *err);
MUST_CHECK bool pyrec_decode_env(struct pyrec_decoder *d, struct slice body, struct rec_env *env, struct err *err);
MUST_CHECK bool pyrec_decode_root(struct slice body, struct rec_root *root, struct err *err);
MUST_CHECK bool pyrec_decode_thread(struct slice body, struct rec_thread *thread, struct err *err);
MUST_CHECK bool pyrec_decode_file(struct slice body, struct rec_file *file, struct err *err);
/* Hands the code objects of a block to `each`, one by one, with a zero hash; stops when it returns false. */
MUST_CHECK bool pyrec_decode_codes(struct pyrec_decoder *d, struct slice body, void *self,
                                   bool (*each)(void *self, const struct rec_code *, struct err *), struct err *err);
MUST_CHECK bool pyrec_decode_nodes(struct pyrec_decoder *d, struct slice body, struct rec_nodes *nodes,
                                   struct err *err);
/* *weight: the ticks that the rows weigh. */
MUST_CHECK bool pyrec_decode_samples(struct pyrec_decoder *d, struct slice body, struct rec_samples *samples,
                                     uint64_t *weight, struct err *err);
MUST_CHECK bool pyrec_decode_ticks(struct pyrec_decoder *d, struct slice body, struct rec_ticks *ticks,
                                   struct err *err);
MUST_CHECK bool pyrec_decode_losses(struct pyrec_decoder *d, struct slice body, struct rec_losses *losses,
                                    struct err *err);
MUST_CHECK bool pyrec_decode_exit(struct slice body, struct rec_exit *gone, struct err *err);
MUST_CHECK bool pyrec_decode_source(struct slice body, struct rec_source *source, struct err *err);
MUST_CHECK bool pyrec_decode_end(struct slice body, struct rec_end *end, struct err *err);

#endif
