#include "config.h"

#include "tests/support/fake.h"

#include <stdio.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { FILES = 7, THREADS = 3, LINES = 12, CO_GENERATOR = 0x20 };

struct fake {
    const struct fake_options *o;
    const struct sink *sink;
    uint64_t random;
    struct err err;
};

static uint32_t below(struct fake *f, uint32_t n)
{
    f->random = f->random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((f->random >> 33) % n);
}

static void need(const struct fake *f, bool ok)
{
    if (!ok) {
        (void)fprintf(stderr, "fake: %s\n", f->err.msg);
        abort();
    }
}

#define PUSH(f, what, item) need((f), (f)->sink->what == NULL || (f)->sink->what((f)->sink->self, (item), &(f)->err))

static void hash_of(const char *what, uint32_t n, uint8_t hash[REC_HASH_SIZE])
{
    char text[64];
    (void)snprintf(text, sizeof text, "%s %u", what, n);
    XXH128_canonical_t h;
    XXH128_canonicalFromHash(&h, XXH3_128bits(text, strlen(text)));
    memcpy(hash, h.digest, REC_HASH_SIZE);
}

static void push_process(struct fake *f, uint32_t id)
{
    struct rec_process process = {
        .id = id, .parent = id / 2, .pid = 100 + id, .python = 0x030d00f0, .cwd = SLICE("/app"), .root = SLICE("/")};
    PUSH(f, process, &process);
    const struct rec_root roots[] = {{id, REC_ROOT_STDLIB, false, SLICE("/lib/python3.13")},
                                     {id, REC_ROOT_SITE, false, SLICE("/lib/python3.13/site-packages")},
                                     {id, REC_ROOT_SCRIPT, false, SLICE("/app")}};
    for (int i = 0; i < 3; i++)
        PUSH(f, root, &roots[i]);
    for (uint32_t i = 1; i <= THREADS; i++) {
        struct rec_thread thread = {.process = id, .id = i, .tid = 1000 * id + i, .name = SLICE("worker")};
        PUSH(f, thread, &thread);
    }
}

/* Files and codes keep what they are over epochs, but not their numbers. */
static void push_codes(struct fake *f, uint32_t turn)
{
    static const char *const paths[FILES] = {
        "/app/main.py",
        "/app/pkg/__init__.py",
        "/app/pkg/deep/er.py",
        "/lib/python3.13/json/decoder.py",
        "/lib/python3.13/site-packages/six.py",
        "/elsewhere/x.py",
        "",
    };
    for (uint32_t i = 0; i < FILES; i++) {
        uint32_t which = (i + turn) % FILES;
        struct rec_file file = {.id = i + 1, .process = 1, .path = slice_str(paths[which]), .inode = which};
        file.name = which == FILES - 1 ? SLICE("<string>") : slice_str(paths[which] + 1);
        PUSH(f, file, &file);
    }
    for (uint32_t i = 0; i < f->o->codes; i++) {
        uint32_t which = (i + turn) % f->o->codes, file = which % FILES;
        /* Units 2k and 2k + 1 are line first + k; the last pair has no line of its own. */
        uint8_t table[3 * LINES];
        size_t n = 0;
        for (unsigned k = 0; k < LINES - 1; k++) {
            table[n++] = 0x80 | 11 << 3 | 1;
            table[n++] = (uint8_t)k;
            table[n++] = (uint8_t)(k + 4);
        }
        table[n++] = 0x80 | 15 << 3 | 1;
        char name[32];
        (void)snprintf(name, sizeof name, "f%u", which % 11);
        struct rec_code code = {.id = REC_CODE_FIRST + i,
                                .file = (file + FILES - turn % FILES) % FILES + 1,
                                .python = 0x030d,
                                .first_line = 1 + which % 3 * 5,
                                .flags = which % 4 == 0 ? CO_GENERATOR : 0,
                                .units = 2 * LINES,
                                .first_traceable = f->o->odd ? 3 : 0,
                                .name = slice_str(name),
                                .qualname = slice_str(name),
                                .line_table = slice_of(table, n)};
        hash_of("code", which, code.hash);
        PUSH(f, code, &code);
    }
}

static void push_nodes(struct fake *f, uint32_t process)
{
    uint32_t n = f->o->nodes;
    uint32_t *columns = calloc(3 * (size_t)n, sizeof *columns);
    need(f, columns != NULL);
    struct rec_nodes nodes = {process, 1, n, columns, columns + n, columns + 2 * (size_t)n};
    for (uint32_t i = 0; i < n; i++) {
        uint32_t recent = i < 20 ? 0 : i - 20;
        columns[i] = below(f, 8) == 0 ? below(f, i + 1) : recent + below(f, i - recent + 1);
        columns[n + i] = f->o->odd && below(f, 10) == 0 ? 1 + below(f, 4) : REC_CODE_FIRST + below(f, f->o->codes);
        columns[2 * n + i] = (f->o->odd ? 0 : 1) + below(f, 2 * LINES);
    }
    PUSH(f, nodes, &nodes);
    free(columns);
}

static void push_samples(struct fake *f, uint32_t process, uint64_t now)
{
    enum { ROWS = 100 };
    uint32_t thread[ROWS], weight[ROWS], node[ROWS], repeat[ROWS], span[ROWS];
    uint64_t time[ROWS];
    uint8_t state[ROWS], quality[ROWS];
    for (uint32_t done = 0; done < f->o->rows; done += ROWS) {
        uint32_t n = f->o->rows - done < ROWS ? f->o->rows - done : ROWS;
        for (uint32_t i = 0; i < n; i++) {
            thread[i] = 1 + below(f, THREADS);
            time[i] = now += below(f, 2000);
            weight[i] = 1 + (below(f, 5) == 0 ? below(f, 10) : 0);
            node[i] = below(f, f->o->nodes + 1);
            if (!f->o->odd && node[i] == 0)
                node[i] = 1;
            repeat[i] = below(f, 6) == 0 ? below(f, 100) : 0;
            span[i] = repeat[i] * 1000;
            state[i] = (uint8_t)below(f, REC_STATE_MAX + 1);
            quality[i] = f->o->odd && below(f, 7) == 0 ? REC_TRIMMED : REC_EXACT;
        }
        struct rec_samples samples = {process, n, thread, time, weight, node, state, quality, repeat, span};
        PUSH(f, samples, &samples);
        uint8_t tick_state[] = {(uint8_t)below(f, REC_TICK_STATES), (uint8_t)below(f, REC_TICK_STATES)};
        uint32_t ticks[] = {1 + below(f, 500), 1}, spans[] = {below(f, 500000), 0};
        uint64_t times[] = {now, now};
        struct rec_ticks runs = {process, 2, tick_state, ticks, times, spans};
        PUSH(f, ticks, &runs);
        uint8_t reason[] = {(uint8_t)(1 + below(f, 4))};
        struct rec_losses losses = {process, 1, thread, &now, ticks, reason};
        PUSH(f, losses, &losses);
    }
}

void fake_push(const struct fake_options *options, const struct sink *sink)
{
    struct fake f = {.o = options, .sink = sink, .random = options->seed * 7919u + 1};
    struct rec_header header = {
        .recorder = SLICE("fake 1"), .period_ns = 1000000, .time_unit_ns = 1000, .started_ns = 1700000000000000000};
    PUSH(&f, header, &header);
    uint64_t now = 0;
    for (uint32_t epoch = 0; epoch < options->epochs; epoch++, now += 10000000) {
        need(&f, sink->epoch == NULL || sink->epoch(sink->self, &f.err));
        for (uint32_t i = 1; i <= options->processes; i++)
            push_process(&f, i);
        push_codes(&f, epoch);
        for (uint32_t i = 1; i <= options->processes; i++)
            push_nodes(&f, i);
        for (uint32_t i = 1; i <= options->processes; i++)
            push_samples(&f, i, now);
    }
    struct rec_end end = {.time = now, .reason = REC_END_EXIT};
    PUSH(&f, end, &end);
}
