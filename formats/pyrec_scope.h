/* pyrec_scope.h: what has been defined, and so may be referred to (pyrec.md §5.1). The encoder keeps one so that it
 * never writes what the decoder, which keeps one too, would refuse.
 *
 * Owns small tables and bit sets, whose sizes are bounded by the limits of pyrec.h, never by a number that was read. */
#ifndef FORMATS_PYREC_SCOPE_H
#define FORMATS_PYREC_SCOPE_H

#include "formats/content.h"
#include "src/base/err.h"

struct scope_bits {
    uint64_t *words; /* owned */
    uint32_t n;      /* words */
};

struct scope_process {
    struct scope_bits threads;
    uint32_t highest_thread;
    uint32_t nodes; /* defined so far; they are numbered from 1 */
};

struct pyrec_scope {
    struct scope_bits processes, files, codes;
    struct scope_process *images; /* owned; by process number */
    uint32_t n_images;
    uint32_t thread_numbers; /* sum over the images of their highest_thread */
    uint64_t definitions;    /* bytes of definition records in the epoch */
};

void pyrec_scope_fini(struct pyrec_scope *s);
/* Forgets what an epoch defined, which is everything. */
void pyrec_scope_epoch(struct pyrec_scope *s);

/* Each checks what a record refers to and then notes what it defines. ERR_CORRUPT or ERR_LIMIT, and nothing noted. A
 * process or a thread may be defined again. All structs have passed pyrec_check.h. */
MUST_CHECK bool pyrec_scope_definition(struct pyrec_scope *s, uint64_t bytes, struct err *err);
MUST_CHECK bool pyrec_scope_process(struct pyrec_scope *s, const struct rec_process *process, struct err *err);
MUST_CHECK bool pyrec_scope_thread(struct pyrec_scope *s, const struct rec_thread *thread, struct err *err);
MUST_CHECK bool pyrec_scope_file(struct pyrec_scope *s, const struct rec_file *file, struct err *err);
MUST_CHECK bool pyrec_scope_code(struct pyrec_scope *s, const struct rec_code *code, struct err *err);
MUST_CHECK bool pyrec_scope_nodes(struct pyrec_scope *s, const struct rec_nodes *nodes, struct err *err);
MUST_CHECK bool pyrec_scope_samples(const struct pyrec_scope *s, const struct rec_samples *samples, struct err *err);
MUST_CHECK bool pyrec_scope_losses(const struct pyrec_scope *s, const struct rec_losses *losses, struct err *err);
/* ERR_CORRUPT unless the process was defined. */
MUST_CHECK bool pyrec_scope_knows(const struct pyrec_scope *s, uint32_t process, struct err *err);

#endif
