#include "config.h"

#include "src/record/slices.h"

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Asks the kernel for short turns: then we run at once when we wake, and the target waits for us but briefly. Linux
 * 6.12 and later; before, or where it is forbidden, nothing changes. */
void slices_ask_for_short(void)
{
    struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime_ns, deadline_ns, period_ns;
    } attributes = {.size = sizeof attributes, .policy = SCHED_OTHER, .runtime_ns = 100000}; /* sched_setattr(2) */
    (void)syscall(SYS_sched_setattr, 0, &attributes, 0);
}

void slices_sleep_until(uint64_t ns)
{
    struct timespec t = {(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
        ;
}
