/* pyrec_check.h: whether what a struct says is within the rules and limits of pyrec.md §7, seen alone. What refers to
 * other records is pyrec_scope.h's business. The encoder checks before it writes, the decoder after it has read.
 *
 * All: ERR_LIMIT or ERR_CORRUPT. Loops over rows are kept plain, so that they cost next to nothing. */
#ifndef FORMATS_PYREC_CHECK_H
#define FORMATS_PYREC_CHECK_H

#include "formats/content.h"
#include "src/base/err.h"

MUST_CHECK bool pyrec_check_header(const struct rec_header *header, struct err *err);
MUST_CHECK bool pyrec_check_host(const struct rec_host *host, struct err *err);
MUST_CHECK bool pyrec_check_process(const struct rec_process *process, struct err *err);
MUST_CHECK bool pyrec_check_argv(const struct rec_argv *argv, struct err *err);
MUST_CHECK bool pyrec_check_env(const struct rec_env *env, struct err *err);
MUST_CHECK bool pyrec_check_root(const struct rec_root *root, struct err *err);
MUST_CHECK bool pyrec_check_thread(const struct rec_thread *thread, struct err *err);
MUST_CHECK bool pyrec_check_file(const struct rec_file *file, struct err *err);
MUST_CHECK bool pyrec_check_code(const struct rec_code *code, struct err *err);
MUST_CHECK bool pyrec_check_nodes(const struct rec_nodes *nodes, struct err *err);
/* *weight: the ticks that the rows weigh in all. */
MUST_CHECK bool pyrec_check_samples(const struct rec_samples *samples, uint64_t *weight, struct err *err);
MUST_CHECK bool pyrec_check_ticks(const struct rec_ticks *ticks, struct err *err);
MUST_CHECK bool pyrec_check_losses(const struct rec_losses *losses, struct err *err);
MUST_CHECK bool pyrec_check_exit(const struct rec_exit *gone, struct err *err);
MUST_CHECK bool pyrec_check_source(const struct rec_source *source, struct err *err);
MUST_CHECK bool pyrec_check_note(struct slice markdown, struct err *err);
MUST_CHECK bool pyrec_check_end(const struct rec_end *end, struct err *err);

#endif
