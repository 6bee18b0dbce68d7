/* births.h: the news that a process was born somewhere on the system.
 *
 * Nobody tells of it, so the number that was given out last is looked at every 2 ms. That costs little to one who is
 * awake anyway, as samplers are, and much to a thread that has to be woken for it. */
#ifndef RECORD_BIRTHS_H
#define RECORD_BIRTHS_H

#include <stdatomic.h>
#include <stdint.h>

#include "src/base/err.h"

struct births {
    int fd;                   /* owned; of /proc/loadavg; -1: births are not looked for */
    int news;                 /* owned; an eventfd */
    _Atomic uint64_t next_ns; /* CLOCK_MONOTONIC of the next look */
    _Atomic long known;       /* the number that whoever waits has seen */
};

MUST_CHECK bool births_init(struct births *b, bool wanted, struct err *err);
void births_fini(struct births *b);

/* The number given out last; -1: it cannot be told. */
long births_last(struct births *b);
/* Looks, if it is time to, and wakes whoever waits. From any thread. */
void births_glance(struct births *b, uint64_t now_ns);
/* Sleeps until somebody has seen a birth, but no longer than so many milliseconds. */
void births_wait(struct births *b, int ms);

#endif
