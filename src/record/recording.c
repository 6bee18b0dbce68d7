#include "config.h"

#include "src/record/recording.h"

#include "src/base/arena.h"
#include "src/record/events.h"
#include "src/record/family.h"
#include "src/record/host.h"
#include "src/record/output.h"
#include "src/record/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>

#define RING_SIZE (4u << 20)    /* bytes; about 10 s of samples at 10 kHz */
#define MAX_TIME_UNIT_NS 100000 /* fine enough for any view, and coarse enough to compress well */

struct recording {
    const struct options *options; /* borrowed */
    pid_t pid;                     /* of the command, or of what was attached to */
    struct output output;
    struct events *events; /* owned */
    struct writer *writer; /* owned */
    struct family *family; /* owned */
    _Atomic uint32_t next_image;
    struct rec_header header;
    struct arena arena; /* of the host's facts */
    uint64_t ended_ns;  /* 0: it goes on */
    struct family_stats stats;
};

static uint64_t clock_ns(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

/* A power of ten, at least ten of them a tick. */
static uint64_t time_unit(uint64_t period_ns)
{
    uint64_t unit = 1000;
    while (unit * 100 <= period_ns && unit < MAX_TIME_UNIT_NS)
        unit *= 10;
    return unit;
}

static bool make_header(struct recording *r, struct err *err)
{
    r->header = (struct rec_header){
        .recorder = SLICE("pyrecord " PACKAGE_VERSION),
        .period_ns = r->options->period_ns,
        .time_unit_ns = time_unit(r->options->period_ns),
        .started_ns = (int64_t)clock_ns(CLOCK_REALTIME),
        .monotonic_ns = clock_ns(CLOCK_MONOTONIC),
    };
    return getrandom(r->header.id, sizeof r->header.id, 0) == sizeof r->header.id ||
           err_system(err, errno, "random numbers");
}

static void announced(void *self)
{
    struct recording *r = self;
    writer_wake(r->writer);
}

static bool make_family(struct recording *r, struct err *err)
{
    struct family_options options = {
        .sampler = {.pid = r->pid,
                    .attached = r->options->command == NULL,
                    .freeze = r->options->freeze,
                    .period_ns = r->header.period_ns,
                    .time_unit_ns = r->header.time_unit_ns,
                    .start_ns = r->header.monotonic_ns,
                    .events = r->events,
                    .next_image = &r->next_image,
                    .self = r,
                    .announced = announced},
        .follow = !r->options->no_subprocesses,
    };
    r->family = family_new(&options, err);
    return r->family != NULL;
}

/* Each thread that is looked at takes a few descriptors. What was launched has its own limit already. */
static void raise_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static bool make_writer(struct recording *r, const struct slice *notes, struct err *err)
{
    const struct options *o = r->options;
    struct writer_options options = {
        .events = r->events,
        .output = &r->output,
        .write = output_write,
        .header = r->header,
        .notes = notes,
        .notes_n = o->notes_n,
        .defs = {.image = {.env = o->env, .env_n = o->env_n, .command = o->command, .command_pid = r->pid},
                 .no_argv = o->no_argv,
                 .sources = o->sources},
        .pid = r->pid,
    };
    host_facts(&options.host, &r->arena);
    r->writer = writer_new(&options, err);
    return r->writer != NULL;
}

struct recording *recording_new(const struct options *o, pid_t pid, const struct slice *notes, struct err *err)
{
    struct recording *r = calloc(1, sizeof *r);
    if (r == NULL) {
        err_nomem(err);
        return NULL;
    }
    r->options = o;
    r->pid = pid;
    r->next_image = 1;
    if (!output_open(&r->output, o->output, pid, o->force, err)) {
        free(r);
        return NULL;
    }
    r->events = events_new(RING_SIZE, err);
    raise_limit();
    if (r->events != NULL && make_header(r, err) && make_family(r, err) && make_writer(r, notes, err) &&
        writer_start(r->writer, err) && family_start(r->family, err))
        return r;
    recording_discard(r);
    return NULL;
}

void recording_numbers(const struct recording *r, struct summary *summary)
{
    *summary = (struct summary){
        .family = r->stats,
        .dropped = r->ended_ns != 0 ? writer_dropped(r->writer) : 0,
        .period_ns = r->header.period_ns,
        .elapsed_ns = (r->ended_ns != 0 ? r->ended_ns : clock_ns(CLOCK_MONOTONIC)) - r->header.monotonic_ns,
        .size = writer_size(r->writer),
        .where = r->output.name,
    };
    if (r->ended_ns == 0)
        family_stats(r->family, &summary->family);
}

bool recording_failed(const struct recording *r, struct err *err)
{
    if (writer_failed(r->writer, err))
        return true;
    *err = family_error(r->family);
    return err->kind != ERR_NONE;
}

struct err recording_refusal(const struct recording *r)
{
    return family_refusal(r->family);
}

bool recording_end(struct recording *r, uint32_t reason, int status, struct err *err)
{
    family_stop(r->family);
    family_stats(r->family, &r->stats);
    r->ended_ns = clock_ns(CLOCK_MONOTONIC);
    struct rec_end end = {
        .time = (r->ended_ns - r->header.monotonic_ns) / r->header.time_unit_ns,
        .reason = reason,
        .status = status,
        .wakes = r->stats.samplers.wakes,
        .read = r->stats.samplers.read,
        .dropped = r->stats.samplers.dropped,
        .cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID),
    };
    return writer_finish(r->writer, &end, err) && output_close(&r->output, err);
}

void recording_discard(struct recording *r)
{
    if (r != NULL)
        output_remove(&r->output);
    recording_free(r);
}

void recording_free(struct recording *r)
{
    if (r == NULL)
        return;
    struct err ignored = {0};
    if (r->ended_ns == 0 && r->family != NULL && r->writer != NULL)
        (void)!recording_end(r, REC_END_ERROR, -1, &ignored);
    family_free(r->family);
    writer_free(r->writer);
    events_free(r->events);
    output_fini(&r->output);
    arena_fini(&r->arena);
    free(r);
}
