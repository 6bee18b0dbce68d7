/* In order: a tick, a sweep over the sleepers, images. */
#include "config.h"

#include "src/record/observer.h"

#include <fcntl.h>
#include <unistd.h>

#include "formats/pyrec.h"
#include "src/record/state.h"

enum {
    TRIES = 4,              /* to find the holder of the GIL */
    GIL_SPAN = 512,         /* bytes of a GIL: its mutex and condition lie behind its fields */
    SWEEP_NS = 10000000,    /* sleepers are looked at so often, and a weight covers no more */
    CHECK_NS = 8000000,     /* whether the process still stands, or is stopped, is asked so often */
    REREAD_NS = 1000000000, /* a row does not get longer than this */
    LONG_NS = 1000000000,   /* who has slept for so long is looked at by one sweep in … */
    LONG_SWEEPS = 10,
};

static void count(struct observer *o, enum observer_counter which, uint64_t n)
{
    atomic_fetch_add_explicit(&o->counters[which], n, memory_order_relaxed);
}

static void set(struct observer *o, enum observer_counter which, uint64_t value)
{
    atomic_store_explicit(&o->counters[which], value, memory_order_release);
}

uint64_t observer_count(const struct observer *o, enum observer_counter which)
{
    return atomic_load_explicit(&o->counters[which], memory_order_acquire);
}

uint64_t observer_time(const struct observer *o, uint64_t ns)
{
    return ns <= o->options.start_ns ? 0 : (ns - o->options.start_ns) / o->options.time_unit_ns;
}

static uint32_t ticks_in(const struct observer *o, uint64_t ns)
{
    uint64_t n = ns / o->options.period_ns;
    return n == 0 ? 1 : (uint32_t)n;
}

/* The end of a thread: its row ends, and nobody looks at it again. */
static void thread_gone(void *self, struct thread *t)
{
    struct observer *o = self;
    thread_carry(t, o->tick, o->time, &o->sink);
    thread_flush(t, &o->sink);
    if (o->primary == t)
        o->primary = NULL;
    for (uint32_t i = 0; i < o->n_lively; i++) {
        if (o->lively[i] == t)
            o->lively[i--] = o->lively[--o->n_lively];
    }
}

/* --- a tick --------------------------------------------------------------------------------------------------------*/

static void lose(struct observer *o, uint32_t thread, uint32_t ticks, enum rec_loss reason)
{
    struct event event = {.kind = EVENT_LOST, .u.lost = {o->time, thread, ticks, (uint8_t)reason}};
    count(o, OBSERVER_LOST, ticks);
    if (!events_push(o->options.events, &event))
        o->sink.dropped += ticks;
}

static void tell(struct observer *o, enum stack_result result)
{
    count(o, OBSERVER_READ, result == STACK_EXACT || result == STACK_TRIMMED);
    count(o, OBSERVER_EXACT, result == STACK_EXACT);
    count(o, OBSERVER_TRIMMED, result == STACK_TRIMMED);
    count(o, OBSERVER_FAILED, result == STACK_FAILED);
}

/* The look stands for this tick and the `missed` ones before it. */
static void look_at(struct observer *o, struct thread *t, const struct look *look, enum stack_result result,
                    uint8_t state, uint32_t missed)
{
    uint32_t node;
    if (result == STACK_FAILED && thread_has_ended(t)) { /* nothing is lost: it has gone since the last look */
        t->ended = true;
        return;
    }
    tell(o, result);
    if (result == STACK_FAILED || !stacks_number(&o->stacks, &node)) {
        thread_carry(t, o->tick - 1 - missed, o->time_before, &o->sink);
        thread_flush(t, &o->sink);
        if (o->tick > t->accounted)
            lose(o, t->announced ? t->id : 0, (uint32_t)(o->tick - t->accounted),
                 result == STACK_FAILED ? REC_LOSS_READ : REC_LOSS_FULL);
        t->accounted = o->tick;
        return;
    }
    t->read_tick = o->tick;
    const uint64_t time = observer_time(o, look->time_ns); /* we may have waited for the CPU since we woke */
    o->time = time > o->time ? time : o->time;
    thread_look(t, o->tick, missed, o->time, o->time_before, node, state,
                result == STACK_EXACT ? REC_EXACT : REC_TRIMMED, &o->sink);
}

static void make_lively(struct observer *o, struct thread *t)
{
    t->lively_until = o->tick + ticks_in(o, SWEEP_NS);
    for (uint32_t i = 0; i < o->n_lively; i++) {
        if (o->lively[i] == t)
            return;
    }
    if (o->n_lively < OBSERVER_LIVELY)
        o->lively[o->n_lively++] = t;
}

/* How many ticks before this one a look at a thread stands for. One that has run since it was last asked may have done
 * so at any of them: what it is found at has the weight of all, or short turns between sleeps would hardly count. */
static uint32_t ticks_before(const struct observer *o, const struct thread *t, uint64_t runs)
{
    const uint64_t known = t->unchanged > t->accounted ? t->unchanged : t->accounted;
    const uint64_t since = o->tick - 1 - known, most = ticks_in(o, SWEEP_NS) - 1;
    if (!t->has_row || (runs == t->runs && runs != UINT64_MAX) || o->tick <= known || since <= o->missed)
        return o->missed;
    return since < most ? (uint32_t)since : o->missed > most ? o->missed : (uint32_t)most;
}

/* A thread may have a state in each of several interpreters, and runs in one of them: in that which has the GIL, or had
 * it last. */
static bool runs_in_another(const struct observer *o, const struct thread *t)
{
    const struct thread *p = o->primary;
    if (p != NULL && p != t && p->tid == t->tid &&
        (p->gil == t->gil || (p->has_row && (p->state & REC_STATE_GIL) != 0)))
        return true;
    for (uint32_t i = 0; i < o->n_lively; i++) {
        const struct thread *other = o->lively[i];
        if (other != t && other->tid == t->tid && other->has_row && (other->state & REC_STATE_GIL) != 0)
            return true;
    }
    return false;
}

/* Without a GIL each thread is its own primary one. While garbage is collected none but the collecting one is attached.
 */
static uint8_t state_without_gil(const struct observer *o, const struct thread *t, const struct look *look,
                                 uint64_t runs)
{
    const uint8_t bits = state_from_beside(t, look, runs, o->sched_fd);
    return (bits & REC_STATE_CPU) != 0 && look->attached && look->collecting != 0 ? bits | REC_STATE_GC : bits;
}

/* A thread other than the primary one. When the kernel says that it has slept since the last look, nothing is read. */
static void look_aside(struct observer *o, struct thread *t, bool reread)
{
    struct look look = {0};
    const uint64_t runs = thread_runs(t);
    if (t->ended || (runs == UINT64_MAX && thread_has_ended(t))) {
        t->ended = true;
        return;
    }
    if (t->has_row && t->asleep && runs == t->runs && runs != UINT64_MAX && !reread) {
        t->unchanged = o->tick;
        return;
    }
    const char state = thread_kernel_state(t, NULL);
    uint8_t bits = state_bits(state);
    enum stack_result result =
        o->no_gil ? stacks_read_beside(&o->stacks, t, &look) : stacks_read_aside(&o->stacks, t, &look);
    if (o->no_gil)
        bits = state_without_gil(o, t, &look, runs);
    else if (result == STACK_OTHER && t->gil != o->options.target->gil) { /* the primary one of another interpreter */
        result = stacks_read_beside(&o->stacks, t, &look);
        if (look.before.locked)
            bits = look.collecting != 0 ? REC_STATE_CPU | REC_STATE_GIL | REC_STATE_GC : REC_STATE_CPU | REC_STATE_GIL;
    }
    if (result == STACK_OTHER)
        return; /* it has the GIL now, or had it last: the next tick is its */
    const uint32_t missed = ticks_before(o, t, runs);
    if (!t->asleep || runs != t->runs)
        t->since = o->tick;
    t->asleep = thread_asleep(state);
    t->runs = runs;
    if ((bits & REC_STATE_GIL) == 0 && runs_in_another(o, t))
        bits &= (uint8_t)~REC_STATE_CPU;
    if (t->asleep && look.after.locked && thread_waits_at(t, t->gil, t->gil + GIL_SPAN))
        bits |= REC_STATE_WANTS;
    if ((bits & REC_STATE_CPU) != 0)
        make_lively(o, t);
    else if ((bits & REC_STATE_WANTS) != 0)
        t->lively_until = 0; /* before it does anything it takes the GIL, and is the primary one then */
    look_at(o, t, &look, result, bits, missed);
}

/* Hundreds of threads that wait for ever should not cost much: who has slept for long is left to every tenth sweep. If
 * it computes again it takes the GIL first, as a rule, and is seen at once. */
static bool rests(const struct observer *o, const struct thread *t)
{
    return t->has_row && t->asleep && o->tick - t->since >= ticks_in(o, LONG_NS);
}

/* Without a GIL any thread may run: all are looked at, so many at each tick, in turn. */
static void look_at_each(struct observer *o)
{
    o->primary = NULL;
    if (o->roster.n == 0 || !roster_no_newer(&o->roster))
        roster_scan(&o->roster, o->tick);
    const uint32_t n = o->roster.n;
    for (uint32_t i = 0, looks = 0; i < n && looks < OBSERVER_LIVELY; i++) {
        struct thread *t = o->roster.threads[o->next_thread++ % n];
        if (!rests(o, t))
            look_aside(o, t, false);
        looks += t->accounted == o->tick;
    }
}

static bool runs_without_gil(const struct observer *o)
{
    struct gil g;
    return o->options.target->abi.gil_enabled != PYABI_NONE && stacks_read_gil(&o->stacks, &g) && g.off;
}

static void look_at_lively(struct observer *o)
{
    for (uint32_t i = 0; i < o->n_lively; i++) {
        struct thread *t = o->lively[i];
        if (t->lively_until < o->tick)
            o->lively[i--] = o->lively[--o->n_lively];
        else if (t != o->primary)
            look_aside(o, t, false);
    }
}

static void flush_run(struct observer *o)
{
    struct event event = {.kind = EVENT_TICKS, .u.ticks = o->run};
    if (o->run.ticks > 0)
        (void)events_push(o->options.events, &event);
    o->run.ticks = 0;
}

static void tick_was(struct observer *o, enum rec_tick_state state, uint32_t ticks)
{
    if (ticks == 0)
        return;
    if (o->run.ticks > 0 && (o->run.state != state || o->time - o->run.time > REREAD_NS / o->options.time_unit_ns))
        flush_run(o);
    if (o->run.ticks == 0)
        o->run = (struct event_ticks){.time = o->time, .state = (uint8_t)state};
    o->run.ticks += ticks;
    o->run.span = (uint32_t)(o->time - o->run.time);
}

static enum rec_tick_state state_of_process(const struct observer *o)
{
    uint8_t all = 0;
    const struct thread *p = o->primary;
    for (uint32_t i = 0; i < o->n_lively; i++) {
        if (o->lively[i]->has_row)
            all |= o->lively[i]->state;
    }
    for (uint32_t i = 0; o->no_gil && i < o->roster.n; i++) {
        if (o->roster.threads[i]->has_row)
            all |= o->roster.threads[i]->state;
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
static bool find_primary(struct observer *o, uint64_t holder)
{
    struct thread *t = roster_find(&o->roster, holder);
    if (t == NULL) {
        roster_scan(&o->roster, o->tick);
        t = roster_find(&o->roster, holder);
    }
    if (t == NULL)
        t = o->roster.n > 0 ? o->roster.threads[0] : NULL;
    if (o->primary != NULL && o->primary != t)
        make_lively(o, o->primary);
    o->primary = t;
    return t != NULL;
}

/* A process that is stopped may hold the GIL: the kernel is asked now and then, and at every tick while it stands. */
static bool is_stopped(struct observer *o, const struct thread *t)
{
    if (o->stopped || o->tick >= o->next_check)
        o->stopped = (state_bits(thread_kernel_state(t, NULL)) & REC_STATE_STOPPED) != 0;
    return o->stopped;
}

/* Another thread has had the GIL since, and given it back: it may compute without it, and whoever had the GIL last can
 * be looked at only as the primary one. */
static bool was_succeeded(const struct observer *o, const struct thread *t, const struct look *look)
{
    return !look->before.locked && look->before.holder != t->tstate &&
           roster_find(&o->roster, look->before.holder) != NULL;
}

/* Who has the GIL mostly has it still at the next look, and then nobody wants to know how often it was switched in. */
static bool had_gil(const struct thread *t)
{
    return t->has_row && !t->asleep && (t->state & REC_STATE_GIL) != 0;
}

/* The thread that holds the GIL, or held it last. */
static void look_at_primary(struct observer *o)
{
    struct look look = {0};
    struct gil g;
    enum stack_result result = STACK_OTHER;
    struct thread *p = o->primary, *seen = NULL; /* seen: from afar, in this state */
    uint8_t bits = 0;
    uint64_t runs = 0;
    if (p != NULL && p->has_row && p->asleep && stacks_read_gil(&o->stacks, &g)) {
        runs = thread_runs(p);
        if (p->settled && !g.locked && g.switches == p->switches && runs == p->runs && runs != UINT64_MAX &&
            o->tick - p->read_tick < ticks_in(o, REREAD_NS))
            return; /* it has slept since the last look */
        if (o->stacks.cpu < 0 && (!g.locked || g.holder == p->tstate)) {
            seen = p;
            bits = state_from_afar(p, &g);
        }
    }
    for (unsigned i = 0; i < TRIES && result == STACK_OTHER; i++) {
        if ((p == NULL || i > 0) && (!stacks_read_gil(&o->stacks, &g) || !find_primary(o, g.holder)))
            return;
        p = o->primary;
        runs = had_gil(p) ? UINT64_MAX : thread_runs(p);
        result = stacks_read_beside(&o->stacks, p, &look);
        if (result != STACK_FAILED && was_succeeded(o, p, &look))
            result = STACK_OTHER;
    }
    if (result == STACK_OTHER)
        result = STACK_FAILED;
    if (seen != p)
        bits = state_from_beside(p, &look, runs, o->sched_fd);
    if ((bits & REC_STATE_GIL) == 0 && runs_in_another(o, p))
        bits &= (uint8_t)~REC_STATE_CPU;
    if (look.before.locked && look.collecting != 0 && (bits & REC_STATE_GIL) != 0)
        bits |= REC_STATE_GC;
    if ((bits & REC_STATE_CPU) != 0 && is_stopped(o, p))
        bits = REC_STATE_STOPPED;
    p->runs = runs;
    p->asleep = thread_asleep(look.kernel_state);
    p->switches = look.after.switches;
    look_at(o, p, &look, result, bits, o->missed);
    p->settled = p->asleep && bits == 0;
}

/* Ticks that went by without a look, beyond what a weight may cover. */
static void account_gap(struct observer *o, uint32_t lost, enum rec_loss reason)
{
    for (uint32_t i = 0; i < o->roster.n; i++) {
        struct thread *t = o->roster.threads[i];
        thread_carry(t, o->tick - 1 - o->missed - lost, o->time_before, &o->sink);
        t->accounted += lost;
    }
    lose(o, 0, lost, reason);
    flush_run(o);
    o->run = (struct event_ticks){
        .time = o->time_before,
        .ticks = lost,
        .span = (uint32_t)(o->time - o->time_before),
        .state = reason == REC_LOSS_STOPPED ? REC_TICK_STOPPED : REC_TICK_LOST,
    };
    flush_run(o);
}

/* The table of nodes is full, and numbers start anew: rows end, and every stack is read again. */
static void forget_nodes(struct observer *o)
{
    struct event event = {.kind = EVENT_FORGET};
    for (uint32_t i = 0; i < o->roster.n; i++) {
        struct thread *t = o->roster.threads[i];
        thread_carry(t, o->tick - 1 - o->missed, o->time_before, &o->sink);
        thread_flush(t, &o->sink);
        t->asleep = false;
    }
    if (!events_push(o->options.events, &event))
        return; /* the next tick tries again */
    stacks_forget_nodes(&o->stacks);
    o->next_sweep = 0;
}

static bool all_others_rest(const struct observer *o)
{
    for (uint32_t i = 0; i < o->roster.n; i++) {
        if (o->roster.threads[i] != o->primary && !rests(o, o->roster.threads[i]))
            return false;
    }
    return true;
}

/* The other threads, and the list of them, from another CPU than the primary's. */
static void sweep(struct observer *o)
{
    const int cpu = o->stacks.cpu;
    const uint64_t reread = ticks_in(o, REREAD_NS);
    const bool whole = ++o->sweeps % LONG_SWEEPS == 0;
    if (!whole && all_others_rest(o) && roster_no_newer(&o->roster))
        return;
    if (o->roster.n > 1)
        stacks_move_away(&o->stacks);
    if (!roster_same(&o->roster))
        roster_scan(&o->roster, o->tick);
    for (uint32_t i = 0; i < o->roster.n; i++) {
        struct thread *t = o->roster.threads[i];
        if (t != o->primary && t->accounted < o->tick && (whole || !rests(o, t)))
            look_aside(o, t, o->tick - t->read_tick >= reread);
    }
    if (cpu >= 0)
        (void)stacks_move_to(&o->stacks, cpu);
}

static void report_dropped(struct observer *o)
{
    struct event event = {.kind = EVENT_LOST, .u.lost = {o->time, 0, (uint32_t)o->sink.dropped, REC_LOSS_FULL}};
    if (o->sink.dropped > 0 && events_push(o->options.events, &event)) {
        count(o, OBSERVER_LOST, o->sink.dropped);
        o->sink.dropped = 0;
    }
}

static void take_tick(struct observer *o)
{
    if (o->stacks.full)
        forget_nodes(o);
    o->no_gil = runs_without_gil(o);
    if (o->no_gil) {
        look_at_each(o);
    } else {
        look_at_primary(o);
        look_at_lively(o);
    }
    const enum rec_tick_state state = state_of_process(o);
    tick_was(o, state, 1 + o->missed);
    crowd_note(&o->crowd, state == REC_TICK_RUNNING || state == REC_TICK_GC, o->time,
               REREAD_NS / o->options.time_unit_ns);
    if (o->tick >= o->next_sweep) {
        o->next_sweep = o->tick + ticks_in(o, SWEEP_NS);
        sweep(o);
        report_dropped(o);
    }
    count(o, OBSERVER_WAKES, 1);
    set(o, OBSERVER_SAMPLES, o->sink.samples);
    set(o, OBSERVER_REPEATED, o->sink.repeated);
    set(o, OBSERVER_DROPPED, o->sink.dropped_rows);
    set(o, OBSERVER_RETRIES, o->stacks.retries);
    set(o, OBSERVER_THREADS, o->roster.next_id - 1);
}

void observer_rest(struct observer *o)
{
    if (o->primary != NULL && o->primary->asleep)
        stacks_move_away(&o->stacks);
}

uint32_t observer_skips(const struct observer *o)
{
    return crowd_stride(&o->crowd, ticks_in(o, SWEEP_NS)) - 1;
}

void observer_tick(struct observer *o, uint64_t now, uint32_t missed, uint32_t skipped)
{
    const uint32_t limit = ticks_in(o, SWEEP_NS) - 1 + skipped;
    o->time_before = o->time;
    o->time = observer_time(o, now);
    o->missed = missed < limit ? missed : limit;
    o->tick += 1 + missed;
    count(o, OBSERVER_TICKS, 1 + missed);
    if (missed > limit)
        account_gap(o, missed - limit, REC_LOSS_LATE);
    take_tick(o);
}

bool observer_doubts(struct observer *o)
{
    const bool nobody = !o->no_gil && (o->primary == NULL || !o->primary->has_row);
    if (!nobody && o->tick < o->next_check)
        return false;
    o->next_check = o->tick + ticks_in(o, CHECK_NS);
    return true;
}

/* --- images --------------------------------------------------------------------------------------------------------*/

bool observer_init(struct observer *o, const struct observer_options *options, struct err *err)
{
    *o = (struct observer){.options = *options, .sched_fd = -1, .sink = {.events = options->events}};
    o->crowd.crowd = options->crowd;
    if (!roster_init(&o->roster, options->target, o, thread_gone, err) ||
        !stacks_init(&o->stacks, options->target, options->events, options->max_nodes, err))
        return false;
    o->stacks.freeze = options->freeze;
    return true;
}

void observer_fini(struct observer *o)
{
    if (o->sched_fd >= 0)
        (void)close(o->sched_fd);
    roster_fini(&o->roster);
    stacks_fini(&o->stacks);
}

void observer_begin(struct observer *o)
{
    if (o->sched_fd < 0)
        o->sched_fd = open("/proc/thread-self/sched", O_RDONLY | O_CLOEXEC);
    stacks_reset(&o->stacks);
    o->primary = NULL;
    o->tick = 0;
    o->next_sweep = 0;
    o->next_check = 0;
    o->stopped = false;
    crowd_join(&o->crowd);
}

void observer_end(struct observer *o)
{
    crowd_leave(&o->crowd);
    roster_reset(&o->roster);
    flush_run(o);
    report_dropped(o);
    set(o, OBSERVER_SAMPLES, o->sink.samples);
    set(o, OBSERVER_REPEATED, o->sink.repeated);
}
