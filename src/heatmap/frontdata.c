/* What is counted is a *thing*: a row of the tree, a function or a line. A stack counts once in the total of a thing
 * however often it goes through it: of the nodes that are the thing those count that lie in no other one, and the cells
 * of all stacks that go through such a node are neighbours (nodecells.h). */
#include "config.h"

#include "src/heatmap/frontdata.h"

#include <stdlib.h>

#include "src/base/array.h"
#include "src/heatmap/celllists.h"
#include "src/heatmap/js.h"
#include "src/heatmap/place.h"
#include "src/heatmap/render.h"

enum {
    MOST_HOT = 2000,     /* functions and lines by self, and as many by total; or half of that, */
    STEPS = 6,           /* again and again, so often at most, so that */
    FEWEST_BINS = 32,    /* there are so many bins, if there were */
    MOST_SUMS = 1 << 22, /* series × bins that are added up at once */
    NAME_MAX = 200,      /* characters */
    TEXT_MAX = 200,
};

/* Cells from begin to end belong to a thing. */
struct span {
    uint32_t thing, begin, end;
};

struct spans {
    struct span *items; /* owned; in the order of the walk, then by thing */
    uint32_t n, cap;
    uint32_t *first; /* by thing, and one more */
};

struct line {
    uint32_t file, line, function; /* of the model, of frames */
};

struct front {
    const struct projections *pr;
    struct arena arena;
    uint32_t *row_of; /* by file of the model: its row in the tree */
    uint32_t *above;  /* by row: the one that it lies in, plus 1; 0: none */
    struct line *lines;
    uint32_t *line_of; /* by spot, plus 1; 0: no line is known */
    uint32_t n_rows, n_functions, n_lines, n_things;

    struct spans selves, totals;
    uint32_t *last;         /* by thing: where the last span of its total ends */
    uint64_t *self, *total; /* by thing, in all states */

    uint32_t *rank;      /* by thing: how many of its kind have more, by self or by total; UINT32_MAX: none has less */
    uint32_t hot;        /* things of less rank are in the script */
    uint64_t rest[2][2]; /* functions, lines; self, total: of those that are not */
    struct cell_lists lists;
};

/* Where the cells of a thing are added up: of its arrays, all owned, sums are zero in between. */
struct adder {
    uint32_t bins;
    unsigned by;    /* bins are 1 << by times as wide as those of the cells */
    uint64_t *sums; /* by series, then bin */
    bool *seen;     /* by series: it has sums */
    uint32_t *series, n_series;
    struct sum *list;
    uint32_t n_list;
};

static uint32_t function_thing(const struct front *f, uint32_t function)
{
    return f->n_rows + function;
}

static uint32_t line_thing(const struct front *f, uint32_t line)
{
    return f->n_rows + f->n_functions + line;
}

/* --- things --------------------------------------------------------------------------------------------------------*/

static void number_rows(struct front *f)
{
    const struct model *m = f->pr->m;
    uint32_t path[PLACE_MAX_DEPTH + 2] = {0}; /* by depth: plus 1 */
    for (uint32_t i = 0; i < m->n_places; i++) {
        const struct model_place *p = &m->places[i];
        f->above[i] = p->depth == 0 ? 0 : path[p->depth - 1];
        path[p->depth] = i + 1;
        if (p->kind == PLACE_FILE)
            f->row_of[p->file] = i;
    }
}

/* Spots are by file and line. */
static void number_lines(struct front *f)
{
    const struct frames *frames = &f->pr->frames;
    for (uint32_t i = 0; i < frames->n_spots; i++) {
        const struct frames_spot *s = &frames->spots[i];
        const uint32_t file = f->pr->file_of[s->file];
        const struct line *last = f->n_lines == 0 ? NULL : &f->lines[f->n_lines - 1];
        if (s->line == 0 || file == MODEL_NONE)
            continue;
        if (last == NULL || last->file != file || last->line != s->line)
            f->lines[f->n_lines++] = (struct line){file, s->line, s->function};
        f->line_of[i] = f->n_lines;
    }
}

static bool number_things(struct front *f)
{
    const struct model *m = f->pr->m;
    const struct frames *frames = &f->pr->frames;
    f->row_of = arena_calloc(&f->arena, m->n_files, sizeof *f->row_of);
    f->above = arena_calloc(&f->arena, m->n_places, sizeof *f->above);
    f->lines = arena_calloc(&f->arena, frames->n_spots, sizeof *f->lines);
    f->line_of = arena_calloc(&f->arena, frames->n_spots, sizeof *f->line_of);
    if (f->row_of == NULL || f->above == NULL || f->lines == NULL || f->line_of == NULL)
        return false;
    number_rows(f);
    number_lines(f);
    f->n_rows = m->n_places;
    f->n_functions = frames->n_functions;
    f->n_things = f->n_rows + f->n_functions + f->n_lines;
    f->last = arena_calloc(&f->arena, f->n_things, sizeof *f->last);
    f->self = arena_calloc(&f->arena, f->n_things, sizeof *f->self);
    f->total = arena_calloc(&f->arena, f->n_things, sizeof *f->total);
    f->rank = arena_calloc(&f->arena, f->n_things, sizeof *f->rank);
    f->selves.first = arena_calloc(&f->arena, (size_t)f->n_things + 2, sizeof *f->selves.first);
    f->totals.first = arena_calloc(&f->arena, (size_t)f->n_things + 2, sizeof *f->totals.first);
    return f->last != NULL && f->self != NULL && f->total != NULL && f->rank != NULL && f->selves.first != NULL &&
           f->totals.first != NULL;
}

/* --- walking -------------------------------------------------------------------------------------------------------*/

/* The things of a spot: calls each(…) with every one. */
typedef bool each_fn(struct front *f, uint32_t thing, uint32_t node, struct err *err);

static bool each_thing(struct front *f, uint32_t spot, uint32_t node, each_fn *each, struct err *err)
{
    const struct frames_spot *s = &f->pr->frames.spots[spot];
    const uint32_t file = f->pr->file_of[s->file];
    if (file == MODEL_NONE)
        return true;
    if (!each(f, function_thing(f, s->function), node, err) ||
        (f->line_of[spot] != 0 && !each(f, line_thing(f, f->line_of[spot] - 1), node, err)))
        return false;
    for (uint32_t row = f->row_of[file] + 1; row != 0; row = f->above[row - 1]) {
        if (!each(f, row - 1, node, err))
            return false;
    }
    return true;
}

static bool put_span(struct spans *s, struct span span, struct err *err)
{
    if (!array_reserve(&s->items, &s->cap, (uint64_t)s->n + 1, sizeof *s->items, err))
        return false;
    s->items[s->n++] = span;
    s->first[span.thing + 1]++;
    return true;
}

static bool add_total(struct front *f, uint32_t thing, uint32_t node, struct err *err)
{
    const struct node_range *r = &f->pr->cells.of[node];
    if (r->begin < f->last[thing])
        return true; /* the thing called itself */
    f->last[thing] = r->end;
    f->total[thing] += f->pr->frames.weight[node];
    return put_span(&f->totals, (struct span){thing, r->begin, r->end}, err);
}

static bool add_self(struct front *f, uint32_t thing, uint32_t node, struct err *err)
{
    const struct node_range *r = &f->pr->cells.of[node];
    for (uint32_t i = r->begin; i < r->own; i++)
        f->self[thing] += cell_trimmed(f->pr->cells.cells[i].key) ? 0 : f->pr->cells.cells[i].weight;
    return put_span(&f->selves, (struct span){thing, r->begin, r->own}, err);
}

static bool walk(struct front *f, struct err *err)
{
    const struct projections *pr = f->pr;
    const struct tree *tree = &pr->p->tree;
    bool any;
    for (uint32_t node = nodecells_next(&pr->cells, tree, 0, true); node != 0;
         node = nodecells_next(&pr->cells, tree, node, any)) {
        const struct node_range *r = &pr->cells.of[node];
        any = r->end > r->begin;
        if (any && pr->frames.spot[node] != FRAMES_NONE && !each_thing(f, pr->frames.spot[node], node, add_total, err))
            return false;
        if (r->own > r->begin && projection_has_self(pr, node) &&
            !each_thing(f, pr->frames.spot[pr->frames.frame[node]], node, add_self, err))
            return false;
    }
    return true;
}

/* By thing, and of each in the order in which they came. */
static bool sort_spans(struct spans *s, uint32_t n_things, struct err *err)
{
    struct span *sorted = malloc(((size_t)s->n + 1) * sizeof *sorted);
    if (sorted == NULL)
        return err_nomem(err);
    for (uint32_t i = 1; i <= n_things; i++)
        s->first[i] += s->first[i - 1];
    for (uint32_t i = 0; i < s->n; i++)
        sorted[s->first[s->items[i].thing]++] = s->items[i];
    for (uint32_t i = n_things; i > 0; i--) /* each is now where the next one begins */
        s->first[i] = s->first[i - 1];
    s->first[0] = 0;
    free(s->items);
    s->items = sorted;
    return true;
}

/* --- the hottest ---------------------------------------------------------------------------------------------------*/

static int by_count(const void *a, const void *b, void *counts)
{
    const uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
    const uint64_t x = ((const uint64_t *)counts)[i], y = ((const uint64_t *)counts)[k];
    return x != y ? (x > y ? -1 : 1) : (i > k) - (i < k);
}

/* Of n things from `first` on. */
static bool rank_by(struct front *f, uint64_t *counts, uint32_t first, uint32_t n)
{
    uint32_t *order = malloc(((size_t)n + 1) * sizeof *order);
    if (order == NULL)
        return false;
    for (uint32_t i = 0; i < n; i++)
        order[i] = first + i;
    qsort_r(order, n, sizeof *order, by_count, counts);
    for (uint32_t i = 0; i < n && counts[order[i]] > 0; i++)
        f->rank[order[i]] = f->rank[order[i]] < i ? f->rank[order[i]] : i;
    free(order);
    return true;
}

/* Rows of the tree are all there. */
static bool rank(struct front *f)
{
    memset(f->rank + f->n_rows, 0xff, (f->n_things - f->n_rows) * sizeof *f->rank);
    return rank_by(f, f->self, function_thing(f, 0), f->n_functions) &&
           rank_by(f, f->total, function_thing(f, 0), f->n_functions) &&
           rank_by(f, f->self, line_thing(f, 0), f->n_lines) && rank_by(f, f->total, line_thing(f, 0), f->n_lines);
}

static bool is_hot(const struct front *f, uint32_t thing)
{
    return f->rank[thing] < f->hot;
}

static void note_rest(struct front *f)
{
    for (uint32_t i = f->n_rows; i < f->n_things; i++) {
        uint64_t *rest = f->rest[i >= line_thing(f, 0)];
        if (!is_hot(f, i) && f->self[i] > rest[0])
            rest[0] = f->self[i];
        if (!is_hot(f, i) && f->total[i] > rest[1])
            rest[1] = f->total[i];
    }
}

/* --- adding up -----------------------------------------------------------------------------------------------------*/

static bool adder_init(struct adder *a, uint32_t n_series, uint32_t bins, unsigned by)
{
    const size_t n = (size_t)n_series * cell_bins(bins, by);
    *a = (struct adder){.bins = cell_bins(bins, by), .by = by};
    a->sums = calloc(n + 1, sizeof *a->sums);
    a->list = calloc(n + 1, sizeof *a->list);
    a->seen = calloc(n_series + 1u, sizeof *a->seen);
    a->series = calloc(n_series + 1u, sizeof *a->series);
    return a->sums != NULL && a->list != NULL && a->seen != NULL && a->series != NULL;
}

static void adder_fini(struct adder *a)
{
    free(a->sums);
    free(a->list);
    free(a->seen);
    free(a->series);
}

static void add_cell(struct adder *a, const struct cell *cell)
{
    const uint32_t series = cell_series(cell->key);
    if (!a->seen[series]) {
        a->seen[series] = true;
        a->series[a->n_series++] = series;
    }
    a->sums[(size_t)series * a->bins + (cell_bin(cell->key) >> a->by)] += cell->weight;
}

/* What was added becomes the list. */
static void take_sums(struct adder *a)
{
    array_sort_numbers(a->series, a->n_series);
    a->n_list = 0;
    for (uint32_t i = 0; i < a->n_series; i++) {
        uint64_t *sums = a->sums + (size_t)a->series[i] * a->bins;
        a->seen[a->series[i]] = false;
        for (uint32_t bin = 0; bin < a->bins; bin++) {
            if (sums[bin] > 0)
                a->list[a->n_list++] = (struct sum){a->series[i], bin, sums[bin]};
            sums[bin] = 0;
        }
    }
    a->n_series = 0;
}

/* The list of a thing's self or total. */
static void add_up(const struct front *f, struct adder *a, const struct spans *spans, uint32_t thing)
{
    const bool is_self = spans == &f->selves;
    for (uint32_t i = spans->first[thing]; i < spans->first[thing + 1]; i++) {
        for (uint32_t k = spans->items[i].begin; k < spans->items[i].end; k++) {
            const struct cell *cell = &f->pr->cells.cells[k];
            if (!is_self || !cell_trimmed(cell->key)) /* the self of a trimmed sample is nobody's */
                add_cell(a, cell);
        }
    }
    take_sums(a);
}

static uint32_t hot_in(unsigned step)
{
    return (uint32_t)MOST_HOT >> step;
}

/* How many cells there are with fewer and fewer of the hottest, in wider and wider bins. */
static void count_cells(const struct front *f, struct adder *a, uint64_t counts[STEPS][CELLLISTS_WIDEST + 1])
{
    for (uint32_t i = 0; i < f->n_things; i++) {
        uint64_t own[CELLLISTS_WIDEST + 1] = {0};
        if (f->rank[i] >= hot_in(0))
            continue;
        add_up(f, a, &f->selves, i);
        cells_count(a->list, a->n_list, own);
        add_up(f, a, &f->totals, i);
        cells_count(a->list, a->n_list, own);
        for (unsigned step = 0; step < STEPS && f->rank[i] < hot_in(step); step++) {
            for (unsigned by = 0; by <= CELLLISTS_WIDEST; by++)
                counts[step][by] += own[by];
        }
    }
}

/* How many of the hottest there are, and in how much wider bins: fewer where that gives more bins. */
static unsigned choose(struct front *f, const struct adder *a, uint64_t counts[STEPS][CELLLISTS_WIDEST + 1])
{
    unsigned widened[STEPS], step = 0;
    for (unsigned i = 0; i < STEPS; i++)
        widened[i] = cells_widened_to_fit(counts[i], a->bins, FRONTDATA_LIMIT);
    uint32_t enough = cell_bins(a->bins, widened[STEPS - 1]);
    enough = enough < FEWEST_BINS ? enough : FEWEST_BINS;
    while (cell_bins(a->bins, widened[step]) < enough)
        step++;
    f->hot = hot_in(step);
    return widened[step];
}

static bool add_lists(struct front *f, struct adder *a, struct err *err)
{
    f->lists.bins = a->bins;
    f->lists.widened = a->by - f->pr->all_widened;
    for (uint32_t i = 0; i < f->n_things; i++) {
        if (!is_hot(f, i))
            continue;
        add_up(f, a, &f->selves, i);
        if (!celllists_add(&f->lists, a->list, a->n_list, err))
            return false;
        add_up(f, a, &f->totals, i);
        if (!celllists_add(&f->lists, a->list, a->n_list, err))
            return false;
    }
    return true;
}

/* All lists that are to be in the script, in bins so wide that they may fit. *some: there are some. */
static bool make_lists(struct front *f, bool *some, struct err *err)
{
    const uint64_t n_series = (uint64_t)f->pr->m->n_threads * CELL_STATES;
    const uint32_t bins = f->pr->cells.n_bins;
    uint64_t counts[STEPS][CELLLISTS_WIDEST + 1] = {{0}};
    struct adder a;
    unsigned by = f->pr->all_widened;
    while (n_series * cell_bins(bins, by) > MOST_SUMS && cell_bins(bins, by) > 1)
        by++;
    *some = n_series * cell_bins(bins, by) <= MOST_SUMS;
    if (!*some)
        return true;
    bool ok = adder_init(&a, (uint32_t)n_series, bins, by) || err_nomem(err);
    if (ok) {
        count_cells(f, &a, counts);
        const unsigned more = choose(f, &a, counts);
        adder_fini(&a);
        ok = adder_init(&a, (uint32_t)n_series, bins, by + more) || err_nomem(err);
    }
    ok = ok && add_lists(f, &a, err);
    adder_fini(&a);
    return ok;
}

/* --- the script ----------------------------------------------------------------------------------------------------*/

static void put_functions(const struct front *f, struct buf *out)
{
    const char *separator = "";
    buf_str(out, ",\n\"functions\":[");
    for (uint32_t i = 0; i < f->n_functions; i++) {
        const struct frames_function *fn = &f->pr->frames.functions[i];
        if (!is_hot(f, function_thing(f, i)))
            continue;
        buf_printf(out, "%s[%u,%u,", separator, f->row_of[f->pr->file_of[fn->file]], projection_def_line(f->pr, fn));
        js_string(out, fn->qualname, NAME_MAX);
        buf_u8(out, ']');
        separator = ",\n";
    }
    buf_u8(out, ']');
}

/* The function most of the line's samples were in, or, where it has none in the model's basis, one of those. */
static struct slice name_of(const struct front *f, const struct line *line)
{
    const struct model *m = f->pr->m;
    const struct model_file *file = &m->files[line->file];
    uint32_t from = file->first_line, until = from + file->lines;
    while (from < until) {
        const uint32_t middle = from + (until - from) / 2;
        if (m->lines[middle].line == line->line)
            return m->line_function[middle] == MODEL_NONE ? SLICE("") : m->functions[m->line_function[middle]].qualname;
        if (m->lines[middle].line < line->line)
            from = middle + 1;
        else
            until = middle;
    }
    return f->pr->frames.functions[line->function].qualname;
}

static void put_lines(const struct front *f, struct buf *out)
{
    const char *separator = "";
    buf_str(out, ",\n\"lines\":[");
    for (uint32_t i = 0; i < f->n_lines; i++) {
        const struct line *line = &f->lines[i];
        if (!is_hot(f, line_thing(f, i)))
            continue;
        buf_printf(out, "%s[%u,%u,", separator, f->row_of[line->file], line->line);
        js_string(out, name_of(f, line), NAME_MAX);
        buf_u8(out, ',');
        js_string(out, render_line_text(&f->pr->m->files[line->file], line->line), TEXT_MAX);
        buf_u8(out, ']');
        separator = ",\n";
    }
    buf_u8(out, ']');
}

static bool encode(const struct front *f, struct buf *out)
{
    struct buf bytes = {0};
    buf_clear(out);
    buf_printf(out, "heatmap.sums({\"bins\":%u,\"widened\":%u", f->lists.bins, f->lists.widened);
    put_functions(f, out);
    put_lines(f, out);
    buf_printf(out, ",\n\"rest\":{\"functions\":[%llu,%llu],\"lines\":[%llu,%llu]},\n\"cells\":",
               (unsigned long long)f->rest[0][0], (unsigned long long)f->rest[0][1], (unsigned long long)f->rest[1][0],
               (unsigned long long)f->rest[1][1]);
    for (uint32_t i = 0; i < f->lists.n_owners; i++)
        celllists_put(&f->lists, i, &bytes);
    js_base64(out, buf_view(&bytes));
    buf_str(out, "});\n");
    const bool ok = buf_ok(&bytes) && buf_ok(out);
    buf_fini(&bytes);
    return ok;
}

bool frontdata(const struct projections *pr, struct buf *out, struct err *err)
{
    struct front f = {.pr = pr};
    bool fits = false, some = false;
    bool ok = (number_things(&f) || err_nomem(err)) && walk(&f, err) && sort_spans(&f.selves, f.n_things, err) &&
              sort_spans(&f.totals, f.n_things, err) && (rank(&f) || err_nomem(err)) && make_lists(&f, &some, err);
    if (ok && some)
        note_rest(&f);
    while (ok && some && !fits) {
        ok = encode(&f, out) || err_nomem(err);
        fits = out->n <= FRONTDATA_LIMIT;
        if (f.lists.bins == 1)
            break;
        if (!fits)
            celllists_widen(&f.lists, 1);
    }
    if (ok && !fits) {
        buf_clear(out);
        buf_str(out, "heatmap.sums({\"left_out\":true});\n");
        ok = buf_ok(out) || err_nomem(err);
    }
    free(f.selves.items);
    free(f.totals.items);
    celllists_fini(&f.lists);
    arena_fini(&f.arena);
    return ok;
}
