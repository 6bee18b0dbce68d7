#include "config.h"

#include "src/heatmap/calls.h"

#include <stdlib.h>

/* A node that has a frame which was called by another one that was read. */
struct edge {
    struct call call;
    uint32_t node;
};

static int by_call(const void *a, const void *b)
{
    const struct edge *x = a, *y = b;
    if (x->call.spot != y->call.spot)
        return x->call.spot < y->call.spot ? -1 : 1;
    return (x->call.callee > y->call.callee) - (x->call.callee < y->call.callee);
}

bool calls_of(const struct profile *p, const struct frames *f, struct arena *arena, struct calls *c)
{
    const struct tree *t = &p->tree;
    struct edge *edges = calloc(t->n, sizeof *edges);
    *c = (struct calls){.of = arena_calloc(arena, t->n, sizeof *c->of)};
    uint32_t n = 0;
    for (uint32_t i = 0; edges != NULL && c->of != NULL && i < t->n; i++) {
        c->of[i] = FRAMES_NONE;
        uint32_t caller = f->frame[t->nodes[i].parent];
        if (f->spot[i] == FRAMES_NONE || caller == 0 || f->spots[f->spot[caller]].line == 0)
            continue;
        edges[n++] = (struct edge){{f->spot[caller], f->spots[f->spot[i]].function}, i};
    }
    if (n > 0)
        qsort(edges, n, sizeof *edges, by_call);
    c->items = arena_calloc(arena, n, sizeof *c->items);
    const bool ok = edges != NULL && c->of != NULL && c->items != NULL;
    for (uint32_t i = 0; ok && i < n; i++) {
        if (i == 0 || by_call(&edges[i - 1], &edges[i]) != 0)
            c->items[c->n++] = edges[i].call;
        c->of[edges[i].node] = c->n - 1;
    }
    free(edges);
    return ok;
}
