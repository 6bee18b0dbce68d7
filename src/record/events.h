/* events.h: what the samplers tell the writer.
 *
 * A ring of bytes with many producers (a sampler thread each) and one consumer (the writer thread); lock-free, of fixed
 * size, allocated before sampling starts. A producer never waits: when the ring is full the push fails, and the
 * sampler counts what it drops. The consumer polls; it lives on whatever CPU the targets do not use.
 * What one producer pushes stays in order. Numbers (thread, code, node) are of the image, as the sampler gave them.
 * Times are in time units since the recording began. */
#ifndef RECORD_EVENTS_H
#define RECORD_EVENTS_H

#include "formats/content.h"
#include "src/base/err.h"

struct image;

enum event_kind {
    EVENT_PROCESS = 1, /* a new image is being read */
    EVENT_FORGET,      /* the image's node numbers start anew; codes keep theirs */
    EVENT_THREAD,
    EVENT_CODE,
    EVENT_NODE,
    EVENT_SAMPLE,
    EVENT_TICKS,
    EVENT_LOST,
    EVENT_GONE, /* the image ended: exited, or executed another program */
};

struct event_process {
    uint32_t parent; /* image; 0: none */
    uint32_t pid, python, flags, exec_count;
    uint64_t time;
    struct image *facts; /* whoever takes the event owns them; NULL: out of memory */
};
struct event_thread {
    uint32_t thread;
    uint64_t tid; /* as we see it, for /proc/PID/task/TID/comm */
};
/* Followed by the bytes of file, name, qualname, line table, in that order. */
struct event_code {
    uint32_t code;
    uint32_t first_line, flags, units;
    int32_t first_traceable;
    uint32_t file_n, name_n, qualname_n, line_table_n; /* bytes; the strings are converted to UTF-8 (content.h) */
};
struct event_node {
    uint32_t node, parent, code, offset;
};
struct event_sample {
    uint64_t time;
    uint32_t thread, weight, node, repeat, span;
    uint8_t state, quality;
};
struct event_ticks {
    uint64_t time;
    uint32_t ticks, span;
    uint8_t state;
};
struct event_lost {
    uint64_t time;
    uint32_t thread, ticks;
    uint8_t reason;
};
struct event_gone {
    uint64_t time;
    int32_t status; /* as waitpid has it; -1: not known */
    bool executed;  /* the pid goes on as another image */
};

struct event {
    enum event_kind kind;
    uint32_t image; /* which it belongs to; set by events_push */
    union {
        struct event_process process;
        struct event_thread thread;
        struct event_code code;
        struct event_node node;
        struct event_sample sample;
        struct event_ticks ticks;
        struct event_lost lost;
        struct event_gone gone;
    } u;
    const uint8_t *bytes; /* of EVENT_CODE: the four strings; borrowed until events_done */
};

/* The ring, as one producer, or the consumer, has it. */
struct events;

/* A ring of size bytes, a power of two; it is freed with this handle. NULL when out of memory. */
struct events *events_new(size_t size, struct err *err);
/* Another handle on the same ring. NULL when out of memory. */
struct events *events_share(struct events *e, struct err *err);
void events_free(struct events *e);
/* What this producer pushes from now on belongs to that image: 1 … PYREC_MAX_PROCESSES. */
void events_image(struct events *e, uint32_t image);
/* Producer. false: no room, nothing was pushed. For EVENT_CODE `bytes` is copied. */
bool events_push(struct events *e, const struct event *event);
/* Consumer. false: empty. What it returns is borrowed until events_done. */
bool events_next(struct events *e, struct event *event);
void events_done(struct events *e);

#endif
