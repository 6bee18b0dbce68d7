/* thread.h: one thread of the target, and the row of samples that is being collected for it.
 *
 * A row is one look and the ticks at which nothing can have changed since (content.h: rec_samples). Owns the row's
 * arithmetic and what the kernel says of the thread; reading its stack is the sampler's. */
#ifndef RECORD_THREAD_H
#define RECORD_THREAD_H

#include <sys/types.h>

#include "src/record/events.h"
#include "src/record/walk.h"

#define THREAD_CODES 16

/* Code objects of a thread's last stacks, which may well be on its next one. */
struct expected_codes {
    uint32_t n;
    uint64_t at[THREAD_CODES];
    uint8_t age[THREAD_CODES]; /* stacks since it was on one */
};

struct thread {
    /* who */
    uint64_t tstate;    /* address of its PyThreadState */
    uint64_t gil;       /* its interpreter's: from 3.12 on a subinterpreter may have one of its own */
    uint64_t gc;        /* gc.collecting, likewise */
    uint64_t next;      /* the list's next one */
    uint64_t pointer;   /* pthread_self: the thread pointer on x86-64 */
    uint64_t tid;       /* here, … */
    uint64_t inner_tid; /* … and as it knows it itself: another one in a pid namespace */
    uint32_t id;        /* of the image, from 1 */
    bool announced;     /* EVENT_THREAD was pushed */
    uint32_t missing;   /* scans of the list without it */
    bool ended;         /* so says the kernel: its state is not its any more, or not anybody's */
    bool swapped;       /* its thread has other states too, and goes over to them without the GIL's knowledge */
    int stat_fd, schedstat_fd, syscall_fd, sched_fd; /* owned; -1: cannot be had */

    /* where its stack was last time: what is read at once, next time */
    uint64_t chunk_at;
    uint32_t chunk_n;    /* bytes of it that were used when it was last read */
    uint32_t chunk_most; /* and at most, of late: no less */
    uint64_t cframe_at, caller_at;
    uint32_t n_pages;
    uint64_t pages[WALK_PAGES];             /* with frames that lie in no chunk */
    struct walk_span page_span[WALK_PAGES]; /* where on them, of late */
    uint8_t page_age[WALK_PAGES];           /* looks since one was there */
    struct expected_codes codes;

    /* the last look */
    bool asleep;  /* … found it asleep, with this run count … */
    bool settled; /* … and so says the row: while it sleeps on, the row goes on */
    uint64_t runs;
    uint64_t unchanged;    /* tick: by then it had not run since */
    uint64_t since;        /* tick: if it is asleep, it is so since then at least */
    uint64_t switches;     /* the GIL's switch number */
    uint64_t lively_until; /* tick: until then it is looked at every tick */
    uint64_t read_tick;

    /* the row */
    bool has_row;
    uint64_t accounted; /* ticks up to this one are in rows */
    uint64_t time, last_time;
    uint32_t node, weight, repeat;
    uint8_t state, quality;
};

/* What a row's end needs. */
struct thread_sink {
    struct events *events;
    uint64_t samples;  /* weight handed over */
    uint64_t repeated; /* of it inferred */
    uint64_t dropped;  /* weight that found no room: not yet reported as lost */
    uint64_t dropped_rows;
};

void thread_open(struct thread *t, pid_t pid);
void thread_close(struct thread *t);

/* Pushes the row, if there is one. */
void thread_flush(struct thread *t, struct thread_sink *sink);
/* Ticks up to `tick` were as the row says; `time` is the time of that tick. */
void thread_carry(struct thread *t, uint64_t tick, uint64_t time, struct thread_sink *sink);
/* A look at `tick` begins a new row, which stands for the `missed` ticks before it too. */
void thread_look(struct thread *t, uint64_t tick, uint32_t missed, uint64_t time, uint64_t time_before, uint32_t node,
                 uint8_t state, uint8_t quality, struct thread_sink *sink);

/* Off every run queue. */
static inline bool thread_asleep(char kernel_state)
{
    return kernel_state == 'S' || kernel_state == 'D' || kernel_state == 'I';
}

/* Whether the kernel has no such thread any more, or only its remains. */
bool thread_has_ended(const struct thread *t);
/* R, S, D, T …; 0: it cannot be told. *cpu (may be NULL) is where it last ran. */
char thread_kernel_state(const struct thread *t, int *cpu);
/* How often it was switched in; UINT64_MAX: it cannot be told. */
uint64_t thread_runs(const struct thread *t);
/* When a thread last ran, by the scheduler's own clock, in ns: /proc/PID/task/TID/sched, se.exec_start. Of the thread
 * that asks: when it was last switched in. 0: it cannot be told. */
uint64_t thread_last_ran(int sched_fd);
/* Whether it waits in a futex in [from, until). */
bool thread_waits_at(const struct thread *t, uint64_t from, uint64_t until);

#endif
