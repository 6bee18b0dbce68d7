/* The thread that looks. In order: finding an image, the loop. */
#include "config.h"

#include "src/record/sampler.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "formats/pyrec.h"
#include "src/record/image.h"
#include "src/record/kin.h"
#include "src/record/observer.h"
#include "src/record/slices.h"

enum { DEFAULT_NODES = 1 << 18 };

struct sampler {
    struct sampler_options options;
    pthread_t thread;
    bool started;
    atomic_bool stop;
    int pidfd;
    uint64_t random;
    struct events *events; /* owned */
    struct observer observer;

    /* the image */
    struct remote_process process;
    struct target target, inherited;
    bool inherits;
    uint32_t execs, images;
    _Atomic uint32_t image; /* the last one's number */

    _Atomic int phase; /* enum sampler_phase */
    struct err error;  /* set before phase becomes SAMPLER_REFUSED */
};

static void set_phase(struct sampler *s, enum sampler_phase phase)
{
    atomic_store_explicit(&s->phase, phase, memory_order_release);
}

static enum sampler_phase phase_of(const struct sampler *s)
{
    return (enum sampler_phase)atomic_load_explicit(&s->phase, memory_order_acquire);
}

static uint64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* --- images --------------------------------------------------------------------------------------------------------*/

static bool process_lives(const struct sampler *s)
{
    struct pollfd p = {.fd = s->pidfd, .events = POLLIN};
    return poll(&p, 1, 0) == 0;
}

/* Sleeps, but no longer than the process lives. */
static bool wait_while_alive(const struct sampler *s, int ms)
{
    struct pollfd p = {.fd = s->pidfd, .events = POLLIN};
    return poll(&p, 1, ms) == 0;
}

/* A new process is looked at often; one that is not Python for long, seldom: launchers take their time. */
static int patience_ms(uint64_t waited_ns)
{
    return waited_ns < 2000000000u ? 1 : waited_ns < 60000000000u ? 10 : 50;
}

/* A forked process has everything where its parent has it. */
static enum target_status take_over_target(struct sampler *s)
{
    s->target = s->inherited;
    s->target.pid = s->options.pid;
    s->target.remote = &s->process.remote;
    return roster_is_own(&s->target) ? TARGET_READY : TARGET_NOT_YET;
}

static enum target_status look_for_image(struct sampler *s, struct err *err)
{
    if (!remote_open(&s->process, s->options.pid, err)) {
        const bool refused = err->sys == EACCES || err->sys == EPERM;
        if (!refused)
            err_clear(err);
        return refused ? TARGET_REFUSED : TARGET_NOT_YET;
    }
    enum target_status status = s->inherits ? take_over_target(s) : TARGET_NOT_YET;
    s->inherits = false; /* whatever it is: it may have executed another program */
    if (status != TARGET_READY)
        status = target_find(&s->target, s->options.pid, &s->process.remote, err);
    /* Its memory may have been opened before it executed this program, and belong to the one before. */
    if (status == TARGET_READY && (!roster_is_own(&s->target) || !remote_same_image(&s->process, s->target.runtime)))
        status = TARGET_NOT_YET;
    if (status != TARGET_READY)
        remote_close(&s->process);
    return status;
}

static bool find_image(struct sampler *s)
{
    const uint64_t since = now_ns();
    uint64_t refused_since = 0;
    while (!atomic_load(&s->stop)) {
        struct err err = {0};
        const enum target_status status = look_for_image(s, &err);
        const uint64_t now = now_ns();
        if (status == TARGET_READY)
            return true;
        refused_since = status != TARGET_REFUSED ? 0 : refused_since == 0 ? now : refused_since;
        /* What is seen while one program takes another's place may look like anything. */
        const bool refused = refused_since != 0 && now - refused_since >= SAMPLER_REFUSED_NS;
        if (refused && s->error.kind == ERR_NONE) {
            s->error = err;
            set_phase(s, SAMPLER_REFUSED);
        }
        if (!wait_while_alive(s, refused ? 50 : patience_ms(now - since)))
            return false;
    }
    return false;
}

static bool image_stands(const struct sampler *s)
{
    return remote_same_image(&s->process, s->target.runtime) && process_lives(s);
}

static bool push_surely(struct sampler *s, const struct event *event)
{
    bool pushed;
    while (!(pushed = events_push(s->events, event)) && !atomic_load(&s->stop))
        (void)usleep(1000);
    return pushed;
}

/* false: a recording holds no more images. */
static bool begin_image(struct sampler *s)
{
    const uint32_t image = atomic_fetch_add(s->options.next_image, 1);
    if (image > PYREC_MAX_PROCESSES)
        return false;
    events_image(s->events, image);
    atomic_store(&s->image, image);
    struct event event = {.kind = EVENT_PROCESS,
                          .u.process = {.parent = s->options.parent,
                                        .pid = (uint32_t)s->options.pid,
                                        .python = s->target.abi.version,
                                        .flags = (s->options.attached && s->images == 0 ? REC_PROCESS_ATTACHED : 0) |
                                                 (s->target.abi.free_threaded ? REC_PROCESS_FREE_THREADED : 0),
                                        .exec_count = s->execs,
                                        .time = observer_time(&s->observer, now_ns()),
                                        .facts = image_meet(s->options.pid, !s->options.attached)}};
    if (!push_surely(s, &event))
        image_free(event.u.process.facts);
    if (s->options.announced != NULL)
        s->options.announced(s->options.self);
    observer_begin(&s->observer);
    s->execs++;
    s->images++;
    set_phase(s, SAMPLER_SAMPLING);
    return true;
}

static void end_image(struct sampler *s)
{
    observer_end(&s->observer);
    struct event event = {
        .kind = EVENT_GONE,
        .u.gone = {.time = observer_time(&s->observer, now_ns()), .status = -1, .executed = process_lives(s)}};
    if (!event.u.gone.executed)
        event.u.gone.status = kin_status(s->options.pid, s->pidfd);
    (void)push_surely(s, &event);
    remote_close(&s->process);
    set_phase(s, SAMPLER_WAITING);
}

/* --- the loop ------------------------------------------------------------------------------------------------------*/

static uint64_t random_below(struct sampler *s, uint64_t n)
{
    s->random ^= s->random >> 12; /* xorshift64* */
    s->random ^= s->random << 25;
    s->random ^= s->random >> 27;
    return (uint64_t)((unsigned __int128)(s->random * 0x2545f4914f6cdd1du) * n >> 64);
}

/* One image, until it ends. Time is cut into strata of one period; each has one tick, at a random moment within, so
 * that no loop of the target's can keep step, and the mean period is exact. */
static void sample_image(struct sampler *s)
{
    const uint64_t period = s->options.period_ns, start = now_ns();
    uint64_t stratum = 0;
    while (!atomic_load_explicit(&s->stop, memory_order_relaxed)) {
        observer_rest(&s->observer);
        const uint32_t skipped = observer_skips(&s->observer);
        slices_sleep_until(start + (stratum + skipped) * period + random_below(s, period));
        const uint64_t now = now_ns(), reached = (now - start) / period;
        const uint32_t missed = reached > stratum ? (uint32_t)(reached - stratum) : 0;
        observer_tick(&s->observer, now, missed, skipped);
        if (s->options.births != NULL)
            births_glance(s->options.births, now);
        stratum += 1 + missed;
        if ((observer_doubts(&s->observer) || skipped > 0) && !image_stands(s))
            break;
    }
}

static void *run(void *self)
{
    struct sampler *s = self;
    (void)pthread_setname_np(pthread_self(), "sampler");
    (void)prctl(PR_SET_TIMERSLACK, 1);
    slices_ask_for_short();
    /* Linux keeps this by thread: as the recorder has it, whoever started us. */
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), getpriority(PRIO_PROCESS, (id_t)getpid()));
    while (find_image(s) && begin_image(s)) {
        sample_image(s);
        end_image(s);
    }
    if (phase_of(s) != SAMPLER_REFUSED && !process_lives(s))
        set_phase(s, SAMPLER_GONE);
    return NULL;
}

struct sampler *sampler_new(const struct sampler_options *options, struct err *err)
{
    struct sampler *s = calloc(1, sizeof *s);
    if (s == NULL) {
        (void)err_nomem(err);
        return NULL;
    }
    s->options = *options;
    s->execs = options->exec_count;
    s->inherits = options->same_as != NULL;
    if (s->inherits)
        s->inherited = *options->same_as;
    s->observer.sched_fd = -1;
    s->events = events_share(options->events, err);
    s->random = now_ns() | 1;
    const struct observer_options observer = {
        .target = &s->target,
        .events = s->events,
        .crowd = options->crowd,
        .period_ns = options->period_ns,
        .time_unit_ns = options->time_unit_ns,
        .start_ns = options->start_ns,
        .max_nodes = options->max_nodes != 0 ? options->max_nodes : DEFAULT_NODES,
        .freeze = options->freeze,
    };
    s->pidfd = (int)syscall(SYS_pidfd_open, options->pid, 0);
    if (s->pidfd < 0)
        (void)err_system(err, errno, "process %d", (int)options->pid);
    else if (s->events != NULL && observer_init(&s->observer, &observer, err))
        return s;
    sampler_free(s);
    return NULL;
}

bool sampler_start(struct sampler *s, struct err *err)
{
    int e = pthread_create(&s->thread, NULL, run, s);
    s->started = e == 0;
    return e == 0 || err_system(err, e, "sampler thread");
}

void sampler_ask_stop(struct sampler *s)
{
    atomic_store(&s->stop, true);
}

void sampler_stop(struct sampler *s)
{
    if (!s->started)
        return;
    sampler_ask_stop(s);
    (void)pthread_join(s->thread, NULL);
    s->started = false;
}

void sampler_free(struct sampler *s)
{
    if (s == NULL)
        return;
    sampler_stop(s);
    if (s->pidfd >= 0)
        (void)close(s->pidfd);
    observer_fini(&s->observer);
    events_free(s->events);
    free(s);
}

void sampler_stats(const struct sampler *s, struct sampler_stats *stats)
{
    const struct observer *o = &s->observer;
    *stats = (struct sampler_stats){
        .phase = phase_of(s),
        .ticks = observer_count(o, OBSERVER_TICKS),
        .wakes = observer_count(o, OBSERVER_WAKES),
        .read = observer_count(o, OBSERVER_READ),
        .exact = observer_count(o, OBSERVER_EXACT),
        .trimmed = observer_count(o, OBSERVER_TRIMMED),
        .failed = observer_count(o, OBSERVER_FAILED),
        .repeated = observer_count(o, OBSERVER_REPEATED),
        .lost_ticks = observer_count(o, OBSERVER_LOST),
        .dropped = observer_count(o, OBSERVER_DROPPED),
        .retries = observer_count(o, OBSERVER_RETRIES),
        .unfrozen = atomic_load(&o->stacks.unfrozen),
        .samples = observer_count(o, OBSERVER_SAMPLES),
        .images = s->images,
        .threads = (uint32_t)observer_count(o, OBSERVER_THREADS),
    };
}

uint32_t sampler_image(const struct sampler *s)
{
    return atomic_load(&s->image);
}

bool sampler_target(struct sampler *s, struct target *target)
{
    if (phase_of(s) != SAMPLER_SAMPLING)
        return false;
    *target = s->target;
    return phase_of(s) == SAMPLER_SAMPLING;
}

struct err sampler_error(const struct sampler *s)
{
    return phase_of(s) == SAMPLER_REFUSED ? s->error : (struct err){0};
}
