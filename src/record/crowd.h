/* crowd.h: the processes that are looked at at the same time.
 *
 * Each look takes a little from the CPUs: where many more processes run than there are CPUs, each is looked at more
 * seldom, and its looks weigh more. A process runs, here, that has run within the last second. */
#ifndef RECORD_CROWD_H
#define RECORD_CROWD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* What the samplers know of each other. */
struct crowd {
    uint32_t room; /* as many processes can be looked at at every tick */
    _Atomic uint32_t all, busy;
};

/* One of them. */
struct crowd_member {
    struct crowd *crowd;  /* borrowed; may be NULL: it is alone */
    bool ran, busy;       /* since the last census; by it */
    uint64_t next_census; /* time */
};

void crowd_join(struct crowd_member *m);
void crowd_leave(struct crowd_member *m);
/* To be called at every look: whether the process was found running, and the time, of which `second` make a second. */
void crowd_note(struct crowd_member *m, bool ran, uint64_t time, uint64_t second);
/* Every how many ticks to look, at most `most`. It depends on nothing that changes from look to look, so no state is
 * favoured. */
uint32_t crowd_stride(const struct crowd_member *m, uint32_t most);

#endif
