/* The thread that looks. In order: finding the image, the list of threads, reading one stack and proving it, a tick,
 * a sweep over the sleepers, the loop. */
#include "config.h"

#include "src/record/sampler.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "src/record/codes.h"
#include "src/record/nodes.h"
#include "src/record/target.h"
#include "src/record/thread.h"
#include "src/record/walk.h"

enum {
    DEFAULT_NODES = 1 << 18,
    MAX_THREADS = 16384,
    MAX_INTERPS = 64,
    MAX_LIVELY = 16,
    TRIES = 4,              /* reads of one stack before the common root of two is taken */
    CHUNK_SLACK = 6144,     /* bytes read beyond what was used last time */
    GIL_SPAN = 512,         /* bytes of a GIL: its mutex and condition lie behind its fields */
    SWEEP_NS = 10000000,    /* sleepers are looked at so often, and a weight covers no more */
    REREAD_NS = 1000000000, /* a row does not get longer than this */
};

struct gil {
    uint64_t holder, switches;
    uint32_t locked;
};

struct sampler {
    struct sampler_options options;
    pthread_t thread;
    bool started;
    atomic_bool stop, want_epoch;
    int pidfd;

    /* the image */
    struct remote_process process;
    struct target target;
    uint32_t image, execs;
    uint32_t next_thread;
    struct thread **threads; /* owned; n_threads, in the order of the target's lists */
    uint32_t n_threads;
    uint64_t heads[MAX_INTERPS], interps[MAX_INTERPS];
    uint32_t n_interps;
    struct thread *primary; /* the last known holder of the GIL */
    struct thread *lively[MAX_LIVELY];
    uint32_t n_lively;
    struct codes codes;
    struct nodes nodes;

    /* where we are */
    int cpu; /* we are pinned to it; -1: not pinned */
    cpu_set_t allowed;

    /* room to read */
    struct walk_snapshot *now, *second, *older; /* owned */
    struct walk_stack *stack, *other, *last;    /* owned; last: the primary's last proved one */
    struct thread *last_thread;
    uint64_t *addresses; /* owned; WALK_MAX_FRAMES */

    /* the tick */
    uint64_t tick, time, time_before;
    uint32_t missed;
    uint64_t next_sweep;
    uint64_t random;
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

/* --- where we run --------------------------------------------------------------------------------------------------*/

static bool move_to(struct sampler *s, int cpu)
{
    if (cpu == s->cpu)
        return true;
    cpu_set_t set_;
    if (cpu < 0 || cpu >= CPU_SETSIZE)
        return false;
    CPU_ZERO(&set_);
    CPU_SET(cpu, &set_);
    if (sched_setaffinity(0, sizeof set_, &set_) != 0)
        return false;
    s->cpu = cpu;
    return true;
}

/* Any CPU but the one that the target needs. */
static void move_away(struct sampler *s)
{
    cpu_set_t set_ = s->allowed;
    if (s->cpu >= 0)
        CPU_CLR(s->cpu, &set_);
    if (CPU_COUNT(&set_) > 0 && sched_setaffinity(0, sizeof set_, &set_) == 0)
        s->cpu = -1;
}

/* Between two looks at this we were neither preempted nor asleep: nobody else ran on our CPU. */
static uint64_t own_switches(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_THREAD, &usage);
    return (uint64_t)usage.ru_nivcsw + (uint64_t)usage.ru_nvcsw;
}

/* --- threads -------------------------------------------------------------------------------------------------------*/

static void forget_thread(struct sampler *s, struct thread *t)
{
    thread_carry(t, s->tick, s->time, &s->sink);
    thread_flush(t, &s->sink);
    if (s->primary == t)
        s->primary = NULL;
    if (s->last_thread == t)
        s->last_thread = NULL;
    for (uint32_t i = 0; i < s->n_lively; i++) {
        if (s->lively[i] == t)
            s->lively[i--] = s->lively[--s->n_lively];
    }
    thread_close(t);
    free(t);
}

static struct thread *thread_at(const struct sampler *s, uint64_t tstate)
{
    for (uint32_t i = 0; i < s->n_threads; i++) {
        if (s->threads[i]->tstate == tstate)
            return s->threads[i];
    }
    return NULL;
}

static struct thread *new_thread(struct sampler *s, uint64_t tstate, uint64_t tid, uint64_t pointer)
{
    struct thread *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->tstate = tstate;
    t->tid = tid;
    t->pointer = pointer;
    t->id = s->next_thread++;
    t->accounted = s->tick > 0 ? s->tick - 1 : 0;
    thread_open(t, s->options.pid);
    count(s, THREADS, 1);
    return t;
}

/* The known thread of this state, or a new one: states are reused by other threads. */
static struct thread *thread_of(struct sampler *s, uint64_t tstate)
{
    const struct pyabi *a = &s->target.abi;
    uint64_t tid, pointer;
    if (!remote_u64(s->target.remote, tstate + a->tstate_native_id, &tid) ||
        !remote_u64(s->target.remote, tstate + a->tstate_thread_id, &pointer) || tid == 0)
        return NULL;
    struct thread *t = thread_at(s, tstate);
    return t != NULL && t->tid == tid ? t : new_thread(s, tstate, tid, pointer);
}

/* Reads the lists of threads of all interpreters. What is known keeps its place in memory; what is missing twice has
 * gone. */
static void scan_threads(struct sampler *s)
{
    static _Thread_local struct thread *found[MAX_THREADS];
    const struct pyabi *a = &s->target.abi;
    const struct remote *r = s->target.remote;
    uint32_t n = 0;
    uint64_t interp = 0, tstate;
    s->n_interps = 0;
    (void)remote_u64(r, s->target.runtime + a->runtime_interpreters, &interp);
    while (interp != 0 && s->n_interps < MAX_INTERPS && remote_u64(r, interp + a->interp_threads, &tstate)) {
        s->interps[s->n_interps] = interp;
        s->heads[s->n_interps++] = tstate;
        while (tstate != 0 && n < MAX_THREADS) {
            struct thread *t = thread_of(s, tstate);
            if (t == NULL || !remote_u64(r, tstate + a->tstate_next, &t->next))
                break;
            t->missing = 0;
            found[n++] = t;
            tstate = t->next;
        }
        if (!remote_u64(r, interp + a->interp_next, &interp))
            break;
    }
    for (uint32_t i = 0; i < s->n_threads; i++) {
        struct thread *t = s->threads[i];
        bool here = false;
        for (uint32_t k = 0; k < n && !here; k++)
            here = found[k] == t;
        if (here)
            continue;
        bool replaced = false;
        for (uint32_t k = 0; k < n; k++)
            replaced = replaced || found[k]->tstate == t->tstate;
        if (replaced || ++t->missing > 1 || n == MAX_THREADS)
            forget_thread(s, t);
        else
            found[n++] = t;
    }
    memcpy(s->threads, found, n * sizeof *found);
    s->n_threads = n;
}

/* Whether the lists are as they were, in batched reads. */
static bool same_threads(const struct sampler *s)
{
    const struct pyabi *a = &s->target.abi;
    const struct remote *r = s->target.remote;
    for (uint32_t i = 0; i < s->n_interps; i++) {
        uint64_t head;
        if (!remote_u64(r, s->interps[i] + a->interp_threads, &head) || head != s->heads[i])
            return false;
    }
    for (uint32_t first = 0; first < s->n_threads; first += REMOTE_MAX_RANGES) {
        struct iovec local[REMOTE_MAX_RANGES], far[REMOTE_MAX_RANGES];
        uint64_t next[REMOTE_MAX_RANGES];
        uint32_t n = s->n_threads - first < REMOTE_MAX_RANGES ? s->n_threads - first : REMOTE_MAX_RANGES;
        for (uint32_t i = 0; i < n; i++) {
            local[i] = (struct iovec){&next[i], 8};
            far[i] = (struct iovec){(void *)(uintptr_t)(s->threads[first + i]->tstate + a->tstate_next), 8};
        }
        if (r->readv(r->self, local, far, n) != (ssize_t)n * 8)
            return false;
        for (uint32_t i = 0; i < n; i++) {
            if (next[i] != s->threads[first + i]->next || s->threads[first + i]->missing > 0)
                return false;
        }
    }
    return s->n_threads > 0;
}

/* --- one stack -----------------------------------------------------------------------------------------------------*/

struct look {
    struct gil before, after;
    uint32_t cpu_before, cpu_after; /* of the thread's rseq area */
    uint32_t collecting;
};

static struct gil gil_of(const struct pyabi *a, const uint8_t *p)
{
    struct gil g;
    memcpy(&g.holder, p + a->gil_holder, 8);
    memcpy(&g.switches, p + a->gil_switches, 8);
    memcpy(&g.locked, p + a->gil_locked, 4);
    return g;
}

/* A thread whose stack was never seen: where is its chunk? */
static bool predict(struct sampler *s, struct thread *t)
{
    const struct pyabi *a = &s->target.abi;
    const struct remote *r = s->target.remote;
    uint64_t top;
    if (!remote_u64(r, t->tstate + a->tstate_chunk, &t->chunk_at) || !remote_u64(r, t->tstate + a->tstate_top, &top))
        return false;
    t->caller_at = 0;
    if (a->tstate_cframe != PYABI_NONE && !remote_u64(r, t->tstate + a->tstate_cframe, &t->cframe_at))
        return false;
    t->chunk_n = top > t->chunk_at && top - t->chunk_at < WALK_CHUNK_MAX ? (uint32_t)(top - t->chunk_at) : 0;
    return true;
}

static uint32_t read_length(const struct thread *t)
{
    /* A stack chunk is a multiple of 16 KiB (Include/internal/pycore_pystate.h): do not read past its end. */
    uint32_t end = (t->chunk_n + 16383) / 16384 * 16384;
    uint32_t want = t->chunk_n + CHUNK_SLACK;
    want = want < end ? want : end;
    return t->chunk_at == 0 ? 0 : want == 0 ? CHUNK_SLACK : want < WALK_CHUNK_MAX ? want : WALK_CHUNK_MAX;
}

/* All of a thread in one call: GIL, rseq, state, stack; and rseq and GIL once more. */
static bool read_thread(struct sampler *s, struct thread *t, struct walk_snapshot *to, struct look *look)
{
    const struct pyabi *a = &s->target.abi;
    const struct remote *r = s->target.remote;
    for (unsigned attempt = 0; attempt < 2; attempt++) {
        uint8_t gil[2][64];
        struct iovec local[10], far[10];
        unsigned n = 0;
        size_t whole = 0;
#define RANGE(at, p, size)                                                                               \
    (local[n] = (struct iovec){(p), (size)}, far[n++] = (struct iovec){(void *)(uintptr_t)(at), (size)}, \
     whole += (size))
        if (t->chunk_at == 0 && !predict(s, t))
            return false;
        const uint64_t rseq_cpu = t->pointer + (uint64_t)s->target.rseq_offset + 4; /* struct rseq.cpu_id */
        to->chunk_at = t->chunk_at;
        to->chunk_n = read_length(t);
        to->cframe_at = t->cframe_at;
        to->caller_at = t->caller_at;
        RANGE(s->target.gil, gil[0], a->gil_size);
        if (s->target.has_rseq)
            RANGE(rseq_cpu, &look->cpu_before, 4);
        RANGE(t->tstate, to->tstate, a->tstate_size);
        if (a->tstate_cframe != PYABI_NONE) {
            RANGE(t->cframe_at, to->cframe, a->cframe_size);
            if (t->caller_at != 0)
                RANGE(t->caller_at, to->caller, a->cframe_size);
        }
        RANGE(to->chunk_at, to->chunk, to->chunk_n);
        RANGE(s->target.gc, &look->collecting, 4);
        if (s->target.has_rseq)
            RANGE(rseq_cpu, &look->cpu_after, 4);
        RANGE(s->target.gil, gil[1], a->gil_size);
#undef RANGE
        ssize_t got = r->readv(r->self, local, far, n);
        if (got < 0)
            return false;
        if ((size_t)got == whole) {
            const uint64_t chunk = walk_u64(to->tstate, a->tstate_chunk), top = walk_u64(to->tstate, a->tstate_top);
            look->before = gil_of(a, gil[0]);
            look->after = gil_of(a, gil[1]);
            if (a->tstate_cframe != PYABI_NONE) {
                const bool predicted = walk_u64(to->tstate, a->tstate_cframe) == t->cframe_at;
                t->caller_at = predicted ? walk_u64(to->cframe, a->cframe_previous) : 0;
                t->cframe_at = walk_u64(to->tstate, a->tstate_cframe);
            }
            bool fits = chunk == t->chunk_at && top >= chunk && top - chunk <= to->chunk_n;
            t->chunk_at = chunk;
            t->chunk_n = top >= chunk && top - chunk < WALK_CHUNK_MAX ? (uint32_t)(top - chunk) : 0;
            if (fits || attempt > 0)
                return true;
            count(s, RETRIES, 1);
        } else {
            t->chunk_at = 0; /* moved, or gone: look where it is now */
        }
    }
    return false;
}

/* Compares the code objects of frames that were not there last time with what is known of them. */
static void check_codes(struct sampler *s, const struct thread *t)
{
    uint32_t common = 0, n = 0;
    const struct walk_stack *stack = s->stack, *last = s->last;
    if (s->last_thread == t) {
        while (common < stack->n && common < last->n &&
               stack->frames[stack->n - 1 - common].address == last->frames[last->n - 1 - common].address &&
               stack->frames[stack->n - 1 - common].code == last->frames[last->n - 1 - common].code)
            common++;
    }
    for (uint32_t i = 0; i < stack->n - common; i++) {
        uint64_t code = stack->frames[i].code;
        if (code != 0 && codes_known(&s->codes, code) != NULL)
            s->addresses[n++] = code;
    }
    codes_check(&s->codes, &s->target.abi, s->target.remote, s->addresses, n);
}

/* Makes every code object of the stack known. */
static bool know_codes(struct sampler *s, const struct thread *t)
{
    bool full = false;
    check_codes(s, t);
    for (uint32_t i = 0; i < s->stack->n; i++) {
        uint64_t code = s->stack->frames[i].code;
        if (code != 0 && codes_number(&s->codes, &s->target.abi, s->target.remote, code, s->options.events, &full) == 0)
            return false;
    }
    return true;
}

static void remember(struct sampler *s, struct thread *t)
{
    s->last->n = s->stack->n;
    memcpy(s->last->frames, s->stack->frames, s->stack->n * sizeof *s->stack->frames);
    s->last_thread = t;
}

static bool add_node(struct sampler *s, struct node_key key, uint32_t *node)
{
    uint32_t slot;
    *node = nodes_find(&s->nodes, key, &slot);
    if (*node != 0)
        return true;
    if (s->nodes.n == s->nodes.max) {
        atomic_store(&s->want_epoch, true);
        return false;
    }
    struct event event = {.kind = EVENT_NODE, .u.node = {s->nodes.n + 1, key.parent, key.code, key.offset}};
    if (!events_push(s->options.events, &event))
        return false;
    *node = nodes_add(&s->nodes, key, slot);
    return true;
}

/* The stack's number; its codes are known. False when a table or the ring is full. */
static bool number_stack(struct sampler *s, uint32_t *node)
{
    *node = 0;
    if (s->stack->truncated && !add_node(s, (struct node_key){0, REC_CODE_TRUNCATED, 0}, node))
        return false;
    for (uint32_t i = s->stack->n; i-- > 0;) {
        const struct walk_frame *f = &s->stack->frames[i];
        struct node_key key = {*node, REC_CODE_ENTRY, 0};
        if (f->code != 0) {
            const struct codes_entry *code = codes_known(&s->codes, f->code);
            if (code == NULL)
                return false; /* the code table was full in between */
            key.code = code->id;
            key.offset = f->offset;
        }
        if (!add_node(s, key, node))
            return false;
    }
    return true;
}

/* What two reads a moment apart have in common, from the root on. */
static bool read_common_root(struct sampler *s, struct thread *t, struct look *look)
{
    const struct pyabi *a = &s->target.abi;
    for (unsigned i = 0; i < TRIES; i++) {
        if (read_thread(s, t, s->now, look) && read_thread(s, t, s->second, look) &&
            walk(a, s->target.remote, s->now, s->older, s->other) &&
            walk(a, s->target.remote, s->second, s->older, s->stack)) {
            struct walk_stack *first = s->other;
            walk_keep_common(first, s->stack);
            s->other = s->stack;
            s->stack = first;
            if (know_codes(s, t))
                return true;
        }
    }
    return false;
}

enum result { RESULT_EXACT, RESULT_TRIMMED, RESULT_FAILED, RESULT_OTHER /* another thread holds the GIL */ };

static void tell(struct sampler *s, enum result result)
{
    count(s, READ, result == RESULT_EXACT || result == RESULT_TRIMMED);
    count(s, EXACT, result == RESULT_EXACT);
    count(s, TRIMMED, result == RESULT_TRIMMED);
    count(s, FAILED, result == RESULT_FAILED);
}

/* Where the thread last ran, by the kernel's word: where there is no rseq area. */
static void ask_kernel(struct look *look, const struct thread *t, uint64_t *runs)
{
    int cpu = -1;
    *runs = thread_runs(t);
    (void)thread_kernel_state(t, &cpu);
    look->cpu_before = look->cpu_after = (uint32_t)cpu;
}

static bool asleep(char state)
{
    return state == 'S' || state == 'D' || state == 'I';
}

/* Reads the thread that holds the GIL, or held it last, from its own CPU. While we are there it does not run, so what
 * we read stood still: proved by its rseq area, or by the kernel, saying that it last ran where we are, and by our not
 * having been away. A thread that sleeps stands still too. *state is what the kernel says, if it was asked, or 0. */
static enum result read_beside(struct sampler *s, struct thread *t, struct look *look, char *state)
{
    const struct pyabi *a = &s->target.abi;
    for (unsigned i = 0; i < TRIES; i++) {
        uint64_t runs = 0;
        if (i > 0)
            count(s, RETRIES, 1);
        const uint64_t switches = own_switches();
        if (!s->target.has_rseq)
            ask_kernel(look, t, &runs);
        if (!read_thread(s, t, s->now, look))
            return RESULT_FAILED;
        if (look->before.locked && look->before.holder != t->tstate)
            return RESULT_OTHER;
        *state = 0;
        bool slept = false;
        if (!look->before.locked) {
            runs = thread_runs(t);
            *state = thread_kernel_state(t, NULL);
            slept = asleep(*state);
            if (slept && !read_thread(s, t, s->now, look)) /* again, now that it is known to sleep */
                return RESULT_FAILED;
        }
        const bool here = s->cpu >= 0 && look->cpu_before == (uint32_t)s->cpu && look->cpu_after == look->cpu_before;
        if (!here && !slept) {
            if (!move_to(s, (int)look->cpu_after))
                break; /* its CPUs are not ours to run on */
            continue;
        }
        if (!walk(a, s->target.remote, s->now, s->older, s->stack) || !know_codes(s, t))
            continue;
        if (slept ? thread_runs(t) == runs && asleep(thread_kernel_state(t, NULL))
                  : own_switches() == switches && (s->target.has_rseq || thread_runs(t) == runs))
            return RESULT_EXACT;
    }
    return read_common_root(s, t, look) ? RESULT_TRIMMED : RESULT_FAILED;
}

/* Reads a thread that does not hold the GIL, from anywhere. Its Python stack can change only under the GIL: while the
 * GIL's switch number stands still, only the last holder's can have. */
static enum result read_aside(struct sampler *s, struct thread *t, struct look *look)
{
    for (unsigned i = 0; i < TRIES; i++) {
        if (!read_thread(s, t, s->now, look))
            return RESULT_FAILED;
        if (look->before.holder == t->tstate || look->after.holder == t->tstate)
            return RESULT_OTHER;
        if (!walk(&s->target.abi, s->target.remote, s->now, s->older, s->stack) || !know_codes(s, t))
            continue;
        uint64_t switches;
        if (remote_u64(s->target.remote, s->target.gil + s->target.abi.gil_switches, &switches) &&
            switches == look->before.switches) {
            t->switches = switches;
            return RESULT_EXACT;
        }
        count(s, RETRIES, 1);
    }
    return read_common_root(s, t, look) ? RESULT_TRIMMED : RESULT_FAILED;
}

/* --- a tick --------------------------------------------------------------------------------------------------------*/

static void lose(struct sampler *s, uint32_t thread, uint32_t ticks, enum rec_loss reason)
{
    struct event event = {.kind = EVENT_LOST, .u.lost = {s->time, thread, ticks, (uint8_t)reason}};
    count(s, LOST, ticks);
    if (!events_push(s->options.events, &event))
        s->sink.dropped += ticks;
}

static void look_at(struct sampler *s, struct thread *t, enum result result, uint8_t state)
{
    uint32_t node;
    tell(s, result);
    if (result == RESULT_FAILED || !number_stack(s, &node)) {
        thread_carry(t, s->tick - 1 - s->missed, s->time_before, &s->sink);
        thread_flush(t, &s->sink);
        if (s->tick > t->accounted)
            lose(s, t->id, (uint32_t)(s->tick - t->accounted), result == RESULT_FAILED ? REC_LOSS_READ : REC_LOSS_FULL);
        t->accounted = s->tick;
        return;
    }
    t->read_tick = s->tick;
    thread_look(t, s->tick, s->missed, s->time, s->time_before, node, state,
                result == RESULT_EXACT ? REC_EXACT : REC_TRIMMED, &s->sink);
}

static uint8_t state_bits(char state)
{
    switch (state) {
    case 'R':
        return REC_STATE_CPU;
    case 'T':
    case 't':
        return REC_STATE_STOPPED;
    case 0:
        return REC_STATE_UNKNOWN;
    default:
        return 0;
    }
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

/* A thread other than the primary one. When the kernel says that it has slept since the last look, nothing is read. */
static void look_aside(struct sampler *s, struct thread *t, bool reread)
{
    struct look look;
    const uint64_t runs = thread_runs(t);
    if (t->has_row && t->asleep && runs == t->runs && runs != UINT64_MAX && !reread)
        return;
    const char state = thread_kernel_state(t, NULL);
    uint8_t bits = state_bits(state);
    const enum result result = read_aside(s, t, &look);
    if (result == RESULT_OTHER)
        return; /* it has the GIL now, or had it last: the next tick is its */
    t->asleep = asleep(state);
    t->runs = runs;
    if (t->asleep && look.after.locked && thread_waits_at(t, s->target.gil, s->target.gil + GIL_SPAN))
        bits |= REC_STATE_WANTS;
    if ((bits & REC_STATE_CPU) != 0)
        make_lively(s, t);
    look_at(s, t, result, bits);
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
        (void)events_push(s->options.events, &event);
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
    struct thread *t = thread_at(s, holder);
    if (t == NULL) {
        scan_threads(s);
        t = thread_at(s, holder);
    }
    if (t == NULL)
        t = s->n_threads > 0 ? s->threads[0] : NULL;
    if (s->primary != NULL && s->primary != t)
        make_lively(s, s->primary);
    s->primary = t;
    return t != NULL;
}

static bool read_gil(const struct sampler *s, struct gil *g)
{
    uint8_t bytes[64];
    if (!remote_read(s->target.remote, s->target.gil, bytes, s->target.abi.gil_size))
        return false;
    *g = gil_of(&s->target.abi, bytes);
    return true;
}

static void look_at_primary(struct sampler *s)
{
    struct look look = {0};
    struct gil g;
    char state = 0;
    enum result result = RESULT_OTHER;
    struct thread *p = s->primary;
    if (p != NULL && p->has_row && p->asleep && s->tick - p->read_tick < ticks_in(s, REREAD_NS) && read_gil(s, &g) &&
        !g.locked && g.switches == p->switches && thread_runs(p) == p->runs)
        return; /* it has slept since the last look */
    for (unsigned i = 0; i < TRIES && result == RESULT_OTHER; i++) {
        if ((p == NULL || i > 0) && (!read_gil(s, &g) || !find_primary(s, g.holder)))
            return;
        p = s->primary;
        const uint64_t runs = thread_runs(p);
        result = read_beside(s, p, &look, &state);
        p->runs = runs;
    }
    if (result == RESULT_OTHER)
        result = RESULT_FAILED;
    uint8_t bits = look.before.locked ? REC_STATE_CPU | REC_STATE_GIL : state_bits(state);
    if (look.before.locked && look.collecting != 0)
        bits |= REC_STATE_GC;
    p->asleep = asleep(state);
    p->switches = look.after.switches;
    if (result == RESULT_EXACT)
        remember(s, p);
    else
        s->last_thread = NULL;
    look_at(s, p, result, bits);
}

/* Ticks that went by without a look, beyond what a weight may cover. */
static void account_gap(struct sampler *s, uint32_t lost, enum rec_loss reason)
{
    for (uint32_t i = 0; i < s->n_threads; i++) {
        struct thread *t = s->threads[i];
        thread_carry(t, s->tick - 1 - s->missed - lost, s->time_before, &s->sink);
        t->accounted += lost;
    }
    lose(s, 0, lost, reason);
    tick_was(s, reason == REC_LOSS_STOPPED ? REC_TICK_STOPPED : REC_TICK_LOST, lost);
}

/* Node numbers start anew: rows end, and every stack is read again. */
static void begin_epoch(struct sampler *s)
{
    struct event event = {.kind = EVENT_EPOCH};
    for (uint32_t i = 0; i < s->n_threads; i++) {
        struct thread *t = s->threads[i];
        thread_carry(t, s->tick - 1 - s->missed, s->time_before, &s->sink);
        thread_flush(t, &s->sink);
        t->asleep = false;
    }
    flush_run(s);
    if (!events_push(s->options.events, &event))
        return; /* the next tick tries again */
    atomic_store(&s->want_epoch, false);
    nodes_clear(&s->nodes);
    s->next_sweep = 0;
}

/* The other threads, and the list of them, from another CPU than the primary's. */
static void sweep(struct sampler *s)
{
    const int cpu = s->cpu;
    const uint64_t reread = ticks_in(s, REREAD_NS);
    if (s->n_threads > 1)
        move_away(s);
    if (!same_threads(s))
        scan_threads(s);
    for (uint32_t i = 0; i < s->n_threads; i++) {
        struct thread *t = s->threads[i];
        if (t != s->primary)
            look_aside(s, t, s->tick - t->read_tick >= reread);
    }
    if (cpu >= 0)
        (void)move_to(s, cpu);
}

static void report_dropped(struct sampler *s)
{
    struct event event = {.kind = EVENT_LOST, .u.lost = {s->time, 0, (uint32_t)s->sink.dropped, REC_LOSS_FULL}};
    if (s->sink.dropped > 0 && events_push(s->options.events, &event)) {
        count(s, LOST, s->sink.dropped);
        s->sink.dropped = 0;
    }
}

static void take_tick(struct sampler *s)
{
    if (atomic_load_explicit(&s->want_epoch, memory_order_relaxed))
        begin_epoch(s);
    look_at_primary(s);
    look_at_lively(s);
    tick_was(s, state_of_process(s), 1 + s->missed);
    if (s->tick >= s->next_sweep) {
        s->next_sweep = s->tick + ticks_in(s, SWEEP_NS);
        sweep(s);
        report_dropped(s);
    }
    count(s, WAKES, 1);
    set(s, SAMPLES, s->sink.samples);
    set(s, REPEATED, s->sink.repeated);
    set(s, DROPPED, s->sink.dropped_rows);
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

static bool find_image(struct sampler *s)
{
    const uint64_t since = now_ns();
    while (!atomic_load(&s->stop)) {
        struct err err = {0};
        enum target_status status = TARGET_NOT_YET;
        if (remote_open(&s->process, s->options.pid, &err)) {
            err_clear(&err);
            status = target_find(&s->target, s->options.pid, &s->process.remote, &err);
            if (status == TARGET_READY)
                return true;
            remote_close(&s->process);
        } else if (err.sys == EACCES || err.sys == EPERM) {
            status = TARGET_REFUSED;
        }
        const bool refused = status == TARGET_REFUSED;
        if (refused && err.kind != ERR_NONE && s->error.kind == ERR_NONE) {
            s->error = err;
            set(s, PHASE, SAMPLER_REFUSED);
        }
        if (!wait_while_alive(s, refused ? 50 : patience_ms(now_ns() - since)))
            return false;
    }
    return false;
}

static bool image_stands(const struct sampler *s)
{
    return remote_same_image(&s->process, s->target.runtime) && process_lives(s);
}

static void push_surely(struct sampler *s, const struct event *event)
{
    while (!events_push(s->options.events, event) && !atomic_load(&s->stop))
        (void)usleep(1000);
}

static void begin_image(struct sampler *s)
{
    s->image = atomic_fetch_add(s->options.next_image, 1);
    struct event event = {.kind = EVENT_PROCESS,
                          .u.process = {.process = s->image,
                                        .pid = (uint32_t)s->options.pid,
                                        .python = s->target.abi.version,
                                        .flags = s->options.attached && s->execs == 0 ? REC_PROCESS_ATTACHED : 0,
                                        .exec_count = s->execs,
                                        .time = units(s, now_ns())}};
    push_surely(s, &event);
    codes_reset(&s->codes);
    nodes_clear(&s->nodes);
    s->next_thread = 1;
    s->primary = s->last_thread = NULL;
    s->next_sweep = 0;
    s->execs++;
    set(s, PHASE, SAMPLER_SAMPLING);
}

static void end_image(struct sampler *s)
{
    for (uint32_t i = 0; i < s->n_threads; i++)
        forget_thread(s, s->threads[i]);
    s->n_threads = s->n_lively = 0;
    flush_run(s);
    report_dropped(s);
    set(s, SAMPLES, s->sink.samples);
    set(s, REPEATED, s->sink.repeated);
    struct event event = {.kind = EVENT_GONE, .u.gone = {.time = units(s, now_ns()), .executed = process_lives(s)}};
    push_surely(s, &event);
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

static void sleep_until(uint64_t ns)
{
    struct timespec t = {(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
        ;
}

/* One image, until it ends. Time is cut into strata of one period; each has one tick, at a random moment within, so
 * that no loop of the target's can keep step, and the mean period is exact. */
static void sample_image(struct sampler *s)
{
    const uint64_t period = s->options.period_ns, start = now_ns();
    uint64_t stratum = 0;
    s->tick = 0;
    while (!atomic_load_explicit(&s->stop, memory_order_relaxed)) {
        sleep_until(start + stratum * period + random_below(s, period));
        const uint64_t now = now_ns(), reached = (now - start) / period;
        uint32_t missed = reached > stratum ? (uint32_t)(reached - stratum) : 0;
        const uint32_t limit = ticks_in(s, SWEEP_NS) - 1;
        s->time_before = s->time;
        s->time = units(s, now);
        s->missed = missed < limit ? missed : limit;
        s->tick += 1 + missed;
        count(s, TICKS, 1 + missed);
        if (missed > limit)
            account_gap(s, missed - limit, REC_LOSS_LATE);
        take_tick(s);
        stratum += 1 + missed;
        if ((s->tick & 7) == 0 || s->primary == NULL || !s->primary->has_row) {
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
    while (find_image(s)) {
        begin_image(s);
        sample_image(s);
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
    s->sink.events = options->events;
    s->cpu = -1;
    s->random = now_ns() | 1;
    s->threads = calloc(MAX_THREADS, sizeof *s->threads);
    s->now = calloc(1, sizeof *s->now);
    s->second = calloc(1, sizeof *s->second);
    s->older = calloc(1, sizeof *s->older);
    s->stack = calloc(1, sizeof *s->stack);
    s->other = calloc(1, sizeof *s->other);
    s->last = calloc(1, sizeof *s->last);
    s->addresses = calloc(WALK_MAX_FRAMES, sizeof *s->addresses);
    (void)sched_getaffinity(0, sizeof s->allowed, &s->allowed);
    s->pidfd = (int)syscall(SYS_pidfd_open, options->pid, 0);
    if (s->pidfd < 0)
        (void)err_system(err, errno, "process %d", (int)options->pid);
    else if (s->threads == NULL || s->now == NULL || s->second == NULL || s->older == NULL || s->stack == NULL ||
             s->other == NULL || s->last == NULL || s->addresses == NULL)
        (void)err_nomem(err);
    else if (codes_init(&s->codes, err) &&
             nodes_init(&s->nodes, options->max_nodes != 0 ? options->max_nodes : DEFAULT_NODES, err))
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

void sampler_stop(struct sampler *s)
{
    if (!s->started)
        return;
    atomic_store(&s->stop, true);
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
    codes_fini(&s->codes);
    nodes_fini(&s->nodes);
    free(s->threads);
    free(s->now);
    free(s->second);
    free(s->older);
    free(s->stack);
    free(s->other);
    free(s->last);
    free(s->addresses);
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
        .samples = c[SAMPLES],
        .images = s->execs,
        .threads = (uint32_t)c[THREADS],
    };
}

struct err sampler_error(const struct sampler *s)
{
    return atomic_load(&s->counters[PHASE]) == SAMPLER_REFUSED ? s->error : (struct err){0};
}

void sampler_ask_epoch(struct sampler *s)
{
    atomic_store(&s->want_epoch, true);
}
