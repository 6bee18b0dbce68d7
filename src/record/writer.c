#include "config.h"

#include "src/record/writer.h"

#include "src/record/blocks.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SECOND UINT64_C(1000000000)
#define POLL_NS (20 * SECOND / 1000)
#define FIRST_POLL_NS (2 * SECOND / 1000) /* until the first image: a short-lived one must be met alive */
#define FIRST_POLLS_FOR (5 * SECOND)
#define FLUSH_NS (9 * SECOND / 10) /* with the time that a flush takes: within each second */
#define EPOCH_NS (300 * SECOND)
#define EPOCH_SAMPLES 1000000
#define EPOCH_DEFINITIONS (8u << 20) /* bytes */
#define NICE 5

struct writer {
    struct writer_options options;
    struct pyrec_write *write; /* owned */
    struct blocks *blocks;     /* owned */
    struct defs defs;
    pthread_t thread;
    bool started;

    /* Of the thread alone. */
    uint64_t began, flushed, epoch_began; /* CLOCK_MONOTONIC, ns */
    uint64_t epoch_samples;
    bool asked_epoch;
    uint64_t complete; /* time units: the latest time seen */
    bool gone;         /* the image ended; its exit record waits for the status, which only the end tells */
    struct rec_exit exit;
    uint64_t dropped;

    struct rec_end end; /* set before finishing */
    _Atomic bool finishing;
    struct err err; /* set before failed, or read after the thread has ended */
    _Atomic bool failed;
    _Atomic uint64_t size;
};

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

static bool write_out(void *self, const uint8_t *p, size_t n, struct err *err)
{
    struct writer *w = self;
    if (!w->options.write(w->options.output, p, n, err))
        return false;
    atomic_fetch_add_explicit(&w->size, n, memory_order_relaxed);
    return true;
}

static void saw(struct writer *w, uint64_t time)
{
    if (time > w->complete)
        w->complete = time;
}

static bool write_exit(struct writer *w, int32_t status, struct err *err)
{
    w->gone = false;
    w->exit.status = status;
    return pyrec_write_exit(w->write, &w->exit, err);
}

static bool start_image(struct writer *w, const struct event_process *event, struct err *err)
{
    return (!w->gone || write_exit(w, -1, err)) && blocks_process(w->blocks, event->process, err) &&
           defs_process(&w->defs, event, err);
}

static bool end_image(struct writer *w, const struct event_gone *event, struct err *err)
{
    w->exit = (struct rec_exit){w->defs.image->process.id, event->time, -1};
    w->gone = true;
    return !event->executed || write_exit(w, -1, err);
}

static bool start_epoch(struct writer *w, struct err *err)
{
    w->epoch_samples = 0;
    w->epoch_began = now_ns();
    w->asked_epoch = false;
    return blocks_flush(w->blocks, err) && pyrec_write_epoch(w->write, err) &&
           pyrec_write_host(w->write, &w->options.host, err) && defs_epoch(&w->defs, err);
}

static bool add_node(struct writer *w, const struct event_node *event, struct err *err)
{
    struct event_node row = *event;
    return defs_use_code(&w->defs, event->code, &row.code, err) && blocks_node(w->blocks, &row, err);
}

static bool take_event(struct writer *w, const struct event *event, struct err *err)
{
    assert(w->defs.image != NULL || event->kind == EVENT_PROCESS || event->kind == EVENT_EPOCH);
    switch (event->kind) {
    case EVENT_PROCESS:
        saw(w, event->u.process.time);
        return start_image(w, &event->u.process, err);
    case EVENT_EPOCH:
        return start_epoch(w, err);
    case EVENT_THREAD:
        return defs_thread(&w->defs, &event->u.thread, err);
    case EVENT_CODE:
        return defs_code(&w->defs, &event->u.code, event->bytes, err);
    case EVENT_NODE:
        return add_node(w, &event->u.node, err);
    case EVENT_SAMPLE:
        saw(w, event->u.sample.time + event->u.sample.span);
        w->epoch_samples++;
        return blocks_sample(w->blocks, &event->u.sample, err);
    case EVENT_TICKS:
        saw(w, event->u.ticks.time + event->u.ticks.span);
        return blocks_ticks(w->blocks, &event->u.ticks, err);
    case EVENT_LOST:
        saw(w, event->u.lost.time);
        return blocks_lost(w->blocks, &event->u.lost, err);
    case EVENT_GONE:
        saw(w, event->u.gone.time);
        return end_image(w, &event->u.gone, err);
    }
    return true;
}

static void fail(struct writer *w, const struct err *err)
{
    w->err = *err;
    atomic_store_explicit(&w->failed, true, memory_order_release);
}

/* Empties the ring. What cannot be written is dropped: nobody waits for a full disk. */
static void drain(struct writer *w)
{
    struct event event;
    struct err err = {0};
    while (events_next(w->options.events, &event)) {
        if (err.kind == ERR_NONE && !w->failed && !take_event(w, &event, &err))
            fail(w, &err);
        else if (w->failed && event.kind == EVENT_SAMPLE)
            w->dropped += 1 + event.u.sample.repeat;
        events_done(w->options.events);
    }
}

/* What is due from time to time: names, frames, a new epoch. */
static bool keep_up(struct writer *w, uint64_t now, struct err *err)
{
    if (now - w->flushed < FLUSH_NS)
        return true;
    w->flushed = now;
    bool full = w->epoch_samples >= w->options.epoch_samples || now - w->epoch_began >= EPOCH_NS ||
                pyrec_write_definitions(w->write) >= EPOCH_DEFINITIONS;
    if (full && !w->asked_epoch) {
        w->asked_epoch = true;
        w->options.ask_epoch(w->options.self);
    }
    return defs_rename(&w->defs, err) && blocks_flush(w->blocks, err) && pyrec_write_flush(w->write, w->complete, err);
}

static bool end(struct writer *w, struct err *err)
{
    bool exited = w->end.reason == REC_END_EXIT;
    if (!w->gone && exited && w->defs.image != NULL) { /* ended between two looks */
        w->exit = (struct rec_exit){w->defs.image->process.id, w->end.time, -1};
        w->gone = true;
    }
    return blocks_flush(w->blocks, err) && (!w->gone || write_exit(w, exited ? w->end.status : -1, err)) &&
           pyrec_write_end(w->write, &w->end, err);
}

static void *run(void *self)
{
    struct writer *w = self;
    (void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICE); /* Linux: of this thread alone */
    w->began = w->flushed = w->epoch_began = now_ns();
    for (;;) {
        struct err err = {0};
        bool finishing = w->finishing; /* before the last look at the ring */
        drain(w);
        uint64_t now = now_ns();
        if (!w->failed && !(finishing ? end(w, &err) : keep_up(w, now, &err)))
            fail(w, &err);
        if (finishing)
            return NULL;
        bool first = w->defs.image == NULL && now - w->began < FIRST_POLLS_FOR;
        struct timespec pause = {0, (long)(first ? FIRST_POLL_NS : POLL_NS)};
        (void)nanosleep(&pause, NULL);
    }
}

static bool write_head(struct writer *w, struct err *err)
{
    const struct writer_options *o = &w->options;
    if (!pyrec_write_host(w->write, &o->host, err))
        return false;
    for (size_t i = 0; i < o->notes_n; i++) {
        if (!pyrec_write_note(w->write, o->notes[i], err))
            return false;
    }
    return true;
}

struct writer *writer_new(const struct writer_options *options, struct err *err)
{
    struct writer *w = calloc(1, sizeof *w);
    if (w == NULL) {
        err_nomem(err);
        return NULL;
    }
    w->options = *options;
    if (w->options.epoch_samples == 0)
        w->options.epoch_samples = EPOCH_SAMPLES;
    struct pyrec_write_options encoder = {.self = w, .output = write_out};
    w->write = pyrec_write_new(&encoder, &options->header, err);
    w->blocks = w->write == NULL ? NULL : blocks_new(w->write, err);
    w->defs.write = w->write;
    w->defs.options = options->defs;
    w->defs.sources.kind = options->defs.sources;
    if (w->blocks != NULL && write_head(w, err))
        return w;
    writer_free(w);
    return NULL;
}

bool writer_start(struct writer *w, struct err *err)
{
    int failed = pthread_create(&w->thread, NULL, run, w);
    w->started = failed == 0;
    return failed == 0 || err_system(err, failed, "thread");
}

bool writer_failed(const struct writer *w, struct err *err)
{
    if (!atomic_load_explicit(&w->failed, memory_order_acquire))
        return false;
    *err = w->err;
    return true;
}

uint64_t writer_size(const struct writer *w)
{
    return atomic_load_explicit(&w->size, memory_order_relaxed);
}

bool writer_finish(struct writer *w, const struct rec_end *recording_end, struct err *err)
{
    w->end = *recording_end;
    w->finishing = true;
    if (w->started)
        pthread_join(w->thread, NULL);
    w->started = false;
    return !writer_failed(w, err);
}

uint64_t writer_dropped(const struct writer *w)
{
    return w->dropped;
}

void writer_free(struct writer *w)
{
    if (w == NULL)
        return;
    blocks_free(w->blocks);
    defs_fini(&w->defs);
    pyrec_write_free(w->write);
    free(w);
}
