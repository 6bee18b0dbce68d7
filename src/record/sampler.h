/* sampler.h: the thread that looks at one target process, tick by tick.
 *
 * Owns: finding the Python in it, and when to look; which threads to look at is the observer's, and the proof that what
 * was read stood still that of stacks (README, "Hacking"). It only reads, walks, numbers and hands over to the events
 * ring; it never writes to the target, stops it only if that was asked for, and never waits for the writer.
 * One sampler a process (pid); an exec of that pid makes a new image with a number of its own. */
#ifndef RECORD_SAMPLER_H
#define RECORD_SAMPLER_H

#include <stdatomic.h>
#include <sys/types.h>

#include "src/base/err.h"
#include "src/record/births.h"
#include "src/record/crowd.h"
#include "src/record/events.h"
#include "src/record/target.h"

struct sampler;

struct sampler_options {
    pid_t pid;
    bool attached;      /* was running before the recorder came: REC_PROCESS_ATTACHED */
    bool freeze;        /* threads that run are stopped while they are read */
    uint64_t period_ns; /* mean interval between ticks */
    uint64_t time_unit_ns;
    uint64_t start_ns;             /* CLOCK_MONOTONIC of time 0 */
    struct events *events;         /* borrowed; the sampler gets a handle of its own */
    _Atomic uint32_t *next_image;  /* borrowed; the number of the next process image, from 1; shared by all samplers */
    uint32_t max_nodes;            /* that it remembers; 0: a good default */
    uint32_t parent;               /* the image that started the process; 0: none */
    const struct target *same_as;  /* borrowed until sampler_new returns; may be NULL: it was forked from a process that
                                      this was found in, so that nothing has to be looked for */
    uint32_t exec_count;           /* images that the process had before */
    struct crowd *crowd;           /* borrowed; may be NULL */
    struct births *births;         /* borrowed; may be NULL: it is to be told of them */
    void *self;                    /* handed to announced */
    void (*announced)(void *self); /* may be NULL: an image was pushed, which may end soon */
};

enum {
    SAMPLER_REFUSED_NS = 200000000,  /* what cannot be read for so long is refused */
    SAMPLER_NODES_OF_MANY = 1 << 15, /* a good max_nodes for one of many processes */
};

enum sampler_phase {
    SAMPLER_WAITING, /* the process lives, and is not (yet, or any more) a Python that runs code */
    SAMPLER_SAMPLING,
    SAMPLER_GONE,    /* the process has ended */
    SAMPLER_REFUSED, /* it is Python, but cannot be read: sampler_error says why */
};

/* Counters since the start. Samples are looks at a thread; ticks are scheduled wakes. */
struct sampler_stats {
    enum sampler_phase phase;
    uint64_t ticks; /* scheduled, while sampling */
    uint64_t wakes; /* ticks at which it really looked */
    uint64_t read;  /* stacks read */
    uint64_t exact;
    uint64_t trimmed;
    uint64_t failed;     /* stacks that could not be read: lost */
    uint64_t repeated;   /* samples inferred, not read */
    uint64_t lost_ticks; /* ticks that no sample stands for */
    uint64_t dropped;    /* samples that found the ring full */
    uint64_t retries;    /* second and later reads of one stack */
    uint64_t unfrozen;   /* reads of threads that could not be stopped, though it was asked for */
    uint64_t samples;    /* weight handed over, all states */
    uint32_t images;     /* Python images seen */
    uint32_t threads;    /* threads seen */
};

/* NULL on failure. Everything is allocated here. */
MUST_CHECK struct sampler *sampler_new(const struct sampler_options *options, struct err *err);
/* Starts the thread. It looks for a Python in the process until there is one, or the process has gone. */
MUST_CHECK bool sampler_start(struct sampler *s, struct err *err);
/* Asks the thread to end. */
void sampler_ask_stop(struct sampler *s);
/* The same, and waits for it; what it held has been pushed then. May be called without a start. */
void sampler_stop(struct sampler *s);
void sampler_free(struct sampler *s);

/* From any thread. */
void sampler_stats(const struct sampler *s, struct sampler_stats *stats);
/* The image that is, or was last, looked at; 0: there was none yet. */
uint32_t sampler_image(const struct sampler *s);
/* Where the Python is that is looked at now; false: it is not known, or changes. */
bool sampler_target(struct sampler *s, struct target *target);
/* Why it is SAMPLER_REFUSED; kind ERR_NONE otherwise. */
struct err sampler_error(const struct sampler *s);

#endif
