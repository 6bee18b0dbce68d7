#include "config.h"

#include "src/record/blocks.h"

#include "formats/pyrec.h"

#include <stdlib.h>

#define ROWS PYREC_MAX_ROWS

struct blocks {
    struct pyrec_write *write; /* borrowed */
    uint32_t process;
    struct {
        uint32_t n, first;
        uint32_t parent[ROWS], code[ROWS], offset[ROWS];
    } nodes;
    struct {
        uint32_t n;
        uint64_t time[ROWS];
        uint32_t thread[ROWS], weight[ROWS], node[ROWS], repeat[ROWS], span[ROWS];
        uint8_t state[ROWS], quality[ROWS];
    } samples;
    struct {
        uint32_t n;
        uint64_t time[ROWS];
        uint32_t ticks[ROWS], span[ROWS];
        uint8_t state[ROWS];
    } ticks;
    struct {
        uint32_t n;
        uint64_t time[ROWS];
        uint32_t thread[ROWS], ticks[ROWS];
        uint8_t reason[ROWS];
    } losses;
};

struct blocks *blocks_new(struct pyrec_write *write, uint32_t process, struct err *err)
{
    struct blocks *b = calloc(1, sizeof *b); /* of a few MB, most of which is never touched */
    if (b == NULL) {
        err_nomem(err);
        return NULL;
    }
    b->write = write;
    b->process = process;
    return b;
}

void blocks_free(struct blocks *b)
{
    free(b);
}

static bool flush_nodes(struct blocks *b, struct err *err)
{
    struct rec_nodes rec = {.process = b->process,
                            .first = b->nodes.first,
                            .n = b->nodes.n,
                            .parent = b->nodes.parent,
                            .code = b->nodes.code,
                            .offset = b->nodes.offset};
    b->nodes.n = 0;
    return rec.n == 0 || pyrec_write_nodes(b->write, &rec, err);
}

static bool flush_samples(struct blocks *b, struct err *err)
{
    struct rec_samples rec = {.process = b->process,
                              .n = b->samples.n,
                              .thread = b->samples.thread,
                              .time = b->samples.time,
                              .weight = b->samples.weight,
                              .node = b->samples.node,
                              .state = b->samples.state,
                              .quality = b->samples.quality,
                              .repeat = b->samples.repeat,
                              .span = b->samples.span};
    b->samples.n = 0;
    return flush_nodes(b, err) && (rec.n == 0 || pyrec_write_samples(b->write, &rec, err));
}

static bool flush_ticks(struct blocks *b, struct err *err)
{
    struct rec_ticks rec = {.process = b->process,
                            .n = b->ticks.n,
                            .state = b->ticks.state,
                            .ticks = b->ticks.ticks,
                            .time = b->ticks.time,
                            .span = b->ticks.span};
    b->ticks.n = 0;
    return rec.n == 0 || pyrec_write_ticks(b->write, &rec, err);
}

static bool flush_losses(struct blocks *b, struct err *err)
{
    struct rec_losses rec = {.process = b->process,
                             .n = b->losses.n,
                             .thread = b->losses.thread,
                             .time = b->losses.time,
                             .ticks = b->losses.ticks,
                             .reason = b->losses.reason};
    b->losses.n = 0;
    return rec.n == 0 || pyrec_write_losses(b->write, &rec, err);
}

bool blocks_flush(struct blocks *b, struct err *err)
{
    return flush_samples(b, err) && flush_ticks(b, err) && flush_losses(b, err);
}

bool blocks_node(struct blocks *b, const struct event_node *row, struct err *err)
{
    uint32_t i = b->nodes.n;
    if (i > 0 && (i == ROWS || row->node != b->nodes.first + i)) {
        if (!flush_nodes(b, err))
            return false;
        i = 0;
    }
    if (i == 0)
        b->nodes.first = row->node;
    b->nodes.parent[i] = row->parent;
    b->nodes.code[i] = row->code;
    b->nodes.offset[i] = row->offset;
    b->nodes.n = i + 1;
    return true;
}

bool blocks_sample(struct blocks *b, const struct event_sample *row, struct err *err)
{
    if (b->samples.n == ROWS && !flush_samples(b, err))
        return false;
    uint32_t i = b->samples.n++;
    b->samples.time[i] = row->time;
    b->samples.thread[i] = row->thread;
    b->samples.weight[i] = row->weight;
    b->samples.node[i] = row->node;
    b->samples.repeat[i] = row->repeat;
    b->samples.span[i] = row->span;
    b->samples.state[i] = row->state;
    b->samples.quality[i] = row->quality;
    return true;
}

bool blocks_ticks(struct blocks *b, const struct event_ticks *row, struct err *err)
{
    if (b->ticks.n == ROWS && !flush_ticks(b, err))
        return false;
    uint32_t i = b->ticks.n++;
    b->ticks.time[i] = row->time;
    b->ticks.ticks[i] = row->ticks;
    b->ticks.span[i] = row->span;
    b->ticks.state[i] = row->state;
    return true;
}

bool blocks_lost(struct blocks *b, const struct event_lost *row, struct err *err)
{
    if (b->losses.n == ROWS && !flush_losses(b, err))
        return false;
    uint32_t i = b->losses.n++;
    b->losses.time[i] = row->time;
    b->losses.thread[i] = row->thread;
    b->losses.ticks[i] = row->ticks;
    b->losses.reason[i] = row->reason;
    return true;
}
