#include "config.h"

#include "src/heatmap/count.h"

#include <stdlib.h>

/* Everything that is counted, numbered in one row: spots, functions, files, places, lines, expressions, calls. A thing
 * is touched through those that it holds: a spot touches its function, that its file, that its folders. */
struct things {
    uint32_t *holder; /* by thing; FRAMES_NONE: none */
    uint32_t *open;   /* by thing: how often the current path touches it */
    struct count *counts;
    uint32_t functions, files, places, lines, expressions, calls; /* where each kind begins */
    uint32_t n;
};

struct work {
    const struct profile *p;
    const struct frames *f;
    struct counts *c;
    struct arena scratch;
    struct things things;
    struct calls calls;
    uint32_t *first, *next; /* by node: its first child, its next sibling; 0: none */
};

static bool find_lines(struct work *w, struct arena *arena)
{
    const struct frames *f = w->f;
    w->c->line_of = arena_calloc(arena, f->n_spots, sizeof *w->c->line_of);
    if (w->c->line_of == NULL)
        return false;
    for (uint32_t i = 0; i < f->n_spots; i++) {
        if (i == 0 || f->spots[i - 1].file != f->spots[i].file || f->spots[i - 1].line != f->spots[i].line)
            w->c->n_lines++;
        w->c->line_of[i] = w->c->n_lines - 1;
    }
    return true;
}

static bool make_things(struct work *w, const struct places *places)
{
    const struct frames *f = w->f;
    struct things *t = &w->things;
    t->functions = f->n_spots;
    t->files = t->functions + f->n_functions;
    t->places = t->files + f->n_files;
    t->lines = t->places + places->n;
    t->expressions = t->lines + w->c->n_lines;
    t->calls = t->expressions + f->n_expressions;
    t->n = t->calls + w->calls.n;
    t->holder = arena_calloc(&w->scratch, t->n, sizeof *t->holder);
    t->open = arena_calloc(&w->scratch, t->n, sizeof *t->open);
    t->counts = arena_calloc(&w->scratch, t->n, sizeof *t->counts);
    if (t->holder == NULL || t->open == NULL || t->counts == NULL)
        return false;
    memset(t->holder, 0xff, t->n * sizeof *t->holder);
    for (uint32_t i = 0; i < f->n_spots; i++)
        t->holder[i] = t->functions + f->spots[i].function;
    for (uint32_t i = 0; i < f->n_functions; i++)
        t->holder[t->functions + i] = t->files + f->functions[i].file;
    for (uint32_t i = 0; i < f->n_files; i++)
        t->holder[t->files + i] = t->places + places->folder_of[i];
    for (uint32_t i = 0; i < places->n; i++) {
        if (places->items[i].parent != MODEL_NONE)
            t->holder[t->places + i] = t->places + places->items[i].parent;
    }
    return true;
}

static void count_self(struct work *w)
{
    const struct frames *f = w->f;
    struct things *t = &w->things;
    for (uint32_t i = 1; i < w->p->tree.n; i++) {
        const struct tree_weight *weight = &w->p->tree.weights[i];
        uint32_t frame = f->frame[i];
        uint64_t self = weight->all - weight->trimmed; /* a trimmed sample's leaf was not read: nobody pays for it */
        if (self == 0 || frame == 0 || f->spots[f->spot[frame]].line == 0)
            continue;
        uint32_t spot = f->spot[frame];
        w->c->attributed += self;
        t->counts[t->lines + w->c->line_of[spot]].self += self;
        if (f->expression[frame] != FRAMES_NONE)
            t->counts[t->expressions + f->expression[frame]].self += self;
        for (uint32_t thing = spot; thing != FRAMES_NONE; thing = t->holder[thing])
            t->counts[thing].self += self;
    }
}

static void enter(struct things *t, uint32_t thing, uint64_t weight)
{
    for (; thing != FRAMES_NONE && t->open[thing]++ == 0; thing = t->holder[thing])
        t->counts[thing].total += weight;
}

static void leave(struct things *t, uint32_t thing)
{
    while (thing != FRAMES_NONE && --t->open[thing] == 0)
        thing = t->holder[thing];
}

static void enter_node(struct work *w, uint32_t node)
{
    uint32_t spot = w->f->spot[node];
    if (spot == FRAMES_NONE)
        return;
    uint64_t weight = w->f->weight[node];
    enter(&w->things, spot, weight);
    enter(&w->things, w->things.lines + w->c->line_of[spot], weight);
    if (w->f->expression[node] != FRAMES_NONE)
        enter(&w->things, w->things.expressions + w->f->expression[node], weight);
    if (w->calls.of[node] != FRAMES_NONE)
        enter(&w->things, w->things.calls + w->calls.of[node], weight);
}

static void leave_node(struct work *w, uint32_t node)
{
    uint32_t spot = w->f->spot[node];
    if (spot == FRAMES_NONE)
        return;
    leave(&w->things, spot);
    leave(&w->things, w->things.lines + w->c->line_of[spot]);
    if (w->f->expression[node] != FRAMES_NONE)
        leave(&w->things, w->things.expressions + w->f->expression[node]);
    if (w->calls.of[node] != FRAMES_NONE)
        leave(&w->things, w->things.calls + w->calls.of[node]);
}

static bool link_children(struct work *w)
{
    const struct tree *t = &w->p->tree;
    w->first = arena_calloc(&w->scratch, t->n, sizeof *w->first);
    w->next = arena_calloc(&w->scratch, t->n, sizeof *w->next);
    if (w->first == NULL || w->next == NULL)
        return false;
    for (uint32_t i = t->n; i-- > 1;) {
        uint32_t parent = t->nodes[i].parent;
        w->next[i] = w->first[parent];
        w->first[parent] = i;
    }
    return true;
}

/* Depth first, without recursion: stacks may be as deep as a recording likes. */
static void walk(struct work *w)
{
    const struct tree *t = &w->p->tree;
    uint32_t node = w->first[0];
    while (node != 0) {
        enter_node(w, node);
        if (w->first[node] != 0) {
            node = w->first[node];
            continue;
        }
        leave_node(w, node);
        while (node != 0 && w->next[node] == 0) {
            node = t->nodes[node].parent;
            leave_node(w, node);
        }
        node = w->next[node];
    }
}

static struct count *take(struct arena *arena, const struct things *t, uint32_t begin, uint32_t n)
{
    struct count *p = arena_calloc(arena, n, sizeof *p);
    if (p != NULL && n > 0)
        memcpy(p, t->counts + begin, n * sizeof *p);
    return p;
}

static bool take_counts(struct work *w, struct places *places, struct arena *arena)
{
    const struct things *t = &w->things;
    struct counts *c = w->c;
    for (uint32_t i = 0; i < places->n; i++) {
        struct model_place *shown = &places->items[i].shown;
        uint32_t thing = shown->kind == PLACE_FILE ? t->files + shown->file : t->places + i;
        shown->self = t->counts[thing].self;
        shown->total = t->counts[thing].total;
    }
    c->calls = arena_calloc(arena, w->calls.n, sizeof *c->calls);
    for (; c->calls != NULL && c->n_calls < w->calls.n; c->n_calls++) {
        const struct call *call = &w->calls.items[c->n_calls];
        c->calls[c->n_calls] = (struct count_call){call->spot, call->callee, t->counts[t->calls + c->n_calls].total};
    }
    c->spots = take(arena, t, 0, w->f->n_spots);
    c->functions = take(arena, t, t->functions, w->f->n_functions);
    c->files = take(arena, t, t->files, w->f->n_files);
    c->lines = take(arena, t, t->lines, c->n_lines);
    c->expressions = take(arena, t, t->expressions, w->f->n_expressions);
    return c->calls != NULL && c->spots != NULL && c->functions != NULL && c->files != NULL && c->lines != NULL &&
           c->expressions != NULL;
}

bool counts_of(const struct profile *p, const struct frames *f, struct places *places, struct arena *arena,
               struct counts *c, struct err *err)
{
    struct work w = {.p = p, .f = f, .c = c};
    *c = (struct counts){0};
    bool ok =
        calls_of(p, f, &w.scratch, &w.calls) && find_lines(&w, arena) && make_things(&w, places) && link_children(&w);
    if (ok) {
        count_self(&w);
        walk(&w);
        ok = take_counts(&w, places, arena);
    }
    arena_fini(&w.scratch);
    return ok || err_nomem(err);
}
