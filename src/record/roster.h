/* roster.h: the threads of the target, as its interpreters list them.
 *
 * Owns the thread structs. Reading the lists while the target runs can go wrong; a thread has gone only when it was
 * missing twice, or another took its place. */
#ifndef RECORD_ROSTER_H
#define RECORD_ROSTER_H

#include "src/record/target.h"
#include "src/record/thread.h"

enum { ROSTER_MAX = 16384, ROSTER_INTERPS = 64 };

struct roster {
    const struct target *target; /* borrowed */
    struct thread **threads;     /* owned; in the order of the lists, newest first */
    struct thread **found;       /* owned; room for a scan */
    uint32_t n;
    uint32_t next_id; /* of the image, from 1 */
    bool apart;       /* the target's pid namespace is not ours */
    bool unborn;      /* the last scan saw a state whose thread has not begun yet, … */
    uint32_t waits;   /* … and so did so many before it */
    uint64_t newest;  /* interpreter: the head of their list */
    uint64_t interps[ROSTER_INTERPS], heads[ROSTER_INTERPS];
    uint32_t n_interps;
    void *self;                                 /* borrowed; handed to gone */
    void (*gone)(void *self, struct thread *t); /* before a thread is freed */
};

MUST_CHECK bool roster_init(struct roster *r, const struct target *target, void *self,
                            void (*gone)(void *self, struct thread *t), struct err *err);
void roster_fini(struct roster *r);
/* All threads are gone; numbers start again. */
void roster_reset(struct roster *r);
/* NULL when there is no such thread. */
struct thread *roster_find(const struct roster *r, uint64_t tstate);
/* Whether the lists begin as they did: new threads and interpreters come first. */
bool roster_no_newer(const struct roster *r);
/* Whether the lists are as they were, in batched reads. */
bool roster_same(const struct roster *r);
/* Reads the lists again. Ticks up to `tick` are no concern of a thread that is new. */
void roster_scan(struct roster *r, uint64_t tick);

/* Whether a thread that is listed is one of the process's own. Not so between a fork and what CPython does after it, or
 * a vfork and its exec: what is seen then is the parent's. */
bool roster_is_own(const struct target *target);

#endif
