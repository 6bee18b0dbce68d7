/* proof: is a sample that was proved exact really so?
 *
 *     proof PID SECONDS          reads stacks of a running Python as the sampler does, and each proved one once more
 *
 * As long as the proof holds the target does not run, so a second, complete read must see the same frames at the same
 * instructions. "pairs N differ M exact E of R", and exit status 1 if any differ. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "src/record/roster.h"
#include "src/record/stacks.h"

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static long switches(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_nvcsw + usage.ru_nivcsw;
}

static void nobody_goes(void *self, struct thread *t)
{
    (void)self;
    (void)t;
}

static bool same(const struct walk_stack *a, const struct walk_stack *b)
{
    return a->n == b->n && memcmp(a->frames, b->frames, a->n * sizeof *a->frames) == 0;
}

/* Who has the GIL; without one, each in turn. */
static struct thread *holder(struct stacks *stacks, struct roster *roster)
{
    static uint32_t turn;
    struct gil gil;
    if (!stacks_read_gil(stacks, &gil))
        return NULL;
    if (gil.off && ++turn % 64 == 1)
        roster_scan(roster, 0);
    if (gil.off)
        return roster->n == 0 ? NULL : roster->threads[turn % roster->n];
    struct thread *t = roster_find(roster, gil.holder);
    if (t == NULL)
        roster_scan(roster, 0);
    return t != NULL ? t : roster_find(roster, gil.holder);
}

int main(int argc, char **argv)
{
    struct err err = {0};
    struct remote_process process;
    struct target target;
    struct stacks stacks;
    struct roster roster;
    struct events *events = events_new(1 << 22, &err);
    struct walk_stack *first = calloc(1, sizeof *first);
    if (argc != 3 || events == NULL || first == NULL)
        return 2;
    const pid_t pid = atoi(argv[1]);
    if (!remote_open(&process, pid, &err) || target_find(&target, pid, &process.remote, &err) != TARGET_READY ||
        !stacks_init(&stacks, &target, events, 1 << 16, &err) ||
        !roster_init(&roster, &target, NULL, nobody_goes, &err)) {
        fprintf(stderr, "proof: %s\n", err.kind == ERR_NONE ? "no Python" : err.msg);
        return 2;
    }
    uint64_t reads = 0, exact = 0, pairs = 0, differ = 0;
    const double until = now() + atof(argv[2]);
    while (now() < until) {
        (void)usleep(200);
        struct look look;
        struct event event;
        while (events_next(events, &event))
            events_done(events);
        struct thread *t = holder(&stacks, &roster);
        if (t == NULL)
            break; /* the target has ended */
        const long before = switches();
        reads++;
        if (stacks_read_beside(&stacks, t, &look) != STACK_EXACT)
            continue;
        exact++;
        *first = *stacks.stack;
        if (stacks_read_beside(&stacks, t, &look) != STACK_EXACT || switches() != before)
            continue; /* it may have run in between */
        pairs++;
        differ += !same(first, stacks.stack);
    }
    printf("pairs %" PRIu64 " differ %" PRIu64 " exact %" PRIu64 " of %" PRIu64 "\n", pairs, differ, exact, reads);
    roster_fini(&roster);
    stacks_fini(&stacks);
    remote_close(&process);
    events_free(events);
    free(first);
    return differ == 0 && pairs > 0 ? 0 : 1;
}
