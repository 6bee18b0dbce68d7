/* sample.c: what the sampler says of a running Python, as text: for tests and for looking.
 *
 *     sample PID SECONDS HZ        a line an event, then the counters
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "src/record/image.h"
#include "src/record/sampler.h"

static uint64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void print(const struct event *e)
{
    const struct event_code *c = &e->u.code;
    switch (e->kind) {
    case EVENT_PROCESS:
        printf("process %u pid %u python %#x\n", e->image, e->u.process.pid, e->u.process.python);
        image_free(e->u.process.facts);
        break;
    case EVENT_FORGET:
        printf("forget\n");
        break;
    case EVENT_THREAD:
        printf("thread %u tid %" PRIu64 "\n", e->u.thread.thread, e->u.thread.tid);
        break;
    case EVENT_CODE:
        printf("code %u %.*s:%u %.*s units %u table %u\n", c->code, (int)c->file_n, e->bytes, c->first_line,
               (int)c->qualname_n, e->bytes + c->file_n + c->name_n, c->units, c->line_table_n);
        break;
    case EVENT_NODE:
        printf("node %u parent %u code %u offset %u\n", e->u.node.node, e->u.node.parent, e->u.node.code,
               e->u.node.offset);
        break;
    case EVENT_SAMPLE:
        printf("sample %" PRIu64 " thread %u weight %u node %u repeat %u span %u state %u quality %u\n",
               e->u.sample.time, e->u.sample.thread, e->u.sample.weight, e->u.sample.node, e->u.sample.repeat,
               e->u.sample.span, e->u.sample.state, e->u.sample.quality);
        break;
    case EVENT_TICKS:
        printf("ticks %" PRIu64 " state %u n %u span %u\n", e->u.ticks.time, e->u.ticks.state, e->u.ticks.ticks,
               e->u.ticks.span);
        break;
    case EVENT_LOST:
        printf("lost %" PRIu64 " thread %u ticks %u reason %u\n", e->u.lost.time, e->u.lost.thread, e->u.lost.ticks,
               e->u.lost.reason);
        break;
    case EVENT_GONE:
        printf("gone %" PRIu64 " executed %d\n", e->u.gone.time, e->u.gone.executed);
        break;
    }
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    struct err err = {0};
    _Atomic uint32_t next_image = 1;
    struct events *events = events_new(4 << 20, &err);
    const uint64_t period = (uint64_t)(1e9 / atof(argv[3]));
    struct sampler_options options = {
        .pid = atoi(argv[1]),
        .attached = true,
        .period_ns = period,
        .time_unit_ns = period / 16,
        .start_ns = now_ns(),
        .events = events,
        .next_image = &next_image,
    };
    struct sampler *s = events == NULL ? NULL : sampler_new(&options, &err);
    if (s == NULL || !sampler_start(s, &err)) {
        fprintf(stderr, "sample: %s\n", err.msg);
        return 1;
    }
    printf("begin %" PRIu64 " unit %" PRIu64 "\n", options.start_ns, options.time_unit_ns);
    struct sampler_stats stats;
    struct event e;
    const uint64_t until = now_ns() + (uint64_t)(atof(argv[2]) * 1e9);
    bool stopped = false;
    for (;;) {
        sampler_stats(s, &stats);
        if (!stopped && (now_ns() >= until || stats.phase == SAMPLER_GONE)) {
            sampler_stop(s);
            stopped = true;
        }
        bool any = false;
        while (events_next(events, &e)) {
            print(&e);
            events_done(events);
            any = true;
        }
        if (stopped && !any)
            break;
        (void)usleep(20000);
    }
    sampler_stats(s, &stats);
    fprintf(stderr,
            "ticks %" PRIu64 " wakes %" PRIu64 " read %" PRIu64 " exact %" PRIu64 " trimmed %" PRIu64 " failed %" PRIu64
            " repeated %" PRIu64 " lost %" PRIu64 " dropped %" PRIu64 " retries %" PRIu64 " samples %" PRIu64
            " threads %u phase %d %s\n",
            stats.ticks, stats.wakes, stats.read, stats.exact, stats.trimmed, stats.failed, stats.repeated,
            stats.lost_ticks, stats.dropped, stats.retries, stats.samples, stats.threads, (int)stats.phase,
            sampler_error(s).msg);
    sampler_free(s);
    events_free(events);
    return 0;
}
