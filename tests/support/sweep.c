/* sweep: a recording cut and flipped at many positions; what is then read must be true, and no less than is promised.
 *
 * Usage: sweep EVERY RECORDING      exit 1 when anything does not hold
 *
 * Positions: every byte of the first and of the last EDGE bytes, those around each border between frames, and one in
 * EVERY elsewhere; with EVERY 0 only some of each. At each the recording is cut, and a bit of the byte is turned over.
 * Then the rows of samples that are delivered must be rows of the whole recording, with their stacks by the names of
 * the code, in their order, each once; a cut costs no frame but the one that it goes through (pyrec.md §6.2), a flipped
 * bit no more than the rest of an epoch; and damage is said. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "formats/pyrec.h"
#include "formats/pyrec_frames.h"
#include "formats/pyrec_write.h"
#include "src/base/array.h"
#include "tests/formats/dump.h"
#include "tests/formats/hex.h"

enum { EDGE = 64 << 10, BORDER = 64, FEW = 61 /* one position in so many, where only some are asked for */ };

static void must(bool ok)
{
    if (!ok)
        abort();
}

static uint64_t mix(uint64_t a, uint64_t b)
{
    uint64_t h = (a ^ (b + 0x9e3779b97f4a7c15u)) * 0xff51afd7ed558ccdu;
    return h ^ h >> 32;
}

/* --- what is delivered ---------------------------------------------------------------------------------------------*/

struct process {
    uint64_t *nodes; /* owned; by number, from 1: a hash of the whole stack */
    uint32_t cap;
};

/* Rows as hashes. Those of the whole recording are gathered; those of a damaged one have to come in their order. */
struct rows {
    uint64_t *all; /* owned */
    uint32_t n, cap;
};

struct reading {
    struct rows *rows;
    bool gathers;
    uint32_t at;     /* of rows: those before it were delivered, or are lost */
    uint64_t *codes; /* owned; by number: their hashes; 0: not defined */
    uint32_t n_codes, cap_codes;
    struct process *processes; /* owned; by number */
    uint32_t n_processes, cap_processes;
    uint64_t weight, wrong, texts; /* texts: of all pieces of sources, whatever their order */
    uint32_t damages;
};

static bool on_epoch(void *self, struct err *err)
{
    struct reading *r = self;
    (void)err;
    for (uint32_t i = 0; i < r->n_codes; i++)
        r->codes[i] = 0;
    return true;
}

static bool on_code(void *self, const struct rec_code *code, struct err *err)
{
    struct reading *r = self;
    if (!array_reserve(&r->codes, &r->cap_codes, (uint64_t)code->id + 1, sizeof *r->codes, err))
        return false;
    while (r->n_codes <= code->id)
        r->codes[r->n_codes++] = 0;
    memcpy(&r->codes[code->id], code->hash, sizeof *r->codes); /* names, file and lines are in it */
    return true;
}

static struct process *process_of(struct reading *r, uint32_t id)
{
    struct err err = {0};
    must(array_reserve(&r->processes, &r->cap_processes, (uint64_t)id + 1, sizeof *r->processes, &err));
    while (r->n_processes <= id)
        r->processes[r->n_processes++] = (struct process){0};
    return &r->processes[id];
}

static bool on_nodes(void *self, const struct rec_nodes *nodes, struct err *err)
{
    struct reading *r = self;
    struct process *p = process_of(r, nodes->process);
    const uint64_t until = (uint64_t)nodes->first + nodes->n;
    if (!array_reserve(&p->nodes, &p->cap, until, sizeof *p->nodes, err))
        return false;
    for (uint32_t i = 0; i < nodes->n; i++) {
        const uint32_t code = nodes->code[i], parent = nodes->parent[i];
        const uint64_t below = parent == 0 ? 1 : p->nodes[parent];
        p->nodes[nodes->first + i] =
            mix(mix(below, code < r->n_codes && r->codes[code] != 0 ? r->codes[code] : code), nodes->offset[i]);
    }
    return true;
}

static bool is_next(struct reading *r, uint64_t row)
{
    while (r->at < r->rows->n && r->rows->all[r->at] != row)
        r->at++;
    return r->at < r->rows->n && r->rows->all[r->at++] == row;
}

static bool on_samples(void *self, const struct rec_samples *s, struct err *err)
{
    struct reading *r = self;
    const struct process *p = process_of(r, s->process);
    for (uint32_t i = 0; i < s->n; i++) {
        uint64_t row = mix(s->process, s->thread[i]);
        row = mix(row, s->time[i]);
        row = mix(row, (uint64_t)s->weight[i] << 32 | s->repeat[i]);
        row = mix(row, (uint64_t)s->span[i] << 32 | (uint32_t)s->state[i] << 8 | s->quality[i]);
        row = mix(row, s->node[i] == 0 ? 0 : p->nodes[s->node[i]]);
        r->weight += (uint64_t)s->weight[i] * (1 + (uint64_t)s->repeat[i]);
        if (!r->gathers) {
            r->wrong += !is_next(r, row);
            continue;
        }
        if (!array_reserve(&r->rows->all, &r->rows->cap, (uint64_t)r->rows->n + 1, sizeof *r->rows->all, err))
            return false;
        r->rows->all[r->rows->n++] = row;
    }
    return true;
}

static bool on_source(void *self, const struct rec_source *source, struct err *err)
{
    struct reading *r = self;
    uint64_t hash[REC_HASH_SIZE / sizeof(uint64_t)];
    (void)err;
    pyrec_hash(source->bytes, (uint8_t *)hash);
    r->texts += mix(hash[0], source->offset);
    return true;
}

static bool on_damage(void *self, const struct damage *damage, struct err *err)
{
    (void)damage;
    (void)err;
    ((struct reading *)self)->damages++;
    return true;
}

/* Whether it was read; weight, wrong and damages are of this run. */
static bool read_all(struct reading *r, struct slice bytes)
{
    const struct sink sink = {.self = r,
                              .epoch = on_epoch,
                              .code = on_code,
                              .nodes = on_nodes,
                              .samples = on_samples,
                              .source = on_source,
                              .damage = on_damage};
    struct format_input in = memory_input(&bytes);
    struct err err = {0};
    r->at = 0;
    r->weight = r->wrong = r->texts = r->damages = 0;
    (void)on_epoch(r, &err);
    return format_pyrec.read(&in, &sink, &err);
}

/* --- frames --------------------------------------------------------------------------------------------------------*/

struct frame {
    uint64_t begin, end;
    uint64_t before;        /* weight of the frames before it */
    uint64_t rest_of_epoch; /* weight from here to the end of its epoch */
    uint32_t epoch;
};

struct frames {
    struct frame *items; /* owned */
    uint32_t n, cap;
};

static void find_frames(struct frames *frames, struct slice bytes)
{
    struct format_input in = memory_input(&bytes);
    struct pyrec_frames f;
    struct pyrec_frame frame;
    struct err err = {0};
    uint64_t weight = 0;
    must(pyrec_frames_init(&f, &in, &err));
    for (uint64_t at = 0; at < bytes.n; at += frame.size) {
        must(pyrec_frames_open(&f, at, &frame, &err) == FRAME_OK);
        must(array_reserve(&frames->items, &frames->cap, (uint64_t)frames->n + 1, sizeof *frames->items, &err));
        frames->items[frames->n++] = (struct frame){at, at + frame.size, weight, frame.head.weight, frame.head.epoch};
        weight += frame.head.weight;
    }
    uint64_t rest = 0;
    uint32_t epoch = 0;
    for (uint32_t i = frames->n; i-- > 0;) {
        struct frame *one = &frames->items[i];
        if (one->epoch == 0)
            continue; /* a text between frames of an epoch */
        rest = one->epoch == epoch ? rest + one->rest_of_epoch : one->rest_of_epoch;
        epoch = one->epoch;
        one->rest_of_epoch = rest;
    }
    pyrec_frames_fini(&f);
}

static const struct frame *frame_at(const struct frames *frames, uint64_t position)
{
    uint32_t i = 0;
    while (frames->items[i].end <= position)
        i++;
    return &frames->items[i];
}

/* --- the sweep -----------------------------------------------------------------------------------------------------*/

static uint64_t failures;

static void expect(bool ok, const char *what, uint64_t position, const struct reading *r)
{
    if (!ok && failures++ < 20)
        (void)fprintf(stderr, "%s at %" PRIu64 ": weight %" PRIu64 ", %" PRIu64 " wrong rows, %u damages\n", what,
                      position, r->weight, r->wrong, r->damages);
}

static void cut(struct reading *r, const struct frames *frames, struct slice whole, uint64_t position)
{
    const bool ok = read_all(r, slice_of(whole.p, position));
    const struct frame *frame = frame_at(frames, position);
    const uint64_t promised = frame->before;
    if (position < frames->items[0].end) { /* nothing is known of it: it may be refused */
        expect(r->weight == 0, "cut in the first frame", position, r);
        return;
    }
    expect(ok && r->wrong == 0, "cut: wrong rows", position, r);
    expect(r->weight == promised, "cut: not all that came before", position, r);
    expect(r->damages > 0 || frame == &frames->items[frames->n - 1], "cut: not said", position, r);
}

static void flip(struct reading *r, const struct frames *frames, struct slice whole, uint8_t *copy, uint64_t position,
                 uint64_t total, uint64_t texts)
{
    const struct frame *frame = frame_at(frames, position);
    copy[position] ^= (uint8_t)(1u << position % 8);
    const bool ok = read_all(r, slice_of(copy, whole.n));
    copy[position] = whole.p[position];
    expect(ok && r->wrong == 0, "flipped: wrong rows", position, r);
    expect(r->weight <= total && r->weight >= total - frame->rest_of_epoch, "flipped: less than is promised", position,
           r);
    /* A compressor leaves bits that mean nothing. */
    expect(r->damages > 0 || (r->weight == total && r->texts == texts), "flipped: not said", position, r);
}

static bool is_wanted(const struct frames *frames, uint64_t n, uint64_t every, uint64_t position)
{
    const struct frame *frame = frame_at(frames, position);
    const bool edge = position < EDGE || position + EDGE >= n;
    const bool border = position - frame->begin < BORDER || frame->end - position <= BORDER;
    if (every == 0)
        return position % (edge || border ? FEW : 64 * FEW) == 0 || position == frame->begin;
    return edge || border || position % every == 0;
}

static void sweep(const char *name, struct slice whole, uint64_t every)
{
    struct rows rows = {0};
    struct reading r = {.rows = &rows, .gathers = true};
    struct frames frames = {0};
    uint64_t positions = 0, least = UINT64_MAX;
    const clock_t began = clock();
    must(read_all(&r, whole));
    must(r.damages == 0 && rows.n > 0);
    const uint64_t total = r.weight, texts = r.texts;
    uint8_t *copy = malloc(whole.n);
    must(copy != NULL);
    memcpy(copy, whole.p, whole.n);
    r.gathers = false;
    find_frames(&frames, whole);
    for (uint64_t i = 0; i < whole.n; i++) {
        if (!is_wanted(&frames, whole.n, every, i))
            continue;
        positions++;
        cut(&r, &frames, whole, i);
        flip(&r, &frames, whole, copy, i, total, texts);
        least = r.weight < least ? r.weight : least;
    }
    (void)printf("%s: %zu bytes, %u frames, %u rows; cut and flipped at %" PRIu64
                 " positions; after a flip at least %.2f %% was there; %.0f s\n",
                 name, whole.n, frames.n, rows.n, positions, 100 * (double)least / (double)total,
                 (double)(clock() - began) / CLOCKS_PER_SEC);
    for (uint32_t i = 0; i < r.n_processes; i++)
        free(r.processes[i].nodes);
    free(r.processes);
    free(r.codes);
    free(rows.all);
    free(frames.items);
    free(copy);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        (void)fputs("usage: sweep EVERY RECORDING\n", stderr);
        return 2;
    }
    struct buf bytes = {0};
    struct err err = {0};
    if (!hex_load(argv[2], &bytes, &err)) {
        (void)fprintf(stderr, "%s\n", err.msg);
        return 2;
    }
    sweep(argv[2], buf_view(&bytes), strtoull(argv[1], NULL, 10));
    buf_fini(&bytes);
    return failures == 0 ? 0 : 1;
}
