#include "config.h"

#include "src/record/writer.h"

#include "src/base/array.h"
#include "src/record/blocks.h"
#include "src/record/nodemap.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SECOND UINT64_C(1000000000)
#define POLL_MS 40
#define FLUSH_NS (9 * SECOND / 10) /* with the time that a flush takes: within each second */
#define EPOCH_NS (300 * SECOND)
#define EPOCH_SAMPLES 1000000
#define EPOCH_DEFINITIONS (8u << 20) /* bytes */
#define NICE 5

/* One image of a process. */
struct subject {
    struct defs_image defs;
    struct nodemap nodes;
    struct blocks *blocks; /* owned */
};

struct writer {
    struct writer_options options;
    struct pyrec_write *write; /* owned */
    struct defs defs;
    struct subject **subjects; /* owned; by number of the image - 1; NULL: it has ended */
    uint32_t n_subjects, subjects_cap;
    pthread_t thread;
    bool started;
    int wake; /* owned; eventfd */

    /* Of the thread alone. */
    uint64_t flushed, epoch_began; /* CLOCK_MONOTONIC, ns */
    uint64_t epoch_samples;
    uint64_t complete;    /* time units: the latest time seen */
    uint32_t last;        /* number of the command's image that ended last; 0: none. Its exit record … */
    struct rec_exit exit; /* … waits for the status, which only the end tells */
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

static void subject_free(struct subject *s)
{
    if (s == NULL)
        return;
    blocks_free(s->blocks);
    nodemap_fini(&s->nodes);
    defs_image_fini(&s->defs);
    free(s);
}

/* That of which an image is a copy, if it still is there. */
static const struct image *forked_from(const struct writer *w, const struct event_process *event)
{
    const bool known = event->exec_count == 0 && event->parent > 0 && event->parent <= w->n_subjects;
    return known && w->subjects[event->parent - 1] != NULL ? w->subjects[event->parent - 1]->defs.facts : NULL;
}

static bool start_image(struct writer *w, uint32_t id, const struct event_process *event, struct err *err)
{
    assert(id > 0);
    bool ok = array_reserve(&w->subjects, &w->subjects_cap, id, sizeof(struct subject *), err);
    assert(!ok || w->subjects[id - 1] == NULL);
    struct subject *s = ok ? calloc(1, sizeof *s) : NULL;
    if (s == NULL) {
        image_free(event->facts);
        return ok && err_nomem(err);
    }
    w->subjects[id - 1] = s;
    w->n_subjects = w->n_subjects > id ? w->n_subjects : id;
    s->blocks = blocks_new(w->write, id, err);
    return defs_process(&w->defs, &s->defs, id, event, forked_from(w, event), err) && s->blocks != NULL;
}

/* Writes what is left of an image, and that it ended. */
static bool write_exit(struct writer *w, const struct rec_exit *gone, struct err *err)
{
    struct subject **s = &w->subjects[gone->process - 1];
    assert(*s != NULL);
    bool ok = blocks_flush((*s)->blocks, err) && defs_use_image(&w->defs, &(*s)->defs, err) &&
              pyrec_write_exit(w->write, gone, err);
    subject_free(*s);
    *s = NULL;
    return ok;
}

static bool end_image(struct writer *w, uint32_t id, const struct event_gone *event, struct err *err)
{
    const struct rec_exit gone = {id, event->time, event->status};
    if (event->executed || gone.status != -1 ||
        w->subjects[id - 1]->defs.facts->process.pid != (uint32_t)w->options.pid)
        return write_exit(w, &gone, err);
    w->exit = gone;
    w->last = id;
    return true;
}

static bool flush_blocks(struct writer *w, struct err *err)
{
    for (uint32_t i = 0; i < w->n_subjects; i++) {
        if (w->subjects[i] != NULL && !blocks_flush(w->subjects[i]->blocks, err))
            return false;
    }
    return true;
}

static bool start_epoch(struct writer *w, struct err *err)
{
    w->epoch_samples = 0;
    w->epoch_began = now_ns();
    defs_epoch(&w->defs);
    return flush_blocks(w, err) && pyrec_write_epoch(w->write, err) &&
           pyrec_write_host(w->write, &w->options.host, err);
}

/* What a node's definition needs. */
struct definer {
    struct writer *writer;
    struct subject *subject;
};

static bool define_node(void *self, const struct event_node *node, struct err *err)
{
    struct definer *d = self;
    struct event_node row = *node;
    return defs_use_code(&d->writer->defs, &d->subject->defs, node->code, &row.code, err) &&
           blocks_node(d->subject->blocks, &row, err);
}

static bool add_sample(struct writer *w, struct subject *s, const struct event_sample *event, struct err *err)
{
    struct definer definer = {w, s};
    const struct nodemap_sink sink = {&definer, define_node};
    struct event_sample row = *event;
    if (w->epoch_samples++ == w->options.epoch_samples &&
        (!start_epoch(w, err) || !defs_use_image(&w->defs, &s->defs, err)))
        return false;
    return nodemap_use(&s->nodes, w->defs.epoch, event->node, &sink, &row.node, err) &&
           blocks_sample(s->blocks, &row, err);
}

static bool take_event(struct writer *w, const struct event *event, struct err *err)
{
    if (event->kind == EVENT_PROCESS) {
        saw(w, event->u.process.time);
        return start_image(w, event->image, &event->u.process, err);
    }
    struct subject *s = event->image > 0 && event->image <= w->n_subjects ? w->subjects[event->image - 1] : NULL;
    if (s == NULL) /* the ring was full when its sampler was told to stop: the image was never announced */
        return true;
    if (!defs_use_image(&w->defs, &s->defs, err))
        return false;
    switch (event->kind) {
    case EVENT_PROCESS:
        break;
    case EVENT_FORGET:
        nodemap_forget(&s->nodes);
        break;
    case EVENT_THREAD:
        return defs_thread(&w->defs, &s->defs, &event->u.thread, err);
    case EVENT_CODE:
        return defs_code(&w->defs, &s->defs, &event->u.code, event->bytes, err);
    case EVENT_NODE:
        return nodemap_add(&s->nodes, &event->u.node, err);
    case EVENT_SAMPLE:
        saw(w, event->u.sample.time + event->u.sample.span);
        return add_sample(w, s, &event->u.sample, err);
    case EVENT_TICKS:
        saw(w, event->u.ticks.time + event->u.ticks.span);
        return blocks_ticks(s->blocks, &event->u.ticks, err);
    case EVENT_LOST:
        saw(w, event->u.lost.time);
        return blocks_lost(s->blocks, &event->u.lost, err);
    case EVENT_GONE:
        saw(w, event->u.gone.time);
        return end_image(w, event->image, &event->u.gone, err);
    }
    return true;
}

static void fail(struct writer *w, const struct err *err)
{
    w->err = *err;
    atomic_store_explicit(&w->failed, true, memory_order_release);
}

static void drop_event(struct writer *w, const struct event *event)
{
    if (event->kind == EVENT_SAMPLE)
        w->dropped += 1 + event->u.sample.repeat;
    else if (event->kind == EVENT_PROCESS)
        image_free(event->u.process.facts);
}

/* Empties the ring. What cannot be written is dropped: nobody waits for a full disk. */
static void drain(struct writer *w)
{
    struct event event;
    struct err err = {0};
    while (events_next(w->options.events, &event)) {
        if (w->failed)
            drop_event(w, &event);
        else if (!take_event(w, &event, &err))
            fail(w, &err);
        events_done(w->options.events);
    }
}

static bool rename_threads(struct writer *w, struct err *err)
{
    for (uint32_t i = 0; i < w->n_subjects; i++) {
        if (w->subjects[i] != NULL && !defs_rename(&w->defs, &w->subjects[i]->defs, err))
            return false;
    }
    return true;
}

/* What is due from time to time: names, frames, a new epoch. */
static bool keep_up(struct writer *w, uint64_t now, struct err *err)
{
    if (now - w->flushed < FLUSH_NS || w->n_subjects == 0) /* there may never be anything to record */
        return true;
    w->flushed = now;
    bool full = now - w->epoch_began >= EPOCH_NS || pyrec_write_definitions(w->write) >= EPOCH_DEFINITIONS;
    return (!full || start_epoch(w, err)) && rename_threads(w, err) && flush_blocks(w, err) &&
           pyrec_write_flush(w->write, w->complete, err);
}

/* The command's image, if it has not ended by what its sampler saw. */
static uint32_t command_image(const struct writer *w)
{
    for (uint32_t i = w->n_subjects; i > 0; i--) {
        if (w->subjects[i - 1] != NULL && w->subjects[i - 1]->defs.facts->process.pid == (uint32_t)w->options.pid)
            return i;
    }
    return 0;
}

static bool end(struct writer *w, struct err *err)
{
    bool exited = w->end.reason == REC_END_EXIT;
    if (w->last == 0 && exited) { /* ended between two looks */
        w->last = command_image(w);
        w->exit = (struct rec_exit){w->last, w->end.time, -1};
    }
    w->exit.status = exited ? w->end.status : -1;
    return flush_blocks(w, err) && (w->last == 0 || write_exit(w, &w->exit, err)) &&
           pyrec_write_end(w->write, &w->end, err);
}

static void wait_for_events(const struct writer *w)
{
    struct pollfd p = {.fd = w->wake, .events = POLLIN};
    uint64_t times;
    if (poll(&p, 1, POLL_MS) > 0)
        (void)!read(w->wake, &times, sizeof times);
}

static void *run(void *self)
{
    struct writer *w = self;
    (void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICE); /* Linux: of this thread alone */
    w->flushed = w->epoch_began = now_ns();
    for (;;) {
        struct err err = {0};
        bool finishing = w->finishing; /* before the last look at the ring */
        drain(w);
        uint64_t now = now_ns();
        if (!w->failed && !(finishing ? end(w, &err) : keep_up(w, now, &err)))
            fail(w, &err);
        if (finishing)
            return NULL;
        wait_for_events(w);
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
    w->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (w->wake < 0)
        err_system(err, errno, "eventfd");
    w->defs.write = w->write;
    w->defs.options = options->defs;
    w->defs.sources.kind = options->defs.sources;
    if (w->write != NULL && w->wake >= 0 && write_head(w, err))
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

void writer_wake(struct writer *w)
{
    const uint64_t once = 1;
    (void)!write(w->wake, &once, sizeof once);
}

bool writer_finish(struct writer *w, const struct rec_end *recording_end, struct err *err)
{
    w->end = *recording_end;
    w->finishing = true;
    writer_wake(w);
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
    for (uint32_t i = 0; i < w->n_subjects; i++)
        subject_free(w->subjects[i]);
    free(w->subjects);
    if (w->wake >= 0)
        close(w->wake);
    defs_fini(&w->defs);
    pyrec_write_free(w->write);
    free(w);
}
