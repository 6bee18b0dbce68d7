#include "config.h"

#include "src/record/stacks.h"

#include "src/record/freeze.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum {
    TRIES = 4,       /* reads of one stack before the common root of two is taken */
    SLACK = 512,     /* bytes of a chunk read beyond what was used of late, */
    PAGE_SLACK = 64, /* and of a page, on both sides: what is copied from another process costs, too */
    FORGET = 8,      /* what was used of late shrinks by one part in so many */
    PAGE_AGE = 3,    /* a page is read in advance until so many looks went by without a frame there */
    CODE_AGE = 3,    /* and a code object until so many went by without it */
    ATTACHED = 1,    /* _Py_THREAD_ATTACHED: Include/internal/pycore_pystate.h */
};

/* To know whether a stack was read in one call. */
static ssize_t read_counted(void *self, const struct iovec *local, const struct iovec *far, unsigned n)
{
    struct stacks *s = self;
    s->calls++;
    return s->target->remote->readv(s->target->remote->self, local, far, n);
}

bool stacks_init(struct stacks *s, const struct target *target, struct events *events, uint32_t max_nodes,
                 struct err *err)
{
    *s = (struct stacks){.target = target, .remote = {s, read_counted}, .events = events, .cpu = -1};
    s->now = calloc(1, sizeof *s->now);
    s->second = calloc(1, sizeof *s->second);
    s->older = calloc(1, sizeof *s->older);
    s->stack = calloc(1, sizeof *s->stack);
    s->other = calloc(1, sizeof *s->other);
    s->addresses = calloc(WALK_MAX_FRAMES, sizeof *s->addresses);
    s->path = calloc(WALK_MAX_FRAMES + 1, sizeof *s->path);
    (void)sched_getaffinity(0, sizeof s->allowed, &s->allowed);
    if (s->now == NULL || s->second == NULL || s->older == NULL || s->stack == NULL || s->other == NULL ||
        s->addresses == NULL || s->path == NULL)
        return err_nomem(err);
    return codes_init(&s->codes, err) && copies_init(&s->copies, err) && nodes_init(&s->nodes, max_nodes, err);
}

void stacks_fini(struct stacks *s)
{
    codes_fini(&s->codes);
    copies_fini(&s->copies);
    nodes_fini(&s->nodes);
    free(s->now);
    free(s->second);
    free(s->older);
    free(s->stack);
    free(s->other);
    free(s->addresses);
    free(s->path);
}

void stacks_reset(struct stacks *s)
{
    codes_reset(&s->codes);
    copies_forget(&s->copies);
    stacks_forget_nodes(s);
}

void stacks_forget_nodes(struct stacks *s)
{
    nodes_clear(&s->nodes);
    s->path_n = 0;
    s->full = false;
}

bool stacks_move_to(struct stacks *s, int cpu)
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
void stacks_move_away(struct stacks *s)
{
    if (s->cpu < 0)
        return;
    cpu_set_t set_ = s->allowed;
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

static uint64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Up to 3.11 a thread that goes over to another interpreter keeps the GIL, and the GIL does not learn of it before it
 * is given back: who runs is the runtime's current state, which nobody is for a moment before and after. */
static struct gil gil_of(const struct pyabi *a, const uint8_t *p)
{
    struct gil g = {.off = false};
    uint64_t current = 0;
    memcpy(&g.holder, p + a->gil_holder, 8);
    memcpy(&g.switches, p + a->gil_switches, 8);
    memcpy(&g.locked, p + a->gil_locked, 4);
    if (a->gil_current != PYABI_NONE)
        memcpy(&current, p + a->gil_current, 8);
    if (g.locked && current != 0)
        g.holder = current;
    if (a->gil_enabled == PYABI_NONE)
        return g;
    uint32_t enabled;
    memcpy(&enabled, p + a->gil_enabled, 4);
    return enabled != 0 ? g : (struct gil){.off = true};
}

bool stacks_read_gil(const struct stacks *s, struct gil *gil)
{
    uint8_t bytes[PYABI_GIL_SIZE_MAX];
    if (!remote_read(&s->remote, s->target->gil, bytes, s->target->abi.gil_size))
        return false;
    *gil = gil_of(&s->target->abi, bytes);
    return true;
}

/* Bytes of a chunk. */
static uint32_t used_of(uint64_t chunk, uint64_t top)
{
    return top >= chunk && top - chunk < WALK_CHUNK_MAX ? (uint32_t)(top - chunk) : 0;
}

/* How much is used of late: grows at once, and shrinks slowly. */
static uint32_t of_late(uint32_t most, uint32_t used)
{
    return used > most ? used : most - (most - used) / FORGET;
}

/* A thread whose stack was never seen: where is its chunk? */
static bool predict(struct stacks *s, struct thread *t)
{
    const struct pyabi *a = &s->target->abi;
    const struct remote *r = &s->remote;
    uint64_t top;
    if (a->tstate_chunk == PYABI_NONE)
        return true;
    if (!remote_u64(r, t->tstate + a->tstate_chunk, &t->chunk_at) || !remote_u64(r, t->tstate + a->tstate_top, &top))
        return false;
    t->caller_at = 0;
    if (a->tstate_cframe != PYABI_NONE && !remote_u64(r, t->tstate + a->tstate_cframe, &t->cframe_at))
        return false;
    t->chunk_n = t->chunk_most = used_of(t->chunk_at, top);
    return true;
}

static uint32_t read_length(const struct thread *t)
{
    /* A stack chunk is a multiple of 16 KiB (Include/internal/pycore_pystate.h): do not read past its end. */
    uint32_t end = (t->chunk_n + 16383) / 16384 * 16384;
    uint32_t want = t->chunk_most + SLACK;
    want = want < end ? want : end;
    return t->chunk_at == 0 ? 0 : want == 0 ? SLACK : want < WALK_CHUNK_MAX ? want : WALK_CHUNK_MAX;
}

/* Where its struct rseq says on which CPU it last ran: the address of cpu_id. */
static uint64_t rseq_cpu_of(const struct stacks *s, const struct thread *t)
{
    return t->pointer + (uint64_t)s->target->rseq_offset + 4;
}

static struct walk_span blend(struct walk_span old, struct walk_span used)
{
    if (old.until == 0)
        return used;
    if (used.from < old.from)
        old.from = used.from;
    else
        old.from = (uint16_t)(old.from + (used.from - old.from) / FORGET);
    old.until = (uint16_t)of_late(old.until, used.until);
    return old;
}

static struct walk_span with_slack(struct walk_span span)
{
    return (struct walk_span){span.from > PAGE_SLACK ? (uint16_t)(span.from - PAGE_SLACK) : 0,
                              span.until + PAGE_SLACK < (int)WALK_PAGE ? (uint16_t)(span.until + PAGE_SLACK)
                                                                       : (uint16_t)WALK_PAGE};
}

/* Frames that lie in no chunk were on these pages, and will be again: the next look takes them along. */
static void remember_pages(struct thread *t, const struct walk_pages *pages)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < pages->n; i++) {
        const bool used = pages->used[i].until != 0, known = i < t->n_pages && pages->at[i] == t->pages[i];
        const uint8_t age = used ? 0 : known ? (uint8_t)(t->page_age[i] + 1) : PAGE_AGE;
        const struct walk_span old = known ? t->page_span[i] : (struct walk_span){0};
        if (age < PAGE_AGE && pages->at[i] != UINT64_MAX) {
            t->pages[n] = pages->at[i];
            t->page_span[n] = used ? blend(old, pages->used[i]) : old;
            t->page_age[n++] = age;
        }
    }
    t->n_pages = n;
}

static bool walk_it(struct stacks *s, struct thread *t, struct walk_snapshot *from, struct walk_stack *out)
{
    const bool ok = walk(&s->target->abi, &s->remote, &s->copies, from, s->older, out);
    remember_pages(t, &from->pages);
    return ok;
}

/* All of a thread in one call: GIL, rseq, state, stack; and rseq and GIL once more. */
static bool read_thread(struct stacks *s, struct thread *t, struct walk_snapshot *to, struct look *look)
{
    const struct pyabi *a = &s->target->abi;
    const struct remote *r = &s->remote;
    for (unsigned attempt = 0; attempt < 2; attempt++) {
        uint8_t gil[2][PYABI_GIL_SIZE_MAX];
        struct iovec local[10 + WALK_PAGES + THREAD_CODES], far[10 + WALK_PAGES + THREAD_CODES];
        unsigned n = 0;
        size_t whole = 0;
#define RANGE(at, p, size)                                                                               \
    (local[n] = (struct iovec){(p), (size)}, far[n++] = (struct iovec){(void *)(uintptr_t)(at), (size)}, \
     whole += (size))
        if (t->chunk_at == 0 && !predict(s, t))
            return false;
        const uint64_t rseq_cpu = rseq_cpu_of(s, t);
        to->chunk_at = t->chunk_at;
        to->chunk_n = read_length(t);
        to->cframe_at = t->cframe_at;
        to->caller_at = t->caller_at;
        RANGE(t->gil, gil[0], a->gil_size);
        if (s->target->has_rseq)
            RANGE(rseq_cpu, &look->cpu_before, 4);
        RANGE(t->tstate, to->tstate, a->tstate_size);
        if (a->tstate_cframe != PYABI_NONE) {
            RANGE(t->cframe_at, to->cframe, a->cframe_size);
            if (t->caller_at != 0)
                RANGE(t->caller_at, to->caller, a->cframe_size);
        }
        if (to->chunk_n > 0)
            RANGE(to->chunk_at, to->chunk, to->chunk_n);
        for (uint32_t i = 0; i < t->n_pages; i++) {
            const struct walk_span span = with_slack(t->page_span[i]);
            to->pages.at[i] = t->pages[i];
            to->pages.read[i] = span;
            to->pages.used[i] = (struct walk_span){0};
            RANGE(t->pages[i] + span.from, to->pages.bytes[i] + span.from, (uint16_t)(span.until - span.from));
        }
        to->pages.n = t->n_pages;
        to->pages.replaced = 0;
        for (uint32_t i = 0; i < t->codes.n; i++)
            RANGE(t->codes.at[i], s->codes_read[i], a->code_span);
        RANGE(t->gc, &look->collecting, 4);
        if (s->target->has_rseq)
            RANGE(rseq_cpu, &look->cpu_after, 4);
        RANGE(t->gil, gil[1], a->gil_size);
#undef RANGE
        look->time_ns = now_ns();
        ssize_t got = r->readv(r->self, local, far, n);
        if (got < 0)
            return false;
        if ((size_t)got == whole) {
            look->before = gil_of(a, gil[0]);
            look->after = gil_of(a, gil[1]);
            if (a->tstate_attached != PYABI_NONE)
                look->attached = to->tstate[a->tstate_attached] == ATTACHED;
            if (a->tstate_cframe != PYABI_NONE) {
                const bool predicted = walk_u64(to->tstate, a->tstate_cframe) == t->cframe_at;
                t->caller_at = predicted ? walk_u64(to->cframe, a->cframe_previous) : 0;
                t->cframe_at = walk_u64(to->tstate, a->tstate_cframe);
            }
            if (a->tstate_chunk == PYABI_NONE)
                return true;
            const uint64_t chunk = walk_u64(to->tstate, a->tstate_chunk), top = walk_u64(to->tstate, a->tstate_top);
            bool fits = chunk == t->chunk_at && top >= chunk && top - chunk <= to->chunk_n;
            t->chunk_n = used_of(chunk, top);
            t->chunk_most = of_late(chunk == t->chunk_at ? t->chunk_most : 0, t->chunk_n);
            t->chunk_at = chunk;
            if (fits || attempt > 0)
                return true;
            s->retries++;
        } else {
            t->chunk_at = 0; /* moved, or gone: look where it is now */
            t->n_pages = t->codes.n = 0;
        }
    }
    return false;
}

static uint32_t expected_at(const struct expected_codes *codes, uint64_t address)
{
    uint32_t i = 0;
    while (i < codes->n && codes->at[i] != address)
        i++;
    return i;
}

static void expect(struct expected_codes *codes, uint64_t address, uint8_t age)
{
    if (codes->n == THREAD_CODES)
        return;
    codes->at[codes->n] = address;
    codes->age[codes->n++] = age;
}

/* Compares every code object of the stack with what is known of it. */
static void check_codes(struct stacks *s, struct thread *t)
{
    const struct expected_codes expected = t->codes;
    uint32_t n = 0;
    codes_next_round(&s->codes);
    t->codes.n = 0;
    for (uint32_t i = 0; i < s->stack->n; i++) {
        const uint64_t code = s->stack->frames[i].code;
        if (code == 0 || !codes_due(&s->codes, code))
            continue;
        const uint32_t at = expected_at(&expected, code);
        if (at == expected.n || !codes_check_copy(&s->codes, &s->target->abi, code, s->codes_read[at]))
            s->addresses[n++] = code;
        expect(&t->codes, code, 0);
    }
    for (uint32_t i = 0; i < expected.n; i++) {
        if (expected.age[i] < CODE_AGE && expected_at(&t->codes, expected.at[i]) == t->codes.n)
            expect(&t->codes, expected.at[i], (uint8_t)(expected.age[i] + 1));
    }
    if (n > 0)
        codes_check(&s->codes, &s->target->abi, &s->remote, s->addresses, n);
}

/* Makes every code object of the stack known. */
static bool know_codes(struct stacks *s, struct thread *t)
{
    bool full = false;
    check_codes(s, t);
    for (uint32_t i = 0; i < s->stack->n; i++) {
        uint64_t code = s->stack->frames[i].code;
        if (code != 0 && codes_number(&s->codes, &s->target->abi, &s->remote, code, s->events, &full) == 0)
            return false;
    }
    return true;
}

/* The stack that was read last, with its code objects. */
static bool take_stack(struct stacks *s, struct thread *t, struct walk_snapshot *from)
{
    const uint32_t known = s->codes.next_id;
    if (!walk_it(s, t, from, s->stack) || !know_codes(s, t))
        return false;
    if (s->target->abi.code_copies == PYABI_NONE || s->codes.next_id == known)
        return true;
    /* Where one code object takes another's place, the start of a copy may still have been the other's. */
    copies_forget(&s->copies);
    return walk_it(s, t, from, s->stack) && know_codes(s, t);
}

static bool add_node(struct stacks *s, struct node_key key, uint32_t *node)
{
    uint32_t slot;
    *node = nodes_find(&s->nodes, key, &slot);
    if (*node != 0)
        return true;
    if (s->nodes.n == s->nodes.max) {
        s->full = true;
        return false;
    }
    struct event event = {.kind = EVENT_NODE, .u.node = {s->nodes.n + 1, key.parent, key.code, key.offset}};
    if (!events_push(s->events, &event))
        return false;
    *node = nodes_add(&s->nodes, key, slot);
    return true;
}

/* Another frame of the stack: the one of the last stack at this depth, or looked up. */
static bool take_step(struct stacks *s, uint32_t depth, struct node_key key, uint32_t *node)
{
    struct numbered *last = &s->path[depth];
    if (depth < s->path_n && memcmp(&last->key, &key, sizeof key) == 0) {
        *node = last->node;
        return true;
    }
    s->path_n = depth; /* what is behind it has another parent */
    if (!add_node(s, key, node))
        return false;
    *last = (struct numbered){key, *node};
    s->path_n = depth + 1;
    return true;
}

/* The stack's number; its codes are known. False when a table or the ring is full. */
bool stacks_number(struct stacks *s, uint32_t *node)
{
    uint32_t depth = 0;
    *node = 0;
    if (s->stack->truncated && !take_step(s, depth++, (struct node_key){0, REC_CODE_TRUNCATED, 0}, node))
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
        if (!take_step(s, depth++, key, node))
            return false;
    }
    s->path_n = depth;
    return true;
}

/* What two reads a moment apart have in common, from the root on. */
static bool read_common_root(struct stacks *s, struct thread *t, struct look *look)
{
    for (unsigned i = 0; i < TRIES; i++) {
        if (read_thread(s, t, s->now, look) && read_thread(s, t, s->second, look) && walk_it(s, t, s->now, s->other) &&
            walk_it(s, t, s->second, s->stack)) {
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

/* Where the thread last ran, by the kernel's word: where there is no rseq area. */
static void ask_kernel(struct look *look, const struct thread *t, uint64_t *runs)
{
    int cpu = -1;
    *runs = thread_runs(t);
    (void)thread_kernel_state(t, &cpu);
    look->cpu_before = look->cpu_after = (uint32_t)cpu;
}

/* What was known of a thread, and of us, before its stack was read; and by then. */
struct stand {
    uint64_t calls;    /* ours, to read its memory, with the one that read the stack */
    uint64_t switches; /* ours */
    uint64_t runs;     /* its; UINT64_MAX: cannot be told, which proves nothing */
    bool slept;
};

/* Whether it has stood still until now. The call that read the stack says so of that alone; if older chunks,
 * generators' frames or code objects were read later, another CPU may have taken the thread away from ours meanwhile.
 */
static bool stood_still(const struct stacks *s, const struct thread *t, const struct stand *stand)
{
    uint32_t cpu;
    const bool same_run =
        (stand->slept || !s->target->has_rseq) && stand->runs != UINT64_MAX && thread_runs(t) == stand->runs;
    if (stand->slept)
        return same_run && thread_asleep(thread_kernel_state(t, NULL));
    if (!s->target->has_rseq) {
        if (!same_run)
            return false;
    } else if (s->calls != stand->calls &&
               (!remote_u32(&s->remote, rseq_cpu_of(s, t), &cpu) || cpu != (uint32_t)s->cpu)) {
        return false;
    }
    return own_switches() == stand->switches;
}

/* Stops the thread, if it runs: one that sleeps stands still by itself, and stopping it could disturb its call. */
static bool hold(struct stacks *s, const struct thread *t, struct freeze *f)
{
    if (!s->freeze || thread_kernel_state(t, NULL) != 'R')
        return false;
    if (freeze_hold(f, (pid_t)t->tid))
        return true;
    s->unfrozen += errno != ESRCH; /* else it has just ended */
    return false;
}

/* While a thread is held its stack stands still, whoever has the GIL. */
static enum stack_result read_held(struct stacks *s, struct thread *t, struct look *look, bool holder)
{
    if (!read_thread(s, t, s->now, look))
        return STACK_FAILED;
    const bool has_gil = look->before.holder == t->tstate;
    if (holder ? look->before.locked && !has_gil : has_gil)
        return STACK_OTHER;
    look->kernel_state = look->before.locked && holder ? 0 : 'R';
    return take_stack(s, t, s->now) ? STACK_EXACT : STACK_FAILED;
}

/* Reads the thread that holds the GIL, or held it last, from its own CPU. While we are there it does not run, so what
 * we read stood still: proved by its rseq area, or by the kernel, saying that it last ran where we are, and by our not
 * having been away. A thread that sleeps stands still too. */
enum stack_result stacks_read_beside(struct stacks *s, struct thread *t, struct look *look)
{
    struct freeze held;
    if (hold(s, t, &held)) {
        const enum stack_result result = read_held(s, t, look, true);
        freeze_release(&held);
        return result;
    }
    for (unsigned i = 0; i < TRIES; i++) {
        struct stand stand = {.switches = own_switches(), .runs = UINT64_MAX};
        if (i > 0)
            s->retries++;
        if (!s->target->has_rseq)
            ask_kernel(look, t, &stand.runs);
        if (!read_thread(s, t, s->now, look))
            continue; /* a chunk that it has just given back, or it has gone */
        if (look->before.locked && look->before.holder != t->tstate)
            return STACK_OTHER;
        look->kernel_state = 0;
        if (!look->before.locked) {
            const uint64_t runs = thread_runs(t);
            look->kernel_state = thread_kernel_state(t, NULL);
            stand.slept = thread_asleep(look->kernel_state);
            if (stand.slept) { /* again, now that it is known to sleep */
                stand.runs = runs;
                if (!read_thread(s, t, s->now, look))
                    continue;
            }
        }
        const bool here = s->cpu >= 0 && look->cpu_before == (uint32_t)s->cpu && look->cpu_after == look->cpu_before;
        if (!here && !stand.slept) {
            if (!stacks_move_to(s, (int)look->cpu_after))
                break; /* its CPUs are not ours to run on */
            continue;
        }
        stand.calls = s->calls;
        if (take_stack(s, t, s->now) && stood_still(s, t, &stand))
            return STACK_EXACT;
    }
    return read_common_root(s, t, look) ? STACK_TRIMMED : STACK_FAILED;
}

/* Reads a thread that does not hold the GIL, from anywhere. Its Python stack can change only under the GIL: while the
 * GIL's switch number stands still, only the last holder's can have; or, up to 3.11, another state's of the same
 * thread, for which the number proves nothing. */
enum stack_result stacks_read_aside(struct stacks *s, struct thread *t, struct look *look)
{
    struct freeze held;
    if (hold(s, t, &held)) {
        const enum stack_result result = read_held(s, t, look, false);
        freeze_release(&held);
        return result;
    }
    for (unsigned i = 0; i < TRIES; i++) {
        if (!read_thread(s, t, s->now, look))
            return STACK_FAILED;
        if (look->before.holder == t->tstate || look->after.holder == t->tstate || look->before.off || look->after.off)
            return STACK_OTHER;
        if (t->swapped)
            break;
        if (!take_stack(s, t, s->now))
            continue;
        uint64_t switches;
        if (remote_u64(&s->remote, t->gil + s->target->abi.gil_switches, &switches) &&
            switches == look->before.switches) {
            t->switches = switches;
            return STACK_EXACT;
        }
        s->retries++;
    }
    return read_common_root(s, t, look) ? STACK_TRIMMED : STACK_FAILED;
}
