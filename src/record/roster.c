#include "config.h"

#include "src/record/roster.h"

#include <stdlib.h>
#include <string.h>

#include "src/record/kin.h"

enum { OWN_TRIES = 256, WAITS_MAX = 100 };

bool roster_init(struct roster *r, const struct target *target, void *self, void (*gone)(void *self, struct thread *t),
                 struct err *err)
{
    *r = (struct roster){.target = target, .next_id = 1, .self = self, .gone = gone};
    r->threads = calloc(ROSTER_MAX, sizeof(struct thread *));
    r->found = calloc(ROSTER_MAX, sizeof(struct thread *));
    return (r->threads != NULL && r->found != NULL) || err_nomem(err);
}

static void remove_thread(struct roster *r, struct thread *t)
{
    r->gone(r->self, t);
    thread_close(t);
    free(t);
}

void roster_reset(struct roster *r)
{
    for (uint32_t i = 0; i < r->n; i++)
        remove_thread(r, r->threads[i]);
    r->n = 0;
    r->next_id = 1;
}

void roster_fini(struct roster *r)
{
    roster_reset(r);
    free(r->threads);
    free(r->found);
}

struct thread *roster_find(const struct roster *r, uint64_t tstate)
{
    for (uint32_t i = 0; i < r->n; i++) {
        if (r->threads[i]->tstate == tstate)
            return r->threads[i];
    }
    return NULL;
}

static bool native_id(const struct target *target, uint64_t tstate, uint64_t pointer, uint64_t *tid)
{
    const struct pyabi *a = &target->abi;
    if (a->tstate_native_id != PYABI_NONE)
        return remote_u64(target->remote, tstate + a->tstate_native_id, tid);
    uint32_t id = 0;
    const bool ok = remote_u32(target->remote, pointer + target->tid_offset, &id);
    *tid = id;
    return ok;
}

/* The known thread of this state, or a new one: states are reused by other threads. NULL: it has none yet. */
static struct thread *thread_of(struct roster *r, uint64_t tstate, uint64_t tick)
{
    const struct pyabi *a = &r->target->abi;
    uint64_t tid, pointer;
    if (!remote_u64(r->target->remote, tstate + a->tstate_thread_id, &pointer) ||
        !native_id(r->target, tstate, pointer, &tid) || tid == 0)
        return NULL;
    struct thread *t = roster_find(r, tstate);
    if (t != NULL && t->inner_tid == tid)
        return t;
    t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    *t = (struct thread){.tstate = tstate, .tid = tid, .inner_tid = tid, .pointer = pointer};
    t->gil = r->target->gil;
    t->gc = r->target->gc;
    t->accounted = tick > 0 ? tick - 1 : 0;
    return t;
}

/* A state is made by the thread that starts another, and has its number until that one begins. Of one interpreter's new
 * ones, keeps those that are their own; states are listed newest first. */
static uint32_t admit(struct roster *r, uint32_t first, uint32_t n)
{
    uint32_t kept = first;
    for (uint32_t i = first; i < n; i++) {
        struct thread *t = r->found[i];
        bool others = false;
        for (uint32_t k = i + 1; t->id == 0 && k < n && !others; k++)
            others = r->found[k]->inner_tid == t->inner_tid;
        r->unborn = r->unborn || others;
        if (others) {
            free(t);
            continue;
        }
        if (t->id == 0) {
            t->id = r->next_id++;
            if (r->apart)
                t->tid = kin_thread(r->target->pid, t->inner_tid, true);
            thread_open(t, r->target->pid);
        }
        r->found[kept++] = t;
    }
    return kept;
}

/* A subinterpreter collects its own garbage, but in 3.8, and from 3.12 on may have a GIL of its own. */
static void belongs_to(const struct roster *r, struct thread *t, uint64_t interp)
{
    const struct pyabi *a = &r->target->abi;
    uint64_t gil;
    if (a->interp_gil != PYABI_NONE && remote_u64(r->target->remote, interp + a->interp_gil, &gil) && gil != 0)
        t->gil = gil;
    if (a->interp_gc_collecting != PYABI_NONE)
        t->gc = interp + a->interp_gc_collecting;
}

static bool is_found(const struct roster *r, uint64_t tstate, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (r->found[i]->tstate == tstate)
            return true;
    }
    return false;
}

/* One interpreter's states, newest first, behind the n threads that were found in others. */
static uint32_t scan_list(struct roster *r, uint64_t interp, uint64_t tstate, uint64_t tick, uint32_t n)
{
    const struct pyabi *a = &r->target->abi;
    const uint32_t first = n;
    uint64_t next;
    for (uint32_t i = 0; tstate != 0 && n < ROSTER_MAX && i < ROSTER_MAX; i++) {
        if (!remote_u64(r->target->remote, tstate + a->tstate_next, &next))
            break;
        if (is_found(r, tstate, n)) { /* the list changed while it was read: it came by twice */
            tstate = next;
            continue;
        }
        struct thread *t = thread_of(r, tstate, tick);
        if (t != NULL) {
            if (!t->has_row)
                belongs_to(r, t, interp);
            t->missing = 0;
            t->next = next;
            r->found[n++] = t;
        }
        r->unborn = r->unborn || t == NULL;
        tstate = next;
    }
    return admit(r, first, n);
}

static uint32_t scan_lists(struct roster *r, uint64_t tick)
{
    const struct pyabi *a = &r->target->abi;
    const struct remote *remote = r->target->remote;
    uint64_t interp = 0, tstate;
    uint32_t n = 0;
    r->n_interps = 0;
    r->unborn = false;
    if (r->next_id == 1)
        r->apart = kin_is_apart(r->target->pid);
    (void)remote_u64(remote, r->target->runtime + a->runtime_interpreters, &interp);
    r->newest = interp;
    while (interp != 0 && r->n_interps < ROSTER_INTERPS && remote_u64(remote, interp + a->interp_threads, &tstate)) {
        r->interps[r->n_interps] = interp;
        r->heads[r->n_interps++] = tstate;
        n = scan_list(r, interp, tstate, tick, n);
        if (!remote_u64(remote, interp + a->interp_next, &interp))
            break;
    }
    /* Some never begin: states that an embedding program keeps for later. */
    r->waits = r->unborn ? r->waits + 1 : 0;
    r->unborn = r->unborn && r->waits < WAITS_MAX;
    return n;
}

/* Up to 3.11 a thread goes over from one interpreter's state to another's without giving the GIL back. */
static void find_swapped(const struct roster *r, uint32_t n)
{
    if (r->target->abi.gil_current == PYABI_NONE)
        return;
    for (uint32_t i = 0; i < n; i++) {
        bool swapped = false;
        for (uint32_t k = 0; k < n && r->n_interps > 1; k++)
            swapped = swapped || (k != i && r->found[k]->tid == r->found[i]->tid);
        r->found[i]->swapped = swapped;
    }
}

void roster_scan(struct roster *r, uint64_t tick)
{
    uint32_t n = scan_lists(r, tick);
    const uint32_t listed = n;
    find_swapped(r, n);
    for (uint32_t i = 0; i < r->n; i++) {
        struct thread *t = r->threads[i];
        bool here = false, replaced = false;
        for (uint32_t k = 0; k < listed; k++) {
            here = here || r->found[k] == t;
            replaced = replaced || r->found[k]->tstate == t->tstate;
        }
        if (here)
            continue;
        if (replaced || t->ended || ++t->missing > 1 || n == ROSTER_MAX)
            remove_thread(r, t);
        else
            r->found[n++] = t;
    }
    struct thread **old = r->threads;
    r->threads = r->found;
    r->found = old;
    r->n = n;
}

bool roster_no_newer(const struct roster *r)
{
    const struct pyabi *a = &r->target->abi;
    const struct remote *remote = r->target->remote;
    uint64_t head;
    if (r->unborn || !remote_u64(remote, r->target->runtime + a->runtime_interpreters, &head) || head != r->newest)
        return false;
    for (uint32_t i = 0; i < r->n_interps; i++) {
        if (!remote_u64(remote, r->interps[i] + a->interp_threads, &head) || head != r->heads[i])
            return false;
    }
    return true;
}

bool roster_same(const struct roster *r)
{
    const struct pyabi *a = &r->target->abi;
    const struct remote *remote = r->target->remote;
    if (!roster_no_newer(r))
        return false;
    for (uint32_t first = 0; first < r->n; first += REMOTE_MAX_RANGES) {
        struct iovec local[REMOTE_MAX_RANGES], far[REMOTE_MAX_RANGES];
        uint64_t next[REMOTE_MAX_RANGES] = {0};
        const uint32_t n = r->n - first < REMOTE_MAX_RANGES ? r->n - first : REMOTE_MAX_RANGES;
        for (uint32_t i = 0; i < n; i++) {
            local[i] = (struct iovec){&next[i], 8};
            far[i] = (struct iovec){(void *)(uintptr_t)(r->threads[first + i]->tstate + a->tstate_next), 8};
        }
        if (remote->readv(remote->self, local, far, n) != (ssize_t)n * 8)
            return false;
        for (uint32_t i = 0; i < n; i++) {
            if (next[i] != r->threads[first + i]->next || r->threads[first + i]->missing > 0 ||
                r->threads[first + i]->ended)
                return false;
        }
    }
    return r->n > 0;
}

bool roster_is_own(const struct target *target)
{
    const struct pyabi *a = &target->abi;
    const bool apart = kin_is_apart(target->pid);
    uint64_t tstate, pointer, tid;
    if (!remote_u64(target->remote, target->interp + a->interp_threads, &tstate))
        return false;
    for (uint32_t i = 0; i < OWN_TRIES && tstate != 0; i++) {
        if (remote_u64(target->remote, tstate + a->tstate_thread_id, &pointer) &&
            native_id(target, tstate, pointer, &tid) && kin_thread(target->pid, tid, apart) != 0)
            return true;
        if (!remote_u64(target->remote, tstate + a->tstate_next, &tstate))
            return false;
    }
    return false;
}
