/* stacks.h: reading a thread's stack, and proving that it stood still.
 *
 * Owns: the CPU that we are pinned to, the copies of the target's memory, the tables of code objects and nodes. Two
 * ways to read: beside (from the CPU of the thread that runs Python, which therefore does not run) and aside (a thread
 * that does not hold the GIL, from anywhere). Everything is allocated at the start. */
#ifndef RECORD_STACKS_H
#define RECORD_STACKS_H

#include <sched.h>

#include "src/record/codes.h"
#include "src/record/nodes.h"
#include "src/record/target.h"
#include "src/record/thread.h"
#include "src/record/walk.h"

struct gil {
    uint64_t holder, switches; /* while nobody has it, the last one */
    uint32_t locked;
    bool off; /* a free-threaded build that runs without it: nobody has it, and it proves nothing */
};

/* What was read along with a stack. */
struct look {
    struct gil before, after;
    uint64_t time_ns;               /* CLOCK_MONOTONIC, when */
    uint32_t cpu_before, cpu_after; /* where the thread last ran */
    uint32_t collecting;            /* gc.collecting */
    bool attached;                  /* it may run Python: while garbage is collected without a GIL, only one may */
    char kernel_state;              /* as thread_kernel_state says, if it was asked; else 0 */
};

enum stack_result {
    STACK_EXACT,   /* proved */
    STACK_TRIMMED, /* what two reads have in common, from the root on */
    STACK_FAILED,
    STACK_OTHER, /* not this way: another thread holds the GIL (beside), or this one may (aside) */
};

/* A stack as it was numbered last, the root first: most frames are there again the next time. */
struct numbered {
    struct node_key key;
    uint32_t node;
};

struct stacks {
    const struct target *target; /* borrowed */
    struct remote remote;        /* the target's, and counts calls; its self is this struct: do not move it */
    uint64_t calls;
    struct events *events; /* borrowed */
    int cpu;               /* we are pinned to it; -1: not pinned */
    cpu_set_t allowed;
    struct codes codes;
    struct copies copies;
    struct nodes nodes;
    bool full;   /* the node table was full: numbers have to start anew */
    bool freeze; /* threads that run are stopped while they are read */

    struct walk_snapshot *now, *second, *older;
    struct walk_stack *stack, *other;
    uint8_t codes_read[THREAD_CODES][PYABI_CODE_SPAN_MAX]; /* along with the stack: those that were expected */
    struct numbered *path;                                 /* room for one a frame, and one more */
    uint32_t path_n;
    uint64_t *addresses;       /* room for one a frame */
    uint64_t retries;          /* second and later reads of one stack */
    _Atomic uint64_t unfrozen; /* reads of threads that could not be stopped */
};

MUST_CHECK bool stacks_init(struct stacks *s, const struct target *target, struct events *events, uint32_t max_nodes,
                            struct err *err);
void stacks_fini(struct stacks *s);
/* Another image. */
void stacks_reset(struct stacks *s);
/* Numbers start anew. */
void stacks_forget_nodes(struct stacks *s);

bool stacks_move_to(struct stacks *s, int cpu);
/* Any CPU but this one. */
void stacks_move_away(struct stacks *s);

bool stacks_read_gil(const struct stacks *s, struct gil *gil);
/* The thread that has the GIL, or had it last; without a GIL, any. */
enum stack_result stacks_read_beside(struct stacks *s, struct thread *t, struct look *look);
/* A thread that does not have the GIL. */
enum stack_result stacks_read_aside(struct stacks *s, struct thread *t, struct look *look);
/* The number of the stack that was read last. False when a table or the ring is full. */
bool stacks_number(struct stacks *s, uint32_t *node);

#endif
