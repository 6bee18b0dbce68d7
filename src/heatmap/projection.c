#include "config.h"

#include "src/heatmap/projection.h"

#include <stdlib.h>

#include "src/base/array.h"
#include "src/base/intern.h"

enum {
    GROUP_PARTS = 500000, /* of pages that are worked out together; one page may have more */
    MOST_PARTS = 1 << 27, /* of all pages */
};
/* Bytes of sets that may be put together: for the pages of a group, and in all. Stacks that go through a hundred
 * thousand lines, each on its own, are no program's. */
#define GROUP_BYTES (UINT64_C(256) << 20)
#define MOST_BYTES (UINT64_C(8) << 30)

/* The samples of a node that belong to one projected stack, of one file. */
struct part {
    uint32_t set;  /* of work.sets */
    uint32_t self; /* of frames.spots, plus 1; 0: none */
    uint32_t node;
    enum { PART_EXACT = 1, PART_TRIMMED = 2, PART_ALL = 3 } which;
};

/* What a file sees of the stack that is walked along. */
struct undo {
    uint32_t node, file, set;
};

struct projections_work {
    struct arena arena;
    uint64_t *file_parts; /* by file of the model: how many parts its projection is made of */

    uint32_t from, until;  /* files of the model: those that the parts below are of */
    struct part *parts_of; /* owned; by file */
    uint32_t n_parts, cap_parts;
    uint32_t *file_end; /* by file of the model: where its parts end. They begin where those of the one before end */
    struct intern sets; /* arrays of spots, then of calls, numbered after the spots */
    uint32_t *page_set; /* owned; by set: its number on the page that is being worked out, plus 1; 0: not seen yet */
    uint32_t cap_page_set;

    uint32_t *item_of; /* by item: of the page that is being worked out */
    uint32_t *current; /* by file: its set, plus 1; 0: the stack does not touch it */
    uint32_t *active;  /* the files that it touches */
    uint32_t n_active;
    struct undo *undo; /* owned */
    uint32_t n_undo, cap_undo;
    uint32_t *items; /* owned; scratch */
    uint32_t cap_items;

    uint64_t parts, group_bytes, bytes; /* what it took so far */
    struct arena page;                  /* of the last projection */
    const struct part *page_parts;
    struct sums sums;
};

static bool frames_in_all_states(struct projections *pr, struct err *err)
{
    struct projections_work *w = pr->work;
    const uint32_t nodes = pr->p->tree.n;
    uint64_t *weights = calloc(nodes, sizeof *weights);
    bool ok = weights != NULL || err_nomem(err);
    for (uint32_t i = 0; ok && i < pr->cells.n; i++)
        weights[cell_node(pr->cells.cells[i].key)] += pr->cells.cells[i].weight;
    ok = ok && frames_of(pr->p, weights, &w->arena, &pr->frames, err) &&
         (calls_of(pr->p, &pr->frames, &w->arena, &pr->calls) || err_nomem(err));
    free(weights);
    return ok;
}

/* --- walking
 * --------------------------------------------------------------------------------------------------------*/

bool projection_has_self(const struct projections *pr, uint32_t node)
{
    const uint32_t frame = pr->frames.frame[node];
    return frame != 0 && pr->frames.spots[pr->frames.spot[frame]].line != 0;
}

/* set: plus 1. */
static bool see(struct projections_work *w, uint32_t node, uint32_t file, uint32_t set, struct err *err)
{
    if (w->current[file] == set)
        return true;
    if (!array_reserve(&w->undo, &w->cap_undo, (uint64_t)w->n_undo + 1, sizeof *w->undo, err))
        return false;
    w->undo[w->n_undo++] = (struct undo){node, file, w->current[file]};
    if (w->current[file] == 0)
        w->active[w->n_active++] = file;
    w->current[file] = set;
    return true;
}

/* One more item in what a file sees. */
static bool see_item(struct projections *pr, uint32_t node, uint32_t file_of_frames, uint32_t item, struct err *err)
{
    struct projections_work *w = pr->work;
    const uint32_t file = pr->file_of[file_of_frames];
    if (file == MODEL_NONE)
        return true;
    if (file < w->from || file >= w->until)
        return see(w, node, file, 1, err); /* it is enough to know that */
    const struct slice old = w->current[file] == 0 ? SLICE("") : intern_get(&w->sets, w->current[file] - 1);
    const uint32_t n = (uint32_t)(old.n / sizeof item);
    if (!array_reserve(&w->items, &w->cap_items, (uint64_t)n + 1, sizeof *w->items, err))
        return false;
    if (n > 0)
        memcpy(w->items, old.p, old.n);
    uint32_t at = n;
    while (at > 0 && w->items[at - 1] > item)
        at--;
    if (at > 0 && w->items[at - 1] == item)
        return true;
    w->group_bytes += (n + 1) * sizeof item;
    if (w->group_bytes > GROUP_BYTES)
        return true;
    memmove(w->items + at + 1, w->items + at, (n - at) * sizeof *w->items);
    w->items[at] = item;
    uint32_t set;
    return intern_put(&w->sets, slice_of(w->items, (n + 1) * sizeof *w->items), &set, NULL, err) &&
           see(w, node, file, set + 1, err);
}

static bool enter(struct projections *pr, uint32_t node, struct err *err)
{
    const struct frames *f = &pr->frames;
    const uint32_t spot = f->spot[node], number = pr->calls.of[node];
    if (spot == FRAMES_NONE)
        return true;
    if (!see_item(pr, node, f->spots[spot].file, spot, err))
        return false;
    if (number == FRAMES_NONE)
        return true;
    const uint32_t caller = f->spots[pr->calls.items[number].spot].file;
    return see_item(pr, node, f->spots[spot].file, f->n_spots + number, err) &&
           (caller == f->spots[spot].file || see_item(pr, node, caller, f->n_spots + number, err));
}

static void leave(struct projections_work *w, uint32_t node)
{
    while (w->n_undo > 0 && w->undo[w->n_undo - 1].node == node) {
        const struct undo *u = &w->undo[--w->n_undo];
        w->current[u->file] = u->set;
        w->n_active -= u->set == 0;
    }
}

/* There is room: file_parts were counted in a walk before. */
static void add_part(struct projections_work *w, uint32_t file, struct part part)
{
    w->parts_of[w->file_end[file]++] = part;
}

/* The samples that ended in this node, for every file of the group that their stack touches. */
static void add_parts(struct projections *pr, uint32_t node)
{
    struct projections_work *w = pr->work;
    const uint32_t spot = projection_has_self(pr, node) ? pr->frames.spot[pr->frames.frame[node]] : FRAMES_NONE;
    const uint32_t self_file = spot == FRAMES_NONE ? MODEL_NONE : pr->file_of[pr->frames.spots[spot].file];
    bool exact = false, trimmed = false;
    const struct node_range *r = &pr->cells.of[node];
    for (uint32_t i = r->begin; i < r->own && !(exact && trimmed); i++) {
        trimmed = trimmed || cell_trimmed(pr->cells.cells[i].key);
        exact = exact || !cell_trimmed(pr->cells.cells[i].key);
    }
    w->parts += w->n_active;
    for (uint32_t i = 0; i < w->n_active && (exact || trimmed); i++) {
        const uint32_t file = w->active[i];
        struct part part = {w->current[file] - 1, 0, node, PART_ALL};
        if (w->from == w->until)
            w->file_parts[file] += file == self_file && exact && trimmed ? 2 : 1;
        if (file < w->from || file >= w->until)
            continue;
        if (file == self_file && trimmed) {
            part.which = PART_TRIMMED; /* its self is nobody's */
            add_part(w, file, part);
        }
        if (file == self_file) {
            part.which = PART_EXACT;
            part.self = spot + 1;
        }
        if (file != self_file || exact)
            add_part(w, file, part);
    }
}

/* Depth first, without recursion: stacks may be as deep as a recording likes. */
static bool walk(struct projections *pr, struct err *err)
{
    struct projections_work *w = pr->work;
    uint32_t node = pr->cells.child[0];
    w->n_active = w->n_undo = 0;
    while (node != 0 && w->group_bytes <= GROUP_BYTES && w->parts <= MOST_PARTS) {
        if (!enter(pr, node, err))
            return false;
        add_parts(pr, node);
        const uint32_t next = nodecells_next(&pr->cells, &pr->p->tree, node, true);
        for (; node != pr->p->tree.nodes[next].parent; node = pr->p->tree.nodes[node].parent)
            leave(w, node);
        node = next;
    }
    while (w->n_undo > 0) /* where it gave up */
        leave(w, w->undo[w->n_undo - 1].node);
    return true;
}

static bool walk_group(struct projections *pr, struct err *err)
{
    struct projections_work *w = pr->work;
    w->parts = w->group_bytes = 0;
    w->n_parts = 0;
    for (uint32_t file = w->from; file < w->until; file++) {
        w->file_end[file] = w->n_parts; /* and goes on from there */
        w->n_parts += (uint32_t)w->file_parts[file];
    }
    intern_fini(&w->sets);
    w->sets = (struct intern){0};
    const bool ok = array_reserve(&w->parts_of, &w->cap_parts, w->n_parts, sizeof *w->parts_of, err) && walk(pr, err);
    w->bytes += w->group_bytes;
    return ok;
}

/* The parts of this file, and of as many after it as may be worked out at once. */
static bool make_group(struct projections *pr, uint32_t file, struct err *err)
{
    struct projections_work *w = pr->work;
    uint64_t parts = w->file_parts[file];
    w->from = file;
    w->until = file + 1;
    while (w->until < pr->m->n_files && parts + w->file_parts[w->until] <= GROUP_PARTS)
        parts += w->file_parts[w->until++];
    if (!walk_group(pr, err))
        return false;
    if (w->group_bytes > GROUP_BYTES && w->until > file + 1) {
        w->until = file + 1;
        if (!walk_group(pr, err))
            return false;
    }
    return true;
}

static bool map_files(struct projections *pr)
{
    struct projections_work *w = pr->work;
    uint32_t *of = calloc(pr->p->n_files + 1u, sizeof *of);
    pr->file_of = arena_calloc(&w->arena, pr->frames.n_files, sizeof *pr->file_of);
    w->file_parts = arena_calloc(&w->arena, pr->m->n_files, sizeof *w->file_parts);
    w->file_end = arena_calloc(&w->arena, pr->m->n_files, sizeof *w->file_end);
    w->current = arena_calloc(&w->arena, pr->m->n_files, sizeof *w->current);
    w->active = arena_calloc(&w->arena, pr->m->n_files, sizeof *w->active);
    w->item_of = arena_calloc(&w->arena, (size_t)pr->frames.n_spots + pr->calls.n, sizeof *w->item_of);
    const bool ok = w->item_of != NULL && of != NULL && pr->file_of != NULL && w->file_parts != NULL &&
                    w->file_end != NULL && w->current != NULL && w->active != NULL;
    for (uint32_t i = 0; ok && i < pr->m->n_files; i++)
        of[pr->m->files[i].profile_file] = i + 1;
    for (uint32_t i = 0; ok && i < pr->frames.n_files; i++)
        pr->file_of[i] = of[pr->frames.files[i]] == 0 ? MODEL_NONE : of[pr->frames.files[i]] - 1;
    free(of);
    return ok;
}

struct projections *projections_new(struct profile *p, const struct model *m, struct err *err)
{
    struct projections *pr = calloc(1, sizeof *pr);
    struct projections_work *w = calloc(1, sizeof *w);
    if (pr == NULL || w == NULL) {
        free(pr);
        free(w);
        (void)err_nomem(err);
        return NULL;
    }
    *pr = (struct projections){.p = p, .m = m, .work = w};
    sums_init(&w->sums);
    const bool ok = nodecells_take(&pr->cells, p, &w->arena, err) && frames_in_all_states(pr, err) &&
                    (map_files(pr) || err_nomem(err)) && walk(pr, err);
    pr->too_many = w->parts > MOST_PARTS;
    if (ok)
        return pr;
    projections_free(pr);
    return NULL;
}

void projections_free(struct projections *pr)
{
    if (pr == NULL)
        return;
    struct projections_work *w = pr->work;
    nodecells_fini(&pr->cells);
    free(w->parts_of);
    free(w->page_set);
    free(w->undo);
    free(w->items);
    sums_fini(&w->sums);
    intern_fini(&w->sets);
    arena_fini(&w->page);
    arena_fini(&w->arena);
    free(w);
    free(pr);
}

/* --- of one page
 * ----------------------------------------------------------------------------------------------------*/

struct set {
    uint32_t id; /* of work.sets */
    const uint32_t *items;
    uint32_t n;
};

static int by_items(const void *a, const void *b)
{
    const struct set *x = a, *y = b;
    for (uint32_t i = 0; i < x->n && i < y->n; i++) {
        if (x->items[i] != y->items[i])
            return x->items[i] < y->items[i] ? -1 : 1;
    }
    return (x->n > y->n) - (x->n < y->n);
}

/* The different sets of some parts; work.page_set knows which they are. */
static struct set *sets_of(struct projections *pr, const struct part *parts, uint32_t n, bool with_calls,
                           struct arena *arena, uint32_t *n_sets)
{
    struct set *sets = arena_calloc(arena, n, sizeof *sets);
    for (uint32_t i = 0; sets != NULL && i < n; i++) {
        if (pr->work->page_set[parts[i].set]++ > 0)
            continue;
        const struct slice s = intern_get(&pr->work->sets, parts[i].set);
        struct set *set = &sets[(*n_sets)++];
        *set = (struct set){parts[i].set, (const uint32_t *)(const void *)s.p, (uint32_t)(s.n / sizeof(uint32_t))};
        while (!with_calls && set->n > 0 && set->items[set->n - 1] >= pr->frames.n_spots)
            set->n--;
    }
    if (*n_sets > 1)
        qsort(sets, *n_sets, sizeof *sets, by_items);
    return sets;
}

/* The items of all sets become those of the page: spots, then calls. */
static bool number_items(struct projections *pr, struct projection *out, uint32_t n_items)
{
    struct projections_work *w = pr->work;
    uint32_t *all = arena_calloc(&w->page, n_items, sizeof *all), n = 0;
    if (all == NULL)
        return false;
    for (uint32_t i = 0; i < n_items; i++) {
        if (w->item_of[out->set_items[i]]++ == 0)
            all[n++] = out->set_items[i];
    }
    array_sort_numbers(all, n);
    for (uint32_t i = 0; i < n; i++)
        w->item_of[all[i]] = i;
    for (uint32_t i = 0; i < n_items; i++)
        out->set_items[i] = w->item_of[out->set_items[i]];
    out->spots = all;
    while (out->n_spots < n && all[out->n_spots] < pr->frames.n_spots)
        out->n_spots++;
    out->calls = all + out->n_spots;
    out->n_calls = n - out->n_spots;
    for (uint32_t i = 0; i < out->n_calls; i++)
        out->calls[i] -= pr->frames.n_spots;
    return true;
}

/* For the next page. */
static void forget_items(struct projections *pr, const struct projection *out)
{
    for (uint32_t i = 0; i < out->n_spots; i++)
        pr->work->item_of[out->spots[i]] = 0;
    for (uint32_t i = 0; i < out->n_calls; i++)
        pr->work->item_of[out->calls[i] + pr->frames.n_spots] = 0;
}

static int by_self(const void *a, const void *b)
{
    const struct part *x = a, *y = b;
    return (x->self > y->self) - (x->self < y->self);
}

/* By set, then self. */
static struct part *sorted(const struct part *parts, uint32_t n, uint32_t n_sets, struct arena *arena)
{
    struct part *by_set = arena_calloc(arena, n, sizeof *by_set);
    uint32_t *end = arena_calloc(arena, (size_t)n_sets + 1, sizeof *end); /* of what there is of each set so far */
    if (by_set == NULL || end == NULL)
        return NULL;
    for (uint32_t i = 0; i < n; i++)
        end[parts[i].set + 1]++;
    for (uint32_t i = 1; i < n_sets; i++)
        end[i] += end[i - 1];
    for (uint32_t i = 0; i < n; i++)
        by_set[end[parts[i].set]++] = parts[i];
    for (uint32_t i = 0, first = 0; i < n_sets; first = end[i++]) {
        if (end[i] - first > 1)
            qsort(by_set + first, end[i] - first, sizeof *by_set, by_self);
    }
    return by_set;
}

static bool fill_sets(struct projections *pr, struct part *parts, uint32_t n, bool with_calls, struct projection *out)
{
    struct arena *arena = &pr->work->page;
    uint32_t n_sets = 0, n_items = 0;
    struct set *sets = sets_of(pr, parts, n, with_calls, arena, &n_sets);
    uint32_t *number = pr->work->page_set;
    out->set_begin = arena_calloc(arena, (size_t)n_sets + 1, sizeof *out->set_begin);
    for (uint32_t i = 0; sets != NULL && i < n_sets; i++)
        n_items += sets[i].n;
    out->set_items = arena_calloc(arena, n_items, sizeof *out->set_items);
    if (sets == NULL || out->set_begin == NULL || out->set_items == NULL)
        return false;
    n_items = 0;
    for (uint32_t i = 0; i < n_sets; i++) {
        if (i == 0 || by_items(&sets[i - 1], &sets[i]) != 0) {
            memcpy(out->set_items + n_items, sets[i].items, sets[i].n * sizeof *sets[i].items);
            n_items += sets[i].n;
            out->set_begin[++out->n_sets] = n_items;
        }
        number[sets[i].id] = out->n_sets - 1;
    }
    for (uint32_t i = 0; i < n; i++)
        parts[i].set = number[parts[i].set];
    for (uint32_t i = 0; i < n_sets; i++)
        number[sets[i].id] = 0; /* for the next page */
    return number_items(pr, out, n_items);
}

static bool fill_stacks(struct projections *pr, const struct part *unsorted, uint32_t n, struct projection *out)
{
    const struct part *parts = sorted(unsorted, n, out->n_sets, &pr->work->page);
    pr->work->page_parts = parts;
    out->stacks = arena_calloc(&pr->work->page, n, sizeof *out->stacks);
    if (parts == NULL || out->stacks == NULL)
        return false;
    for (uint32_t i = 0; i < n; i++) {
        if (i == 0 || parts[i].set != parts[i - 1].set || parts[i].self != parts[i - 1].self) {
            const uint32_t self = parts[i].self == 0 ? 0 : pr->work->item_of[parts[i].self - 1] + 1;
            out->stacks[out->n_stacks++] = (struct projected_stack){parts[i].set, self, i, 0};
        }
        out->stacks[out->n_stacks - 1].n++;
    }
    return true;
}

bool projection_of(struct projections *pr, uint32_t file, bool with_calls, struct projection *out, struct err *err)
{
    struct projections_work *w = pr->work;
    *out = (struct projection){0};
    arena_reset(&w->page);
    const bool known = file >= w->from && file < w->until;
    out->left_out = !known && w->bytes > MOST_BYTES;
    if (out->left_out)
        return true;
    if (!known && !make_group(pr, file, err))
        return false;
    out->left_out = w->group_bytes > GROUP_BYTES;
    if (out->left_out)
        return true;
    /* Working on the parts changes them, and they may be asked for again. */
    const uint32_t first = file == w->from ? 0 : w->file_end[file - 1], n = w->file_end[file] - first;
    if (!array_reserve(&w->page_set, &w->cap_page_set, w->sets.n, sizeof *w->page_set, err))
        return false;
    struct part *parts = arena_calloc(&w->page, n, sizeof *parts);
    if (parts == NULL)
        return err_nomem(err);
    if (n == 0)
        return true;
    memcpy(parts, w->parts_of + first, n * sizeof *parts);
    const bool ok = fill_sets(pr, parts, n, with_calls, out) && fill_stacks(pr, parts, n, out);
    forget_items(pr, out);
    return ok || err_nomem(err);
}

/* Adds the cells of a node. */
static bool gather(struct projections *pr, uint32_t node, unsigned which, unsigned by)
{
    struct projections_work *w = pr->work;
    const struct node_range *r = &pr->cells.of[node];
    struct err err = {0};
    for (uint32_t i = r->begin; i < r->own; i++) {
        const struct cell *cell = &pr->cells.cells[i];
        const uint32_t series = cell_series(cell->key);
        if ((which & (cell_trimmed(cell->key) ? PART_TRIMMED : PART_EXACT)) != 0 &&
            !sums_add(&w->sums, (struct sum){series, cell_bin(cell->key) >> by, cell->weight}, &err))
            return false;
    }
    return true;
}

const struct sum *projection_cells(struct projections *pr, const struct projected_stack *stack, unsigned by,
                                   uint32_t *n)
{
    struct projections_work *w = pr->work;
    const struct part *parts = w->page_parts + stack->first;
    struct err err = {0};
    if (!sums_begin(&w->sums, &err))
        return NULL;
    for (uint32_t i = 0; i < stack->n; i++) {
        if (!gather(pr, parts[i].node, parts[i].which, by))
            return NULL;
    }
    sums_sort(&w->sums);
    *n = w->sums.n;
    return w->sums.items;
}

const struct sum *projection_all(struct projections *pr, bool attributed, unsigned by, uint32_t *n)
{
    struct projections_work *w = pr->work;
    struct err err = {0};
    if (!sums_begin(&w->sums, &err))
        return NULL;
    for (uint32_t node = 0; node < pr->p->tree.n; node++) {
        if ((!attributed || projection_has_self(pr, node)) && !gather(pr, node, attributed ? PART_EXACT : PART_ALL, by))
            return NULL;
    }
    sums_sort(&w->sums);
    *n = w->sums.n;
    return w->sums.items;
}

uint32_t projection_def_line(const struct projections *pr, const struct frames_function *f)
{
    const struct model *m = pr->m;
    const uint32_t file = pr->file_of[f->file];
    uint32_t from = file == MODEL_NONE ? 0 : m->files[file].first_function;
    uint32_t until = file == MODEL_NONE ? 0 : from + m->files[file].functions;
    while (from < until) {
        const uint32_t middle = from + (until - from) / 2;
        const struct model_function *k = &m->functions[middle];
        const int c = f->first_line != k->first_line ? (f->first_line < k->first_line ? -1 : 1)
                                                     : slice_cmp(f->qualname, k->qualname);
        if (c == 0)
            return k->def_line;
        if (c < 0)
            until = middle;
        else
            from = middle + 1;
    }
    return f->first_line;
}
