/* state.h: what a thread does, by the GIL and by the kernel's word: REC_STATE_*. */
#ifndef RECORD_STATE_H
#define RECORD_STATE_H

#include "src/record/stacks.h"

/* Of what thread_kernel_state says. */
uint8_t state_bits(char state);
/* From another CPU, before we go to its own and disturb it. */
uint8_t state_from_afar(const struct thread *t, const struct gil *g);
/* From its own: `runs` are its thread_runs before the look, or UINT64_MAX; sched_fd is our own
 * /proc/thread-self/sched. */
uint8_t state_from_beside(const struct thread *t, const struct look *look, uint64_t runs, int sched_fd);

#endif
