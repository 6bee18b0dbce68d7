/* The thread that looks. In order: a tick, a sweep over the sleepers, finding an image, the loop. */
#include "config.h"

#include "src/record/sampler.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "formats/pyrec.h"
#include "src/record/image.h"
#include "src/record/kin.h"
#include "src/record/roster.h"
#include "src/record/slices.h"
#include "src/record/stacks.h"
#include "src/record/state.h"

enum {
    DEFAULT_NODES = 1 << 18,
    MAX_LIVELY = 16,
    TRIES = 4,              /* to find the holder of the GIL */
    GIL_SPAN = 512,         /* bytes of a GIL: its mutex and condition lie behind its fields */
    SWEEP_NS = 10000000,    /* sleepers are looked at so often, and a weight covers no more */
    CHECK_NS = 8000000,     /* whether the process still stands, or is stopped, is asked so often */
    REREAD_NS = 1000000000, /* a row does not get longer than this */
    LONG_NS = 1000000000,   /* who has slept for so long is looked at by one sweep in … */
    LONG_SWEEPS = 10,
};

struct sampler {
    struct sampler_options options;
    pthread_t thread;
    bool started;
    atomic_bool stop;
    int pidfd;
    int sched_fd; /* owned; our own /proc/thread-self/sched */

    /* the image */
    struct remote_process process;
    struct target target, inherited;
    bool inherits;
    uint32_t execs, images;
    _Atomic uint32_t image; /* the last one's number */
    struct roster roster;
    struct stacks stacks;
    struct thread *primary; /* the last known holder of the GIL */
    bool stopped;           /* it was when it was last asked, as by SIGSTOP */
    struct thread *lively[MAX_LIVELY];
    uint32_t n_lively;

    /* the tick */
    uint64_t tick, time, time_before;
    uint32_t missed;
    uint64_t next_sweep, next_check, sweeps;
    struct crowd_member crowd;
    uint64_t random;
    struct events *events; /* owned */
    struct thread_sink sink;
    struct event_ticks run; /* of the process's state; ticks 0: none */

    _Atomic uint64_t counters[13];
    struct err error; /* set before phase becomes SAMPLER_REFUSED */
};

enum counter { PHASE, TICKS, WAKES, READ, EXACT, TRIMMED, FAILED, REPEATED, LOST, DROPPED, RETRIES, SAMPLES, THREADS };

static void count(struct sampler *s, enum counter which, uint64_t n)
{
    atomic_fetch_add_explicit(&s->counters[which], n, memory_order_relaxed);
}

static void set(struct sampler *s, enum counter which, uint64_t value)
{
    atomic_store_explicit(&s->counters[which], value, memory_order_release);
}

static uint64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t units(const struct sampler *s, uint64_t ns)
{
    return ns <= s->options.start_ns ? 0 : (ns - s->options.start_ns) / s->options.time_unit_ns;
}

static uint32_t ticks_in(const struct sampler *s, uint64_t ns)
{
    uint64_t n = ns / s->options.period_ns;
    return n == 0 ? 1 : (uint32_t)n;
}

/* The end of a thread: its row ends, and nobody looks at it again. */
static void thread_gone(void *self, struct thread *t)
{
    struct sampler *s = self;
    thread_carry(t, s->tick, s->time, &s->sink);
    thread_flush(t, &s->sink);
    if (s->primary == t)
        s->primary = NULL;
    for (uint32_t i = 0; i < s->n_lively; i++) {
        if (s->lively[i] == t)
            s->lively[i--] = s->lively[--s->n_lively];
    }
}

/* --- a tick --------------------------------------------------------------------------------------------------------*/

static void lose(struct sampler *s, uint32_t thread, uint32_t ticks, enum rec_loss reason)
{
    struct event event = {.kind = EVENT_LOST, .u.lost = {s->time, thread, ticks, (uint8_t)reason}};
    count(s, LOST, ticks);
    if (!events_push(s->events, &event))
        s->sink.dropped += ticks;
}

static void tell(struct sampler *s, enum stack_result result)
{
    count(s, READ, result == STACK_EXACT || result == STACK_TRIMMED);
    count(s, EXACT, result == STACK_EXACT);
    count(s, TRIMMED, result == STACK_TRIMMED);
    count(s, FAILED, result == STACK_FAILED);
}

/* The look stands for this tick and the `missed` ones before it. */
static void look_at(struct sampler *s, struct thread *t, const struct look *look, enum stack_result result,
                    uint8_t state, uint32_t missed)
{
    uint32_t node;
    tell(s, result);
    if (result == STACK_FAILED || !stacks_number(&s->stacks, &node)) {
        thread_carry(t, s->tick - 1 - missed, s->time_before, &s->sink);
        thread_flush(t, &s->sink);
        if (s->tick > t->accounted)
            lose(s, t->announced ? t->id : 0, (uint32_t)(s->tick - t->accounted),
                 result == STACK_FAILED ? REC_LOSS_READ : REC_LOSS_FULL);
        t->accounted = s->tick;
        return;
    }
    t->read_tick = s->tick;
    const uint64_t time = units(s, look->time_ns); /* we may have waited for the CPU since we woke */
    s->time = time > s->time ? time : s->time;
    thread_look(t, s->tick, missed, s->time, s->time_before, node, state,
                result == STACK_EXACT ? REC_EXACT : REC_TRIMMED, &s->sink);
}

static void make_lively(struct sampler *s, struct thread *t)
{
    t->lively_until = s->tick + ticks_in(s, SWEEP_NS);
    for (uint32_t i = 0; i < s->n_lively; i++) {
        if (s->lively[i] == t)
            return;
    }
    if (s->n_lively < MAX_LIVELY)
        s->lively[s->n_lively++] = t;
}

/* How many ticks before this one a look at a thread stands for. One that has run since the last look may have done so
 * at any of them: what it is found at has the weight of all, or short turns between sleeps would hardly count. */
static uint32_t ticks_before(const struct sampler *s, const struct thread *t, uint64_t runs)
{
    const uint64_t since = s->tick - 1 - t->accounted, most = ticks_in(s, SWEEP_NS) - 1;
    if (!t->has_row || (runs == t->runs && runs != UINT64_MAX) || s->tick <= t->accounted || since <= s->missed)
        return s->missed;
    return since < most ? (uint32_t)since : s->missed > most ? s->missed : (uint32_t)most;
}

/* A thread may have a state in each of several interpreters, and runs in one of them: in that which has the GIL, or had
 * it last. */
static bool runs_in_another(const struct sampler *s, const struct thread *t)
{
    const struct thread *p = s->primary;
    if (p != NULL && p != t && p->tid == t->tid &&
        (p->gil == t->gil || (p->has_row && (p->state & REC_STATE_GIL) != 0)))
        return true;
    for (uint32_t i = 0; i < s->n_lively; i++) {
        const struct thread *other = s->lively[i];
        if (other != t && other->tid == t->tid && other->has_row && (other->state & REC_STATE_GIL) != 0)
            return true;
    }
    return false;
}

/* A thread other than the primary one. When the kernel says that it has slept since the last look, nothing is read. */
static void look_aside(struct sampler *s, struct thread *t, bool reread)
{
    struct look look;
    const uint64_t runs = thread_runs(t);
    if (t->has_row && t->asleep && runs == t->runs && runs != UINT64_MAX && !reread)
        return;
    const char state = thread_kernel_state(t, NULL);
    uint8_t bits = state_bits(state);
    enum stack_result result = stacks_read_aside(&s->stacks, t, &look);
    if (result == STACK_OTHER && t->gil != s->target.gil) { /* the primary one of another interpreter */
        result = stacks_read_beside(&s->stacks, t, &look);
        if (look.before.locked)
            bits = look.collecting != 0 ? REC_STATE_CPU | REC_STATE_GIL | REC_STATE_GC : REC_STATE_CPU | REC_STATE_GIL;
    }
    if (result == STACK_OTHER)
        return; /* it has the GIL now, or had it last: the next tick is its */
    const uint32_t missed = ticks_before(s, t, runs);
    if (!t->asleep || runs != t->runs)
        t->since = s->tick;
    t->asleep = thread_asleep(state);
    t->runs = runs;
    if ((bits & REC_STATE_GIL) == 0 && runs_in_another(s, t))
        bits &= (uint8_t)~REC_STATE_CPU;
    if (t->asleep && look.after.locked && thread_waits_at(t, t->gil, t->gil + GIL_SPAN))
        bits |= REC_STATE_WANTS;
    if ((bits & REC_STATE_CPU) != 0)
        make_lively(s, t);
    look_at(s, t, &look, result, bits, missed);
}

static void look_at_lively(struct sampler *s)
{
    for (uint32_t i = 0; i < s->n_lively; i++) {
        struct thread *t = s->lively[i];
        if (t->lively_until < s->tick)
            s->lively[i--] = s->lively[--s->n_lively];
        else if (t != s->primary)
            look_aside(s, t, false);
    }
}

static void flush_run(struct sampler *s)
{
    struct event event = {.kind = EVENT_TICKS, .u.ticks = s->run};
    if (s->run.ticks > 0)
        (void)events_push(s->events, &event);
    s->run.ticks = 0;
}

static void tick_was(struct sampler *s, enum rec_tick_state state, uint32_t ticks)
{
    if (ticks == 0)
        return;
    if (s->run.ticks > 0 && (s->run.state != state || s->time - s->run.time > REREAD_NS / s->options.time_unit_ns))
        flush_run(s);
    if (s->run.ticks == 0)
        s->run = (struct event_ticks){.time = s->time, .state = (uint8_t)state};
    s->run.ticks += ticks;
    s->run.span = (uint32_t)(s->time - s->run.time);
}

static enum rec_tick_state state_of_process(const struct sampler *s)
{
    uint8_t all = 0;
    const struct thread *p = s->primary;
    for (uint32_t i = 0; i < s->n_lively; i++) {
        if (s->lively[i]->has_row)
            all |= s->lively[i]->state;
    }
    if (p != NULL && p->has_row)
        all |= p->state;
    return (all & REC_STATE_GC) != 0                      ? REC_TICK_GC
           : (all & (REC_STATE_CPU | REC_STATE_GIL)) != 0 ? REC_TICK_RUNNING
           : (all & REC_STATE_STOPPED) != 0               ? REC_TICK_STOPPED
           : (all & REC_STATE_WANTS) != 0                 ? REC_TICK_GIL_WANTED
           : (all & REC_STATE_UNKNOWN) != 0               ? REC_TICK_UNKNOWN
                                                          : REC_TICK_IDLE;
}

/* The holder changes: the one before is looked at every tick for a while, since it may run on without the GIL. */
static bool find_primary(struct sampler *s, uint64_t holder)
{
    struct thread *t = roster_find(&s->roster, holder);
    if (t == NULL) {
        roster_scan(&s->roster, s->tick);
        t = roster_find(&s->roster, holder);
    }
    if (t == NULL)
        t = s->roster.n > 0 ? s->roster.threads[0] : NULL;
    if (s->primary != NULL && s->primary != t)
        make_lively(s, s->primary);
    s->primary = t;
    return t != NULL;
}

/* A process that is stopped may hold the GIL: the kernel is asked now and then, and at every tick while it stands. */
static bool is_stopped(struct sampler *s, const struct thread *t)
{
    if (s->stopped || s->tick >= s->next_check)
        s->stopped = (state_bits(thread_kernel_state(t, NULL)) & REC_STATE_STOPPED) != 0;
    return s->stopped;
}

/* Another thread has had the GIL since, and given it back: it may compute without it, and whoever had the GIL last can
 * be looked at only as the primary one. */
static bool was_succeeded(const struct sampler *s, const struct thread *t, const struct look *look)
{
    return !look->before.locked && look->before.holder != t->tstate &&
           roster_find(&s->roster, look->before.holder) != NULL;
}

/* Who has the GIL mostly has it still at the next look, and then nobody wants to know how often it was switched in. */
static bool had_gil(const struct thread *t)
{
    return t->has_row && !t->asleep && (t->state & REC_STATE_GIL) != 0;
}

/* The thread that holds the GIL, or held it last. */
static void look_at_primary(struct sampler *s)
{
    struct look look = {0};
    struct gil g;
    enum stack_result result = STACK_OTHER;
    struct thread *p = s->primary, *seen = NULL; /* seen: from afar, in this state */
    uint8_t bits = 0;
    uint64_t runs = 0;
    if (p != NULL && p->has_row && p->asleep && stacks_read_gil(&s->stacks, &g)) {
        runs = thread_runs(p);
        if (p->settled && !g.locked && g.switches == p->switches && runs == p->runs && runs != UINT64_MAX &&
            s->tick - p->read_tick < ticks_in(s, REREAD_NS))
            return; /* it has slept since the last look */
        if (s->stacks.cpu < 0 && (!g.locked || g.holder == p->tstate)) {
            seen = p;
            bits = state_from_afar(p, &g);
        }
    }
    for (unsigned i = 0; i < TRIES && result == STACK_OTHER; i++) {
        if ((p == NULL || i > 0) && (!stacks_read_gil(&s->stacks, &g) || !find_primary(s, g.holder)))
            return;
        p = s->primary;
        runs = had_gil(p) ? UINT64_MAX : thread_runs(p);
        result = stacks_read_beside(&s->stacks, p, &look);
        if (result != STACK_FAILED && was_succeeded(s, p, &look))
            result = STACK_OTHER;
    }
    if (result == STACK_OTHER)
        result = STACK_FAILED;
    if (seen != p)
        bits = state_from_beside(p, &look, runs, s->sched_fd);
    if ((bits & REC_STATE_GIL) == 0 && runs_in_another(s, p))
        bits &= (uint8_t)~REC_STATE_CPU;
    if (look.before.locked && look.collecting != 0 && (bits & REC_STATE_GIL) != 0)
        bits |= REC_STATE_GC;
    if ((bits & REC_STATE_CPU) != 0 && is_stopped(s, p))
        bits = REC_STATE_STOPPED;
    p->runs = runs;
    p->asleep = thread_asleep(look.kernel_state);
    p->switches = look.after.switches;
    look_at(s, p, &look, result, bits, s->missed);
    p->settled = p->asleep && bits == 0;
}

/* Ticks that went by without a look, beyond what a weight may cover. */
static void account_gap(struct sampler *s, uint32_t lost, enum rec_loss reason)
{
    for (uint32_t i = 0; i < s->roster.n; i++) {
        struct thread *t = s->roster.threads[i];
        thread_carry(t, s->tick - 1 - s->missed - lost, s->time_before, &s->sink);
        t->accounted += lost;
    }
    lose(s, 0, lost, reason);
    flush_run(s);
    s->run = (struct event_ticks){
        .time = s->time_before,
        .ticks = lost,
        .span = (uint32_t)(s->time - s->time_before),
        .state = reason == REC_LOSS_STOPPED ? REC_TICK_STOPPED : REC_TICK_LOST,
    };
    flush_run(s);
}

/* The table of nodes is full, and numbers start anew: rows end, and every stack is read again. */
static void forget_nodes(struct sampler *s)
{
    struct event event = {.kind = EVENT_FORGET};
    for (uint32_t i = 0; i < s->roster.n; i++) {
        struct thread *t = s->roster.threads[i];
        thread_carry(t, s->tick - 1 - s->missed, s->time_before, &s->sink);
        thread_flush(t, &s->sink);
        t->asleep = false;
    }
    if (!events_push(s->events, &event))
        return; /* the next tick tries again */
    stacks_forget_nodes(&s->stacks);
    s->next_sweep = 0;
}

/* Hundreds of threads that wait for ever should not cost much: who has slept for long is left to every tenth sweep. If
 * it computes again it takes the GIL first, as a rule, and is seen at once. */
static bool rests(const struct sampler *s, const struct thread *t)
{
    return t->has_row && t->asleep && s->tick - t->since >= ticks_in(s, LONG_NS);
}

static bool all_others_rest(const struct sampler *s)
{
    for (uint32_t i = 0; i < s->roster.n; i++) {
        if (s->roster.threads[i] != s->primary && !rests(s, s->roster.threads[i]))
            return false;
    }
    return true;
}

/* The other threads, and the list of them, from another CPU than the primary's. */
static void sweep(struct sampler *s)
{
    const int cpu = s->stacks.cpu;
    const uint64_t reread = ticks_in(s, REREAD_NS);
    const bool whole = ++s->sweeps % LONG_SWEEPS == 0;
    if (!whole && all_others_rest(s) && roster_no_newer(&s->roster))
        return;
    if (s->roster.n > 1)
        stacks_move_away(&s->stacks);
    if (!roster_same(&s->roster))
        roster_scan(&s->roster, s->tick);
    for (uint32_t i = 0; i < s->roster.n; i++) {
        struct thread *t = s->roster.threads[i];
        if (t != s->primary && (whole || !rests(s, t)))
            look_aside(s, t, s->tick - t->read_tick >= reread);
    }
    if (cpu >= 0)
        (void)stacks_move_to(&s->stacks, cpu);
}

static void report_dropped(struct sampler *s)
{
    struct event event = {.kind = EVENT_LOST, .u.lost = {s->time, 0, (uint32_t)s->sink.dropped, REC_LOSS_FULL}};
    if (s->sink.dropped > 0 && events_push(s->events, &event)) {
        count(s, LOST, s->sink.dropped);
        s->sink.dropped = 0;
    }
}

static void take_tick(struct sampler *s)
{
    if (s->stacks.full)
        forget_nodes(s);
    look_at_primary(s);
    look_at_lively(s);
    const enum rec_tick_state state = state_of_process(s);
    tick_was(s, state, 1 + s->missed);
    crowd_note(&s->crowd, state == REC_TICK_RUNNING || state == REC_TICK_GC, s->time,
               REREAD_NS / s->options.time_unit_ns);
    if (s->tick >= s->next_sweep) {
        s->next_sweep = s->tick + ticks_in(s, SWEEP_NS);
        sweep(s);
        report_dropped(s);
    }
    count(s, WAKES, 1);
    set(s, SAMPLES, s->sink.samples);
    set(s, REPEATED, s->sink.repeated);
    set(s, DROPPED, s->sink.dropped_rows);
    set(s, RETRIES, s->stacks.retries);
    set(s, THREADS, s->roster.next_id - 1);
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
    if (status == TARGET_READY && !roster_is_own(&s->target))
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
            set(s, PHASE, SAMPLER_REFUSED);
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
                                        .flags = s->options.attached && s->images == 0 ? REC_PROCESS_ATTACHED : 0,
                                        .exec_count = s->execs,
                                        .time = units(s, now_ns()),
                                        .facts = image_meet(s->options.pid, !s->options.attached)}};
    if (!push_surely(s, &event))
        image_free(event.u.process.facts);
    if (s->options.announced != NULL)
        s->options.announced(s->options.self);
    stacks_reset(&s->stacks);
    s->primary = NULL;
    s->next_sweep = 0;
    s->next_check = 0;
    s->stopped = false;
    s->execs++;
    s->images++;
    set(s, PHASE, SAMPLER_SAMPLING);
    return true;
}

static void end_image(struct sampler *s)
{
    roster_reset(&s->roster);
    flush_run(s);
    report_dropped(s);
    set(s, SAMPLES, s->sink.samples);
    set(s, REPEATED, s->sink.repeated);
    struct event event = {.kind = EVENT_GONE,
                          .u.gone = {.time = units(s, now_ns()), .status = -1, .executed = process_lives(s)}};
    if (!event.u.gone.executed)
        event.u.gone.status = kin_status(s->options.pid, s->pidfd);
    (void)push_surely(s, &event);
    remote_close(&s->process);
    set(s, PHASE, SAMPLER_WAITING);
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
    s->tick = 0;
    while (!atomic_load_explicit(&s->stop, memory_order_relaxed)) {
        if (s->primary != NULL && s->primary->asleep)
            stacks_move_away(&s->stacks);
        const uint32_t skipped = crowd_stride(&s->crowd, ticks_in(s, SWEEP_NS)) - 1;
        slices_sleep_until(start + (stratum + skipped) * period + random_below(s, period));
        const uint64_t now = now_ns(), reached = (now - start) / period;
        uint32_t missed = reached > stratum ? (uint32_t)(reached - stratum) : 0;
        const uint32_t limit = ticks_in(s, SWEEP_NS) - 1 + skipped;
        s->time_before = s->time;
        s->time = units(s, now);
        s->missed = missed < limit ? missed : limit;
        s->tick += 1 + missed;
        count(s, TICKS, 1 + missed);
        if (missed > limit)
            account_gap(s, missed - limit, REC_LOSS_LATE);
        take_tick(s);
        stratum += 1 + missed;
        if (skipped > 0 || s->tick >= s->next_check || s->primary == NULL || !s->primary->has_row) {
            s->next_check = s->tick + ticks_in(s, CHECK_NS);
            if (!image_stands(s))
                break;
        }
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
    s->sched_fd = open("/proc/thread-self/sched", O_RDONLY | O_CLOEXEC);
    while (find_image(s) && begin_image(s)) {
        crowd_join(&s->crowd);
        sample_image(s);
        crowd_leave(&s->crowd);
        end_image(s);
    }
    if (atomic_load(&s->counters[PHASE]) != SAMPLER_REFUSED && !process_lives(s))
        set(s, PHASE, SAMPLER_GONE);
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
    s->crowd.crowd = options->crowd;
    s->inherits = options->same_as != NULL;
    if (s->inherits)
        s->inherited = *options->same_as;
    s->events = events_share(options->events, err);
    s->sink.events = s->events;
    s->random = now_ns() | 1;
    s->sched_fd = -1;
    s->pidfd = (int)syscall(SYS_pidfd_open, options->pid, 0);
    if (s->pidfd < 0)
        (void)err_system(err, errno, "process %d", (int)options->pid);
    else if (s->events != NULL && roster_init(&s->roster, &s->target, s, thread_gone, err) &&
             stacks_init(&s->stacks, &s->target, s->events,
                         options->max_nodes != 0 ? options->max_nodes : DEFAULT_NODES, err)) {
        s->stacks.freeze = options->freeze;
        return s;
    }
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
    if (s->sched_fd >= 0)
        (void)close(s->sched_fd);
    roster_fini(&s->roster);
    stacks_fini(&s->stacks);
    events_free(s->events);
    free(s);
}

void sampler_stats(const struct sampler *s, struct sampler_stats *stats)
{
    uint64_t c[THREADS + 1];
    for (unsigned i = 0; i <= THREADS; i++)
        c[i] = atomic_load_explicit(&s->counters[i], memory_order_acquire);
    *stats = (struct sampler_stats){
        .phase = (enum sampler_phase)c[PHASE],
        .ticks = c[TICKS],
        .wakes = c[WAKES],
        .read = c[READ],
        .exact = c[EXACT],
        .trimmed = c[TRIMMED],
        .failed = c[FAILED],
        .repeated = c[REPEATED],
        .lost_ticks = c[LOST],
        .dropped = c[DROPPED],
        .retries = c[RETRIES],
        .unfrozen = atomic_load(&s->stacks.unfrozen),
        .samples = c[SAMPLES],
        .images = s->images,
        .threads = (uint32_t)c[THREADS],
    };
}

uint32_t sampler_image(const struct sampler *s)
{
    return atomic_load(&s->image);
}

bool sampler_target(struct sampler *s, struct target *target)
{
    if (atomic_load(&s->counters[PHASE]) != SAMPLER_SAMPLING)
        return false;
    *target = s->target;
    return atomic_load(&s->counters[PHASE]) == SAMPLER_SAMPLING;
}

struct err sampler_error(const struct sampler *s)
{
    return atomic_load(&s->counters[PHASE]) == SAMPLER_REFUSED ? s->error : (struct err){0};
}
