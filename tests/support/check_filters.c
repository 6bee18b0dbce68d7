/* check_filters: counts what the scripts of the pages and of the front page hold under filters, as a browser does, and
 * the recording a second time the plain way (recount.h) under the same filters, and compares line by line, function by
 * function, call by call. What has to hold of the scripts' numbers alone is asked of them all.
 *
 * Usage: check_filters [-n FILTERS] RECORDING…      exit 1 when anything differs
 *
 * The filters are combinations of state, process, thread, time and call, made by chance from a fixed seed. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "src/base/array.h"
#include "src/heatmap/filterdata.h"
#include "src/heatmap/frontdata.h"
#include "src/heatmap/input.h"
#include "tests/support/recount.h"

enum { STATES = 3 };
static unsigned n_filters = 24; /* of a recording */

static unsigned differences;

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void same(const char *what, struct slice where, uint64_t line, uint64_t mine, uint64_t theirs)
{
    if (mine != theirs && differences++ < 20)
        (void)fprintf(stderr, "%s of %.*s:%" PRIu64 ": the script says %" PRIu64 ", recounted %" PRIu64 "\n", what,
                      (int)where.n, (const char *)where.p, line, mine, theirs);
}

/* --- scripts -------------------------------------------------------------------------------------------------------*/

struct bytes {
    uint8_t *p; /* owned */
    size_t n, at;
};

static struct bytes from_base64(const cJSON *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *s = cJSON_GetStringValue(text);
    struct bytes b = {.p = calloc(s == NULL ? 1 : strlen(s) + 1, 1)};
    must(s != NULL && b.p != NULL);
    uint32_t bits = 0;
    for (size_t i = 0; s[i] != '\0' && s[i] != '='; i++) {
        bits = bits << 6 | (uint32_t)(strchr(digits, s[i]) - digits);
        if (i % 4 > 0)
            b.p[b.n++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
    }
    return b;
}

static uint64_t next(struct bytes *b)
{
    uint64_t v = 0;
    for (unsigned shift = 0;; shift += 7) {
        must(b->at < b->n);
        const uint8_t byte = b->p[b->at++];
        v |= (uint64_t)(byte & 127) << shift;
        if (byte < 128)
            return v;
    }
}

struct filter {
    enum basis basis;
    uint32_t process, thread; /* indices of the model's, plus 1; 0: all */
    uint64_t from, until;     /* bins of the recording; until 0: all */
};

static bool passes(const struct filter *f, const struct model *m, uint64_t series, uint64_t bin, unsigned widened)
{
    static const unsigned least[] = {[BASIS_WALL] = 0, [BASIS_ACTIVE] = 1, [BASIS_GIL] = 2};
    const uint64_t thread = series / STATES;
    must(thread < m->n_threads);
    return series % STATES >= least[f->basis] && (f->thread == 0 || f->thread - 1 == thread) &&
           (f->process == 0 || m->threads[thread].process == f->process - 1) &&
           (f->until == 0 || ((bin << widened) >= f->from && (bin << widened) < f->until));
}

/* What of some cells passes. */
static uint64_t cells(struct bytes *b, uint64_t bins, const struct filter *f, const struct model *m, unsigned widened)
{
    uint64_t sum = 0, series = UINT64_MAX;
    for (uint64_t left = next(b); left > 0; left--) {
        series += next(b) + 1;
        if (bins == 1) {
            const uint64_t weight = next(b);
            sum += passes(f, m, series, 0, widened) ? weight : 0;
            continue;
        }
        uint64_t bin = UINT64_MAX;
        for (uint64_t some = next(b); some > 0; some--) {
            const uint64_t step = next(b);
            bin += (step >> 1) + 1;
            must(bin < bins);
            const uint64_t weight = (step & 1) != 0 ? next(b) : 1;
            sum += passes(f, m, series, bin, widened) ? weight : 0;
        }
    }
    return sum;
}

static uint64_t number(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    must(cJSON_IsNumber(item));
    return (uint64_t)item->valuedouble;
}

/* "heatmap.name({…});" */
static cJSON *parse(const struct buf *script)
{
    const uint8_t *begin = memchr(script->p, '{', script->n);
    must(begin != NULL);
    cJSON *json = cJSON_ParseWithLength((const char *)begin, script->n - (size_t)(begin - script->p));
    must(json != NULL);
    for (size_t i = 0; i < script->n; i++)
        must(script->p[i] == '\n' || script->p[i] >= 0x20); /* and so safe in a script */
    must(memmem(script->p, script->n, "</", 2) == NULL);
    return json;
}

/* --- a page --------------------------------------------------------------------------------------------------------*/

struct page {
    struct slice path;
    cJSON *json;
    uint64_t bins;
    unsigned widened;
    const cJSON *lines;    /* NULL: left out */
    int *line, *in;        /* owned; by spot */
    const char **function; /* owned; names */
    struct page_call {
        int caller, callee;
    } * calls; /* owned */
    struct other {
        struct slice path, name; /* path empty: it has no page */
        uint32_t line;
    } * others; /* owned */
    uint32_t n_spots, n_functions, n_calls;
    uint32_t *items, *begin, n_sets; /* owned */
    uint32_t items_cap, begin_cap;
    struct bytes stacks;
};

static int *ints(const cJSON *array, uint32_t n)
{
    int *p = calloc(n + 1u, sizeof *p);
    must(p != NULL);
    uint32_t i = 0;
    for (const cJSON *item = array->child; item != NULL; item = item->next)
        p[i++] = item->valueint;
    return p;
}

static struct slice path_of_page(const struct model *m, struct slice page)
{
    for (uint32_t i = 0; i < m->n_files; i++) {
        if (slice_eq(m->files[i].page, page))
            return m->files[i].path;
    }
    return SLICE("");
}

static void read_calls(struct page *p, const struct model *m)
{
    const cJSON *functions = cJSON_GetObjectItem(p->json, "functions"), *calls = cJSON_GetObjectItem(p->json, "calls"),
                *others = cJSON_GetObjectItem(p->json, "others"), *item;
    p->n_functions = (uint32_t)cJSON_GetArraySize(functions);
    p->n_calls = (uint32_t)cJSON_GetArraySize(calls);
    p->function = calloc(p->n_functions + 1u, sizeof *p->function);
    p->calls = calloc(p->n_calls + 1u, sizeof *p->calls);
    p->others = calloc((size_t)cJSON_GetArraySize(others) + 1, sizeof *p->others);
    must(p->function != NULL && p->calls != NULL && p->others != NULL);
    uint32_t n = 0;
    cJSON_ArrayForEach(item, functions) p->function[n++] = cJSON_GetStringValue(cJSON_GetArrayItem(item, 0));
    n = 0;
    cJSON_ArrayForEach(item, calls) p->calls[n++] =
        (struct page_call){cJSON_GetArrayItem(item, 0)->valueint, cJSON_GetArrayItem(item, 1)->valueint};
    n = 0;
    cJSON_ArrayForEach(item, others) p->others[n++] = (struct other){
        path_of_page(m, slice_str(cJSON_GetStringValue(cJSON_GetArrayItem(item, 3)))),
        slice_str(cJSON_GetStringValue(cJSON_GetArrayItem(item, 1))), (uint32_t)cJSON_GetArrayItem(item, 2)->valueint};
}

static void open_page(struct page *p, const struct model *m, const struct buf *script, struct slice path)
{
    struct err err = {0};
    *p = (struct page){.path = path, .json = parse(script)};
    if (cJSON_HasObjectItem(p->json, "left_out"))
        return;
    p->bins = number(p->json, "bins");
    p->widened = (unsigned)number(p->json, "widened");
    p->lines = cJSON_GetObjectItem(p->json, "lines");
    p->n_spots = (uint32_t)cJSON_GetArraySize(p->lines);
    p->line = ints(p->lines, p->n_spots);
    p->in = ints(cJSON_GetObjectItem(p->json, "in"), p->n_spots);
    read_calls(p, m);
    struct bytes sets = from_base64(cJSON_GetObjectItem(p->json, "sets"));
    uint32_t n = 0;
    must(array_reserve(&p->begin, &p->begin_cap, 1, sizeof *p->begin, &err));
    while (sets.at < sets.n) {
        const uint64_t same_ = next(&sets), more = next(&sets);
        const uint32_t last = p->n_sets == 0 ? 0 : p->begin[p->n_sets - 1];
        must(array_reserve(&p->items, &p->items_cap, n + same_ + more, sizeof *p->items, &err));
        for (uint64_t i = 0; i < same_; i++)
            p->items[n + i] = p->items[last + i];
        for (uint64_t i = same_; i < same_ + more; i++)
            p->items[n + i] = (uint32_t)next(&sets) + (i == 0 ? 0 : p->items[n + i - 1] + 1);
        n += (uint32_t)(same_ + more);
        must(array_reserve(&p->begin, &p->begin_cap, (uint64_t)p->n_sets + 2, sizeof *p->begin, &err));
        p->begin[++p->n_sets] = n;
    }
    free(sets.p);
    p->stacks = from_base64(cJSON_GetObjectItem(p->json, "stacks"));
}

static void close_page(struct page *p)
{
    cJSON_Delete(p->json);
    free(p->line);
    free(p->in);
    free(p->function);
    free(p->calls);
    free(p->others);
    free(p->items);
    free(p->begin);
    free(p->stacks.p);
}

static uint32_t line_of(const int *lines, uint32_t spot)
{
    return (uint32_t)lines[spot];
}

/* What a page counts, by its own numbers; lines by spot: the first one of the line. */
struct found {
    uint64_t *self, *total;                   /* by spot */
    uint64_t *function_self, *function_total; /* by function */
    uint64_t *calls;
    uint64_t file, file_self;
};

static uint64_t *zeros(uint64_t n)
{
    uint64_t *p = calloc(n + 1, sizeof *p);
    must(p != NULL);
    return p;
}

static void count_page(struct page *p, const struct model *m, const struct filter *f, const bool *through,
                       const int *lines, const int *in, struct found *c)
{
    uint64_t *stamp = zeros(p->n_functions), stacks = 0;
    uint32_t set = 0;
    p->stacks.at = 0;
    while (p->stacks.at < p->stacks.n) {
        set += (uint32_t)next(&p->stacks);
        must(set < p->n_sets);
        const uint64_t self = next(&p->stacks), weight = cells(&p->stacks, p->bins, f, m, p->widened);
        bool in_it = through == NULL;
        for (uint32_t i = p->begin[set]; i < p->begin[set + 1]; i++)
            in_it = in_it || (p->items[i] >= p->n_spots && through[p->items[i] - p->n_spots]);
        stacks++;
        if (weight == 0 || !in_it)
            continue;
        c->file += weight;
        if (self > 0) {
            uint32_t spot = (uint32_t)self - 1;
            c->file_self += weight;
            c->function_self[in[spot]] += weight;
            while (spot > 0 && line_of(lines, spot - 1) == line_of(lines, spot))
                spot--;
            c->self[spot] += weight;
        }
        uint32_t last = UINT32_MAX;
        for (uint32_t i = p->begin[set]; i < p->begin[set + 1]; i++) {
            uint32_t item = p->items[i];
            if (item >= p->n_spots) {
                c->calls[item - p->n_spots] += weight;
                continue;
            }
            if (stamp[in[item]] != stacks)
                c->function_total[in[item]] += weight;
            stamp[in[item]] = stacks;
            while (item > 0 && line_of(lines, item - 1) == line_of(lines, item))
                item--;
            if (item != last)
                c->total[item] += weight;
            last = item;
        }
    }
    free(stamp);
}

/* One end of a call: where, in which function; false where it is in a file without a page. */
static bool end_of(const struct page *p, int end, bool caller, struct slice *path, struct slice *name, uint32_t *line)
{
    if (end >= 0) {
        *path = p->path;
        *name = slice_str(p->function[caller ? p->in[end] : end]);
        *line = caller ? (uint32_t)p->line[end] : 0;
        return true;
    }
    const struct other *other = &p->others[-1 - end];
    *path = other->path;
    *name = other->name;
    *line = other->line;
    return other->path.n > 0;
}

struct call_names {
    struct slice from_path, from, to_path, to;
    uint32_t line;
};

static bool names_of(const struct page *p, uint32_t call, struct call_names *n)
{
    uint32_t ignored;
    return end_of(p, p->calls[call].caller, true, &n->from_path, &n->from, &n->line) &&
           end_of(p, p->calls[call].callee, false, &n->to_path, &n->to, &ignored);
}

/* By call: whether it has these names. Several may: functions that are defined twice. */
static bool *calls_named(const struct page *p, const struct call_names *wanted)
{
    bool *are = calloc(p->n_calls + 1u, sizeof *are);
    must(are != NULL);
    for (uint32_t i = 0; i < p->n_calls; i++) {
        struct call_names n;
        are[i] = names_of(p, i, &n) && n.line == wanted->line && slice_eq(n.from_path, wanted->from_path) &&
                 slice_eq(n.from, wanted->from) && slice_eq(n.to_path, wanted->to_path) && slice_eq(n.to, wanted->to);
    }
    return are;
}

/* --- all together --------------------------------------------------------------------------------------------------*/

static bool read_into(const char *path, const struct sink *sink, struct err *err)
{
    struct input input;
    if (!input_open(&input, path, false, err))
        return false;
    const struct format *format = format_guess(&input.in, err);
    bool ok = format != NULL && format->read(&input.in, sink, err);
    input_close(&input);
    return ok;
}

static uint64_t seed = 1;

static uint64_t below(uint64_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return n == 0 ? 0 : (seed >> 33) % n;
}

static uint64_t compared;

static void at_most(const char *what, const struct page *p, uint64_t line, uint64_t part, uint64_t whole)
{
    same(what, p->path, line, part > whole ? part : 0, part > whole ? whole : 0);
}

/* Every self is on one line and in one function; no self is more than its total, nor that than the file's; no call has
 * more samples than its caller's line or its callee. */
static void adds_up(const struct page *p, const struct found *c, const int *lines, const int *in)
{
    uint64_t self = 0, function_self = 0;
    uint32_t first = 0;
    for (uint32_t i = 0; i < p->n_spots; i++) {
        self += c->self[i];
        at_most("self, more than its total,", p, (uint64_t)lines[i], c->self[i], c->total[i]);
        at_most("total, more than the file's,", p, (uint64_t)lines[i], c->total[i], c->file);
    }
    for (uint32_t i = 0; i < p->n_functions; i++) {
        function_self += c->function_self[i];
        at_most("self, more than its total, of a function", p, i, c->function_self[i], c->function_total[i]);
        at_most("total, more than the file's, of a function", p, i, c->function_total[i], c->file);
    }
    same("self of all lines", p->path, 0, self, c->file_self);
    same("self of all functions", p->path, 0, function_self, c->file_self);
    at_most("self, more than its total, of the file", p, 0, c->file_self, c->file);
    for (uint32_t i = 0; i < p->n_calls; i++) {
        const int caller = p->calls[i].caller, callee = p->calls[i].callee;
        if (caller >= 0) {
            for (first = (uint32_t)caller; first > 0 && lines[first - 1] == lines[first];)
                first--;
            at_most("samples of a call, more than its line's,", p, (uint64_t)lines[first], c->calls[i],
                    c->total[first]);
            at_most("samples of a call, more than its caller's,", p, (uint64_t)lines[first], c->calls[i],
                    c->function_total[in[caller]]);
        }
        if (callee >= 0)
            at_most("samples of a call, more than its callee's,", p, i, c->calls[i], c->function_total[callee]);
    }
}

/* Returns the file's self. */
static uint64_t compare_page(struct page *p, const struct model *m, const struct filter *f, const bool *through,
                             struct recount *r)
{
    const int *lines = p->line, *in = p->in;
    struct found c = {
        zeros(p->n_spots), zeros(p->n_spots), zeros(p->n_functions), zeros(p->n_functions), zeros(p->n_calls), 0, 0};
    count_page(p, m, f, through, lines, in, &c);
    uint64_t file_self, file_total;
    recount_file(r, p->path, &file_self, &file_total);
    same("self", p->path, 0, c.file_self, file_self);
    same("total", p->path, 0, c.file, file_total);
    adds_up(p, &c, lines, in);
    for (uint32_t i = 0; i < p->n_spots; i++) {
        uint64_t self, total;
        if (lines[i] == 0 || (i > 0 && lines[i - 1] == lines[i]))
            continue;
        recount_line(r, p->path, (uint32_t)lines[i], &self, &total);
        same("self", p->path, (uint64_t)lines[i], c.self[i], self);
        same("total", p->path, (uint64_t)lines[i], c.total[i], total);
        compared++;
    }
    /* Names may be there twice, and are long to look for: a few. */
    for (unsigned tries = 0; tries < 3 && p->n_functions > 0; tries++) {
        const uint32_t i = (uint32_t)below(p->n_functions);
        const char *name = p->function[i];
        uint64_t self, total, my_self = 0, my_total = 0;
        for (uint32_t k = 0; k < p->n_functions; k++) {
            if (strcmp(name, p->function[k]) == 0) {
                my_self += c.function_self[k];
                my_total += c.function_total[k];
            }
        }
        recount_function(r, p->path, slice_str(name), &self, &total);
        same("self of a function", p->path, i, my_self, self);
        same("total of a function", p->path, i, my_total, total);
    }
    for (unsigned tries = 0; tries < 2 && p->n_calls > 0; tries++) {
        struct call_names names;
        if (!names_of(p, (uint32_t)below(p->n_calls), &names))
            continue;
        bool *are = calls_named(p, &names);
        uint64_t mine = 0;
        for (uint32_t i = 0; i < p->n_calls; i++)
            mine += are[i] ? c.calls[i] : 0;
        free(are);
        same("samples of a call", p->path, names.line, mine,
             recount_call(r, names.from_path, names.line, names.from, names.to_path, names.to));
    }
    free(c.self);
    free(c.total);
    free(c.function_self);
    free(c.function_total);
    free(c.calls);
    return c.file_self;
}

/* --- the front page ------------------------------------------------------------------------------------------------*/

struct front {
    cJSON *json;
    uint64_t bins;
    unsigned widened;
    bool left_out;
    struct bytes cells;
};

static void open_front(struct front *front, const struct buf *script)
{
    *front = (struct front){.json = parse(script)};
    front->left_out = cJSON_HasObjectItem(front->json, "left_out");
    if (front->left_out)
        return;
    front->bins = number(front->json, "bins");
    front->widened = (unsigned)number(front->json, "widened");
    front->cells = from_base64(cJSON_GetObjectItem(front->json, "cells"));
}

static void close_front(struct front *front)
{
    cJSON_Delete(front->json);
    free(front->cells.p);
}

static uint64_t rest_of(const struct front *front, const char *kind, int which)
{
    const cJSON *rest = cJSON_GetObjectItem(cJSON_GetObjectItem(front->json, "rest"), kind);
    return (uint64_t)cJSON_GetArrayItem(rest, which)->valuedouble;
}

struct pair {
    uint64_t self, total;
};

static struct pair next_pair(struct front *front, const struct model *m, const struct filter *f)
{
    const uint64_t self = cells(&front->cells, front->bins, f, m, front->widened);
    return (struct pair){self, cells(&front->cells, front->bins, f, m, front->widened)};
}

static void same_pair(const char *what, struct slice path, uint64_t line, struct pair mine, struct pair theirs)
{
    char words[64];
    (void)snprintf(words, sizeof words, "self of %s", what);
    same(words, path, line, mine.self, theirs.self);
    (void)snprintf(words, sizeof words, "total of %s", what);
    same(words, path, line, mine.total, theirs.total);
    compared++;
}

/* Files by name; what lies below a folder adds up. */
static void compare_rows(struct front *front, const struct model *m, const struct filter *f, struct recount *r)
{
    struct pair *rows = calloc(m->n_places + 1u, sizeof *rows);
    must(rows != NULL);
    for (uint32_t i = 0; i < m->n_places; i++) {
        rows[i] = next_pair(front, m, f);
        if (m->places[i].kind != PLACE_FILE)
            continue;
        struct pair counted;
        recount_file(r, m->files[m->places[i].file].path, &counted.self, &counted.total);
        same_pair("a file's row", m->files[m->places[i].file].path, 0, rows[i], counted);
    }
    for (uint32_t i = 0; i < m->n_places; i++) {
        uint64_t self = 0, total = 0, most = 0;
        for (uint32_t k = i + 1; k < m->places[i].end; k = m->places[k].end) {
            self += rows[k].self;
            total += rows[k].total;
            most = rows[k].total > most ? rows[k].total : most;
        }
        if (m->places[i].kind == PLACE_FILE)
            continue;
        same("self of what lies in a folder", m->places[i].name, i, self, rows[i].self);
        same("total of a folder", m->places[i].name, i, rows[i].total < most || rows[i].total > total, false);
    }
    free(rows);
}

static struct slice path_of_row(const struct model *m, const cJSON *entry)
{
    const cJSON *row = cJSON_GetArrayItem(entry, 0);
    must(cJSON_IsNumber(row) && row->valueint >= 0 && (uint32_t)row->valueint < m->n_places);
    const struct model_place *place = &m->places[row->valueint];
    must(place->kind == PLACE_FILE);
    return m->files[place->file].path;
}

/* Several functions of one file may have one name. */
static void compare_functions(struct front *front, const struct model *m, const struct filter *f, struct recount *r)
{
    const cJSON *functions = cJSON_GetObjectItem(front->json, "functions"), *item, *other;
    const size_t n = (size_t)cJSON_GetArraySize(functions);
    struct pair *pairs = calloc(n + 1, sizeof *pairs);
    must(pairs != NULL);
    for (size_t i = 0; i < n; i++)
        pairs[i] = next_pair(front, m, f);
    size_t i = 0;
    cJSON_ArrayForEach(item, functions)
    {
        const char *name = cJSON_GetStringValue(cJSON_GetArrayItem(item, 2));
        const struct slice path = path_of_row(m, item);
        struct pair mine = {0}, counted;
        bool first = true;
        size_t k = 0;
        cJSON_ArrayForEach(other, functions)
        {
            if (cJSON_GetArrayItem(other, 0)->valueint == cJSON_GetArrayItem(item, 0)->valueint &&
                strcmp(cJSON_GetStringValue(cJSON_GetArrayItem(other, 2)), name) == 0) {
                first = first && k >= i;
                mine.self += pairs[k].self;
                mine.total += pairs[k].total;
            }
            k++;
        }
        i++;
        if (!first || rest_of(front, "functions", 1) > 0 || below(20) > 0) /* names are long to look for */
            continue;
        recount_function(r, path, slice_str(name), &counted.self, &counted.total);
        same_pair("a function", path, i, mine, counted);
    }
    free(pairs);
}

static void compare_front(struct front *front, const struct model *m, const struct filter *f, struct recount *r)
{
    const cJSON *item;
    if (front->left_out)
        return;
    front->cells.at = 0;
    compare_rows(front, m, f, r);
    compare_functions(front, m, f, r);
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(front->json, "lines"))
    {
        const uint32_t line = (uint32_t)cJSON_GetArrayItem(item, 1)->valueint;
        struct pair mine = next_pair(front, m, f), counted;
        recount_line(r, path_of_row(m, item), line, &counted.self, &counted.total);
        same_pair("a line of the front page", path_of_row(m, item), line, mine, counted);
    }
    must(front->cells.at == front->cells.n);
}

/* --- filters -------------------------------------------------------------------------------------------------------*/

static struct filter any_filter(const struct model *m, uint64_t bins, unsigned widened)
{
    struct filter f = {.basis = (enum basis)below(3)};
    if (below(2) == 0)
        f.thread = (uint32_t)below(m->n_threads + 1u);
    if (below(2) == 0)
        f.process =
            f.thread > 0 && below(4) > 0 ? m->threads[f.thread - 1].process + 1 : (uint32_t)below(m->n_processes + 1u);
    if (below(3) > 0) {
        const uint64_t wide = (bins >> widened) + 1, first = below(wide);
        f.from = first << widened;
        f.until = (first + 1 + below(wide - first)) << widened;
    }
    return f;
}

/* The recording's own bins. Returns the samples that are on a line. */
static uint64_t compare_all(const cJSON *recording, const struct model *m, const struct filter *f, struct recount *r)
{
    struct bytes all = from_base64(cJSON_GetObjectItem(recording, "all"));
    struct bytes attributed = from_base64(cJSON_GetObjectItem(recording, "attributed"));
    const uint64_t bins = number(recording, "bins");
    const uint64_t n = cells(&all, bins, f, m, 0), known = cells(&attributed, bins, f, m, 0);
    same("all", SLICE("samples"), 0, n, recount_n(r));
    same("unattributed", SLICE("samples"), 0, n - known, recount_unattributed(r));
    free(all.p);
    free(attributed.p);
    return known;
}

static void check_filter(const char *path, const struct projections *pr, struct page *pages, struct front *front,
                         const cJSON *recording, unsigned widened)
{
    const struct model *m = pr->m;
    struct err err = {0};
    const struct filter f = any_filter(m, number(recording, "bins"), widened);
    const unsigned shift = pr->cells.shift + pr->all_widened;
    struct recount_filter rf = {.from = f.from << shift, .until = f.until << shift};
    rf.process = f.process == 0 ? 0 : m->processes[f.process - 1].id;
    if (f.thread > 0) {
        rf.tid = m->threads[f.thread - 1].tid;
        if (rf.process == 0) /* a tid may come again in another process */
            rf.process = m->processes[m->threads[f.thread - 1].process].id;
        for (uint32_t i = 0; i < m->n_threads; i++) {
            if (i != f.thread - 1 && m->threads[i].tid == rf.tid &&
                m->threads[i].process == m->threads[f.thread - 1].process)
                return; /* the same thread twice: the recount cannot tell */
        }
    }
    const uint32_t chosen = below(2) == 0 ? (uint32_t)below(m->n_files) : UINT32_MAX;
    struct call_names names;
    bool *through = NULL;
    if (chosen != UINT32_MAX && pages[chosen].n_calls > 0 &&
        names_of(&pages[chosen], (uint32_t)below(pages[chosen].n_calls), &names)) {
        through = calls_named(&pages[chosen], &names);
        rf.through.caller_path = names.from_path;
        rf.through.caller = names.from;
        rf.through.line = names.line;
        rf.through.callee_path = names.to_path;
        rf.through.callee = names.to;
    }
    struct recount *r = recount_new(f.basis);
    recount_only(r, &rf);
    must(read_into(path, recount_sink(r), &err));
    const uint64_t known = through == NULL ? compare_all(recording, m, &f, r) : 0;
    if (through == NULL)
        compare_front(front, m, &f, r);
    uint64_t self = 0;
    bool is_all = through == NULL;
    for (uint32_t i = 0; i < m->n_files; i++) {
        if (pages[i].lines != NULL && (through == NULL || i == chosen))
            self += compare_page(&pages[i], m, &f, through, r);
        is_all = is_all && pages[i].lines != NULL;
    }
    if (is_all) /* a file that is only in samples of another basis than the pages' has no page */
        same("self of all pages", SLICE("samples"), 0, f.basis == BASIS_WALL && self < known ? known : self, known);
    recount_free(r);
    free(through);
}

static bool check(const char *path, struct err *err)
{
    const struct model_options options = {0};
    struct profile *p = profile_new(BASIS_ACTIVE, err);
    bool ok = p != NULL && profile_keep_cells(p, err) && read_into(path, profile_sink(p), err);
    struct model *m = ok ? model_new(p, &options, err) : NULL;
    struct projections *pr = m == NULL ? NULL : projections_new(p, m, err);
    struct page *pages = m == NULL ? NULL : calloc(m->n_files + 1u, sizeof *pages);
    struct buf script = {0};
    unsigned widened = 0, left_out = 0;
    ok = pr != NULL && pages != NULL && filterdata_recording(pr, &script, err);
    cJSON *recording = ok ? parse(&script) : NULL;
    struct front front = {0};
    ok = ok && frontdata(pr, &script, err);
    if (ok) {
        same("bytes", SLICE("the front page"), 0, script.n > FRONTDATA_LIMIT, 0);
        open_front(&front, &script);
        widened = front.widened;
    }
    for (uint32_t i = 0; ok && i < m->n_files; i++) {
        ok = filterdata_page(pr, i, &script, err);
        if (!ok)
            break;
        same("bytes", m->files[i].path, 0, script.n > FILTERDATA_LIMIT && script.n > m->files[i].text.n, 0);
        open_page(&pages[i], m, &script, m->files[i].path);
        left_out += pages[i].lines == NULL;
        widened = pages[i].widened > widened ? pages[i].widened : widened;
    }
    compared = 0;
    for (unsigned i = 0; ok && i < n_filters; i++)
        check_filter(path, pr, pages, &front, recording, widened);
    if (ok)
        (void)printf("%s: %u filters, %" PRIu64 " lines of %u files agree; %" PRIu64 " bins, at most %u times joined, "
                     "%u files left out\n",
                     path, n_filters, compared, m->n_files, number(recording, "bins"), widened, left_out);
    for (uint32_t i = 0; pages != NULL && i < m->n_files; i++)
        close_page(&pages[i]);
    close_front(&front);
    cJSON_Delete(recording);
    buf_fini(&script);
    free(pages);
    projections_free(pr);
    model_free(m);
    profile_free(p);
    return ok;
}

int main(int argc, char **argv)
{
    int first = 1;
    if (argc > 2 && strcmp(argv[1], "-n") == 0) {
        n_filters = (unsigned)strtoul(argv[2], NULL, 10);
        first = 3;
    }
    bool ok = argc > first;
    for (int i = first; i < argc; i++) {
        struct err err = {0};
        if (!check(argv[i], &err)) {
            (void)fprintf(stderr, "%s: %s\n", argv[i], err.msg);
            ok = false;
        }
    }
    return ok && differences == 0 ? 0 : 1;
}
