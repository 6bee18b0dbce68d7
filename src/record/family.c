#include "config.h"

#include "src/record/family.h"

#include "formats/pyrec.h"
#include "src/record/kin.h"
#include "src/record/roster.h"
#include "src/record/slices.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MS UINT64_C(1000000)

enum {
    MAX_MEMBERS = 4096, /* processes that are watched, most of which may not be Python */
    MAX_BORN = 1024,    /* numbers that are looked at one by one; if more were given out, lists are read */
};

#define PASS_MS 2      /* between two looks for births, … */
#define CALM_PASS_MS 5 /* … and when there was none for … */
#define CALM_NS (1000 * MS)
#define TOLD_PASS_MS 20       /* … or while a sampler tells of them, … */
#define TELLS_NS (5 * MS)     /* … which it does at each of its ticks */
#define NICE (-10)            /* little to do, but soon: what is born on a busy machine is met late otherwise */
#define EAGERNESS 8           /* a process is looked at when it has grown older by this part of its age … */
#define SELDOM_NS (50 * MS)   /* … or by this */
#define YOUNG_NS (10000 * MS) /* while it runs a program not longer than this, each look is for Python; then only … */
#define THOROUGH_NS (2000 * MS)  /* … one in so long, since it may still load a library, the others for an exec */
#define LISTS_NS (1000 * MS)     /* all children are listed so often, should one have been missed … */
#define BLIND_LISTS_NS (10 * MS) /* … or so often where nothing else tells of them */
#define SETTLED_NS (5 * MS)      /* a fork of a Python that does not keep its threads' ids: it may be about to exec */

struct member {
    pid_t pid;
    bool first;       /* its sampler was there from the start, and waits for Python by itself */
    bool forked;      /* has not executed anything: it runs its parent's program */
    bool passed_over; /* Python that is not looked at, until it executes another program */
    uint64_t started; /* of struct kin */
    uint64_t stack;   /* of struct kin; 0: not known yet */
    uint64_t since;   /* it began to run this program */
    uint64_t looked, searched;
    uint64_t refused; /* since then; 0: it is not */
    uint32_t parent_image;
    struct target inherited; /* of a fork; pid 0: none */
    struct sampler *sampler; /* owned; NULL: no Python was found in it */
};

struct family {
    struct family_options options;
    pthread_t thread;
    bool started;
    atomic_bool stop;
    struct births births;
    long last_born;
    uint64_t born; /* when */
    bool blind;    /* what births say cannot be relied on */
    uint64_t listed;
    bool children_listed; /* the kernel lists them */
    struct crowd crowd;

    pthread_mutex_t lock; /* of what follows; it is changed by the family's thread alone */
    struct member *members;
    uint32_t n, sampled;
    struct family_stats ended; /* sums over the processes that have gone */
    struct err refusal;
};

static uint64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static struct member *member_of(struct family *f, pid_t pid)
{
    for (uint32_t i = 0; i < f->n; i++) {
        if (f->members[i].pid == pid)
            return &f->members[i];
    }
    return NULL;
}

/* --- birth ---------------------------------------------------------------------------------------------------------*/

/* The image that a member runs, or the nearest of its ancestors. */
static uint32_t image_of(const struct member *m)
{
    const uint32_t own = m->sampler == NULL ? 0 : sampler_image(m->sampler);
    return own != 0 ? own : m->parent_image;
}

/* A thread has a number too, and seems to be a child of its process's parent. */
static bool is_process(pid_t pid)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd >= 0)
        (void)close(fd);
    return fd >= 0;
}

/* Orphans become children of ours: whose they were cannot be told any more, but not that they are of the family. */
static const struct member *parent_of(struct family *f, const struct kin *kin)
{
    if (!f->options.sampler.attached && kin->parent == getpid())
        return &f->members[0];
    return member_of(f, kin->parent);
}

static void consider(void *self, pid_t pid)
{
    struct family *f = self;
    struct kin kin, its;
    if (f->n == MAX_MEMBERS || member_of(f, pid) != NULL || !kin_look(&kin, pid))
        return;
    const struct member *parent = parent_of(f, &kin);
    if (parent == NULL || kin.state == 'Z' || !is_process(pid))
        return;
    struct member m = {.pid = pid,
                       .started = kin.started,
                       .stack = kin.stack,
                       .since = now_ns(),
                       .forked = kin_look(&its, parent->pid) && its.stack == kin.stack,
                       .parent_image = image_of(parent)};
    if (m.forked && parent->sampler != NULL && !sampler_target(parent->sampler, &m.inherited))
        m.inherited.pid = 0;
    (void)pthread_mutex_lock(&f->lock);
    f->members[f->n++] = m;
    f->born = m.since;
    (void)pthread_mutex_unlock(&f->lock);
}

/* Members' children, and theirs: the list grows as it is gone through. */
static void list_children(struct family *f, uint64_t now)
{
    f->listed = now;
    if (!f->children_listed)
        kin_all(consider, f);
    for (uint32_t i = 0; f->children_listed && i < f->n; i++)
        (void)kin_children(f->members[i].pid, consider, f);
}

static void find_born(struct family *f, uint64_t now)
{
    const long last = f->last_born, born = f->blind ? last : births_last(&f->births);
    f->last_born = born;
    const bool listed = now - f->listed < (f->blind ? BLIND_LISTS_NS : LISTS_NS);
    if (!listed || born < last || born - last > MAX_BORN) {
        list_children(f, now);
        return;
    }
    for (long pid = last + 1; pid <= born; pid++)
        consider(f, (pid_t)pid);
}

/* --- Python --------------------------------------------------------------------------------------------------------*/

static bool has_room(const struct family *f)
{
    return f->sampled < FAMILY_MAX_SAMPLED && atomic_load(f->options.sampler.next_image) <= PYREC_MAX_PROCESSES;
}

static bool give_sampler(struct family *f, struct member *m)
{
    struct err err = {0};
    struct sampler_options options = f->options.sampler;
    options.pid = m->pid;
    options.parent = m->parent_image;
    options.exec_count = m->forked ? 0 : 1;
    options.max_nodes = SAMPLER_NODES_OF_MANY;
    options.same_as = m->inherited.pid != 0 ? &m->inherited : NULL;
    struct sampler *s = sampler_new(&options, &err);
    if (s == NULL || !sampler_start(s, &err)) {
        sampler_free(s);
        return err.sys == ESRCH; /* it has gone, as will be seen */
    }
    m->sampler = s;
    f->sampled++;
    return true;
}

static void found_python(struct family *f, struct member *m)
{
    (void)pthread_mutex_lock(&f->lock);
    if (!has_room(f) || !give_sampler(f, m)) {
        f->ended.left_out++;
        m->passed_over = true;
    }
    (void)pthread_mutex_unlock(&f->lock);
}

/* That it may not be read is no news: whether it is Python cannot be told. */
static void found_unreadable(struct family *f, struct member *m, const struct err *err)
{
    (void)pthread_mutex_lock(&f->lock);
    if (err->kind == ERR_UNSUPPORTED && f->ended.refused++ == 0)
        f->refusal = *err;
    m->passed_over = true;
    (void)pthread_mutex_unlock(&f->lock);
}

static bool is_ready(const struct member *m, const struct target *t, uint64_t now)
{
    return roster_is_own(t) && (!m->forked || t->abi.tstate_native_id != PYABI_NONE || now - m->since >= SETTLED_NS);
}

static void search(struct family *f, struct member *m, uint64_t now)
{
    struct err err = {0};
    struct remote_process process;
    struct target target;
    m->searched = now;
    if (!remote_open(&process, m->pid, &err))
        return;
    enum target_status status = TARGET_READY;
    if (m->inherited.pid != 0) {
        target = m->inherited;
        target.pid = m->pid;
        target.remote = &process.remote;
    } else {
        status = target_find(&target, m->pid, &process.remote, &err);
    }
    m->refused = status != TARGET_REFUSED ? 0 : m->refused == 0 ? now : m->refused;
    if (m->refused != 0 && now - m->refused >= SAMPLER_REFUSED_NS)
        found_unreadable(f, m, &err);
    else if (status == TARGET_READY && is_ready(m, &target, now))
        found_python(f, m);
    remote_close(&process);
}

/* --- death ---------------------------------------------------------------------------------------------------------*/

static void add_stats(struct sampler_stats *sum, const struct sampler_stats *s)
{
    sum->ticks += s->ticks;
    sum->wakes += s->wakes;
    sum->read += s->read;
    sum->exact += s->exact;
    sum->trimmed += s->trimmed;
    sum->failed += s->failed;
    sum->repeated += s->repeated;
    sum->lost_ticks += s->lost_ticks;
    sum->dropped += s->dropped;
    sum->retries += s->retries;
    sum->unfrozen += s->unfrozen;
    sum->samples += s->samples;
    sum->images += s->images;
    sum->threads += s->threads;
}

static void add_member(struct family_stats *sum, const struct member *m)
{
    struct sampler_stats s;
    sampler_stats(m->sampler, &s);
    add_stats(&sum->samplers, &s);
    sum->processes += s.images > 0;
}

static void remove_member(struct family *f, uint32_t i)
{
    struct member gone = f->members[i];
    if (gone.sampler != NULL)
        sampler_stop(gone.sampler);
    (void)pthread_mutex_lock(&f->lock);
    if (gone.sampler != NULL) {
        add_member(&f->ended, &gone);
        f->sampled--;
    }
    f->members[i] = f->members[--f->n];
    (void)pthread_mutex_unlock(&f->lock);
    sampler_free(gone.sampler);
}

static bool has_gone(const struct member *m)
{
    struct sampler_stats s;
    sampler_stats(m->sampler, &s);
    return s.phase == SAMPLER_GONE;
}

/* Looks at a member; false: it has gone. */
static bool look_after(struct family *f, struct member *m, uint64_t now)
{
    struct kin kin;
    if (m->sampler != NULL)
        return m->first || !has_gone(m);
    const uint64_t patience = (now - m->since) / EAGERNESS;
    if (now - m->looked < (patience < SELDOM_NS ? patience : SELDOM_NS))
        return true;
    m->looked = now;
    if (!kin_look(&kin, m->pid) || kin.state == 'Z' || kin.started != m->started)
        return false;
    if (kin.stack != m->stack) {
        m->forked = m->passed_over = false;
        m->inherited.pid = 0;
        m->refused = 0;
        m->stack = kin.stack;
        m->since = now;
    }
    if (!m->passed_over && (m->inherited.pid != 0 || now - m->since < YOUNG_NS || now - m->searched >= THOROUGH_NS))
        search(f, m, now);
    return true;
}

/* Orphans that have ended. One whose sampler has not seen it yet keeps its number until then. */
static void reap(struct family *f)
{
    siginfo_t info;
    for (;;) {
        info.si_pid = 0;
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0)
            return;
        const struct member *m = member_of(f, info.si_pid);
        if (info.si_pid == f->options.sampler.pid || (m != NULL && m->sampler != NULL))
            return;
        (void)waitid(P_PID, (id_t)info.si_pid, &info, WEXITED | WNOHANG);
    }
}

/* --- the thread ----------------------------------------------------------------------------------------------------*/

/* Until the next look at everything, if no birth is told of before. */
static int pause_ms(const struct family *f)
{
    if (now_ns() - f->born < CALM_NS)
        return PASS_MS;
    struct sampler_stats first;
    sampler_stats(f->members[0].sampler, &first);
    const bool told = first.phase == SAMPLER_SAMPLING && f->options.sampler.period_ns <= TELLS_NS && !f->blind;
    return told && f->n == f->sampled ? TOLD_PASS_MS : CALM_PASS_MS;
}

static void *run(void *self)
{
    struct family *f = self;
    (void)pthread_setname_np(pthread_self(), "family");
    slices_ask_for_short();
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE); /* Linux: of this thread alone; where it is allowed */
    f->last_born = births_last(&f->births);
    if (f->last_born < gettid()) /* we are younger, so it does not count what it should (a container's stand-in) */
        f->blind = true;
    list_children(f, now_ns());
    while (!atomic_load(&f->stop)) {
        const uint64_t now = now_ns();
        find_born(f, now);
        for (uint32_t i = f->n; i-- > 0;) {
            if (!look_after(f, &f->members[i], now))
                remove_member(f, i);
        }
        if (!f->options.sampler.attached)
            reap(f);
        births_wait(&f->births, pause_ms(f));
    }
    return NULL;
}

struct family *family_new(const struct family_options *options, struct err *err)
{
    struct family *f = calloc(1, sizeof *f);
    if (f == NULL) {
        (void)err_nomem(err);
        return NULL;
    }
    f->options = *options;
    f->options.sampler.crowd = &f->crowd;
    f->crowd.room = 2 * (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
    f->options.sampler.births = &f->births;
    (void)pthread_mutex_init(&f->lock, NULL);
    f->members = calloc(MAX_MEMBERS, sizeof *f->members);
    if (!births_init(&f->births, options->follow, err) || (f->members == NULL && !err_nomem(err))) {
        family_free(f);
        return NULL;
    }
    f->members[0] = (struct member){.pid = options->sampler.pid, .first = true};
    f->members[0].sampler = sampler_new(&f->options.sampler, err);
    if (f->members[0].sampler == NULL) {
        family_free(f);
        return NULL;
    }
    f->n = f->sampled = 1;
    f->children_listed = access("/proc/thread-self/children", R_OK) == 0;
    if (options->follow && !options->sampler.attached)
        (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    return f;
}

bool family_start(struct family *f, struct err *err)
{
    if (!sampler_start(f->members[0].sampler, err))
        return false;
    if (!f->options.follow)
        return true;
    int e = pthread_create(&f->thread, NULL, run, f);
    f->started = e == 0;
    return e == 0 || err_system(err, e, "thread");
}

void family_stop(struct family *f)
{
    atomic_store(&f->stop, true);
    if (f->started)
        (void)pthread_join(f->thread, NULL);
    if (f->started && !f->options.sampler.attached)
        (void)prctl(PR_SET_CHILD_SUBREAPER, 0);
    f->started = false;
    for (uint32_t i = 0; i < f->n; i++) {
        if (f->members[i].sampler != NULL)
            sampler_ask_stop(f->members[i].sampler);
    }
    for (uint32_t i = 0; i < f->n; i++) {
        if (f->members[i].sampler != NULL)
            sampler_stop(f->members[i].sampler);
    }
}

void family_free(struct family *f)
{
    if (f == NULL)
        return;
    family_stop(f);
    for (uint32_t i = 0; i < f->n; i++)
        sampler_free(f->members[i].sampler);
    births_fini(&f->births);
    (void)pthread_mutex_destroy(&f->lock);
    free(f->members);
    free(f);
}

void family_stats(struct family *f, struct family_stats *stats)
{
    struct sampler_stats first;
    (void)pthread_mutex_lock(&f->lock);
    *stats = f->ended;
    for (uint32_t i = 0; i < f->n; i++) {
        if (f->members[i].sampler != NULL)
            add_member(stats, &f->members[i]);
    }
    sampler_stats(f->members[0].sampler, &first);
    (void)pthread_mutex_unlock(&f->lock);
    stats->samplers.phase = first.phase;
}

struct err family_error(const struct family *f)
{
    return sampler_error(f->members[0].sampler);
}

struct err family_refusal(struct family *f)
{
    (void)pthread_mutex_lock(&f->lock);
    struct err err = f->refusal;
    (void)pthread_mutex_unlock(&f->lock);
    return err;
}
