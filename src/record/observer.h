/* observer.h: the look at an image's threads, tick by tick.
 *
 * Owns: which threads are looked at at a tick and from which CPU, their states, the rows that come of it, the list of
 * threads, and what the ticks found of the process as a whole. When a tick is, and which image, is the sampler's.
 * Allocates nothing but for threads that it has not seen before. To be used from one thread, but for the counters. */
#ifndef RECORD_OBSERVER_H
#define RECORD_OBSERVER_H

#include <stdatomic.h>

#include "src/record/crowd.h"
#include "src/record/roster.h"
#include "src/record/stacks.h"

#define OBSERVER_LIVELY 16

struct observer_options {
    const struct target *target; /* borrowed; what is in it may change from image to image */
    struct events *events;       /* borrowed */
    struct crowd *crowd;         /* borrowed; may be NULL */
    uint64_t period_ns;          /* mean interval between ticks */
    uint64_t time_unit_ns;
    uint64_t start_ns; /* CLOCK_MONOTONIC of time 0 */
    uint32_t max_nodes;
    bool freeze; /* threads that run are stopped while they are read */
};

/* Of what it did, since the start: sampler.h says what they are. */
enum observer_counter {
    OBSERVER_TICKS,
    OBSERVER_WAKES,
    OBSERVER_READ,
    OBSERVER_EXACT,
    OBSERVER_TRIMMED,
    OBSERVER_FAILED,
    OBSERVER_REPEATED,
    OBSERVER_LOST,
    OBSERVER_DROPPED,
    OBSERVER_RETRIES,
    OBSERVER_SAMPLES,
    OBSERVER_THREADS,
    OBSERVER_COUNTERS,
};

struct observer {
    struct observer_options options;
    int sched_fd; /* owned; our own /proc/thread-self/sched */

    /* the image */
    struct roster roster;
    struct stacks stacks;
    struct thread *primary; /* the last known holder of the GIL */
    bool no_gil;            /* its threads run side by side, and there is no primary one */
    uint32_t next_thread;   /* of the roster, then */
    bool stopped;           /* it was when it was last asked, as by SIGSTOP */
    struct thread *lively[OBSERVER_LIVELY];
    uint32_t n_lively;

    /* the tick */
    uint64_t tick, time, time_before;
    uint32_t missed;
    uint64_t next_sweep, next_check, sweeps;
    struct crowd_member crowd;
    struct thread_sink sink;
    struct event_ticks run; /* of the process's state; ticks 0: none */

    _Atomic uint64_t counters[OBSERVER_COUNTERS];
};

MUST_CHECK bool observer_init(struct observer *o, const struct observer_options *options, struct err *err);
void observer_fini(struct observer *o);

/* The target has become another image. From the thread that looks. */
void observer_begin(struct observer *o);
/* The image has ended: its rows end. */
void observer_end(struct observer *o);

/* Before it sleeps until the next tick: leaves the CPU that nothing holds it on. */
void observer_rest(struct observer *o);
/* How many of the next ticks to leave out, since too many processes run to look at all. */
uint32_t observer_skips(const struct observer *o);
/* Looks, at CLOCK_MONOTONIC `now`, after `missed` ticks without a look, of which `skipped` were left out on purpose. */
void observer_tick(struct observer *o, uint64_t now, uint32_t missed, uint32_t skipped);
/* Whether it is time to ask whether the process still stands. */
bool observer_doubts(struct observer *o);

/* In units of the recording. */
uint64_t observer_time(const struct observer *o, uint64_t ns);
/* From any thread. */
uint64_t observer_count(const struct observer *o, enum observer_counter which);

#endif
