#include "config.h"

#include "src/record/state.h"

#include "formats/pyrec.h"

enum { SWITCH_NS = 60000 }; /* what ran so shortly before us ran until we came */

uint8_t state_bits(char state)
{
    switch (state) {
    case 'R':
        return REC_STATE_CPU;
    case 'T':
    case 't':
        return REC_STATE_STOPPED;
    case 0:
        return REC_STATE_UNKNOWN;
    default:
        return 0;
    }
}

/* A thread that is ready to run, and does not hold the GIL, seen from its own CPU: did it run when we came, or was it
 * only just woken? An idle CPU takes its time to wake up, so that its timer and ours may go off together. What ran
 * before us stopped running when we were switched in. */
static bool was_running(const struct thread *t, uint64_t runs, int sched_fd)
{
    if (!t->asleep && t->runs == runs && runs != UINT64_MAX)
        return true; /* it has been waiting for a CPU since the last look */
    const uint64_t ours = thread_last_ran(sched_fd), its = thread_last_ran(t->sched_fd);
    return ours == 0 || its == 0 || its + SWITCH_NS >= ours;
}

uint8_t state_from_afar(const struct thread *t, const struct gil *g)
{
    return g->locked && g->holder == t->tstate ? REC_STATE_CPU | REC_STATE_GIL
                                               : state_bits(thread_kernel_state(t, NULL));
}

uint8_t state_from_beside(const struct thread *t, const struct look *look, uint64_t runs, int sched_fd)
{
    if (look->before.locked)
        return REC_STATE_CPU | REC_STATE_GIL;
    const uint8_t bits = state_bits(look->kernel_state);
    return bits == REC_STATE_CPU && !was_running(t, runs, sched_fd) ? 0 : bits;
}
