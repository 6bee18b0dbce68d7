#include "config.h"

#include "tests/support/recount.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/base/array.h"
#include "src/base/buf.h"
#include "src/base/intern.h"
#include "src/heatmap/linetable.h"

/* A sample's frames, innermost first. */
struct frame {
    uint32_t file, line, function;         /* numbers of names */
    uint32_t column, end_line, end_column; /* column: LINETABLE_NO_COLUMN where unknown */
    bool no_caller;                        /* what called it was left out */
};

struct my_code {
    uint32_t file, python, first_line, flags;
    int32_t first_traceable;
    struct slice function, table;
};

struct my_node {
    uint32_t parent, code, offset;
};

struct my_process {
    uint64_t *tids; /* by number of thread */
    uint32_t tids_cap;
    struct my_node *nodes;
    uint32_t n_nodes, cap;
};

struct recount {
    struct sink sink;
    enum basis basis;
    struct recount_filter filter;
    struct arena arena;
    struct intern names; /* everything that is counted, by a name; number = index of counts */
    uint64_t *counts;
    uint32_t counts_cap;
    uint32_t *files; /* of the epoch, by number: in names */
    uint32_t files_cap;
    struct my_code *codes; /* of the epoch, by number */
    uint32_t codes_cap;
    struct my_process *processes;
    uint32_t n_processes, processes_cap;
    struct frame *stack;
    uint32_t stack_cap;
    uint32_t *set; /* what the current sample has counted already */
    uint32_t n_set, set_cap;
    struct intern file_sets; /* the files of a sample, as an array of their numbers: for what holds several files */
    uint64_t *file_set_counts;
    uint32_t file_set_counts_cap;
    uint64_t n, trimmed, unattributed;
};

static void must(bool ok)
{
    if (!ok)
        abort();
}

static uint32_t number(struct recount *r, const struct buf *name)
{
    uint32_t id = 0;
    struct err err = {0};
    must(buf_ok(name) && intern_put(&r->names, buf_view(name), &id, NULL, &err));
    must(array_reserve(&r->counts, &r->counts_cap, (uint64_t)id + 1, sizeof *r->counts, &err));
    return id;
}

/* kind and up to five numbers as a name. */
static uint32_t named(struct recount *r, char kind, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    struct buf name = {0};
    buf_printf(&name, "%c %u %u %u %u", kind, a, b, c, d);
    uint32_t id = number(r, &name);
    buf_fini(&name);
    return id;
}

/* Parts of lines: self 'X', total 'Y'. */
static uint32_t expression_named(struct recount *r, char kind, uint32_t file, uint32_t line, uint32_t column,
                                 uint32_t end_line, uint32_t end_column)
{
    struct buf name = {0};
    buf_printf(&name, "%c %u %u %u %u %u", kind, file, line, column, end_line, end_column);
    uint32_t id = number(r, &name);
    buf_fini(&name);
    return id;
}

/* Naming may move the counts, so they are looked up after it. */
static uint64_t *at(struct recount *r, uint32_t name)
{
    return &r->counts[name];
}

static uint32_t file_named(struct recount *r, struct slice path)
{
    struct buf name = {0};
    buf_str(&name, "file ");
    buf_slice(&name, path);
    uint32_t id = number(r, &name);
    buf_fini(&name);
    return id;
}

static uint32_t function_named(struct recount *r, uint32_t file, uint32_t first_line, struct slice qualname)
{
    struct buf name = {0};
    buf_printf(&name, "function %u %u ", file, first_line);
    buf_slice(&name, qualname);
    uint32_t id = number(r, &name);
    buf_fini(&name);
    return id;
}

static bool on_epoch(void *self, struct err *err)
{
    struct recount *r = self;
    (void)err;
    for (uint32_t i = 0; i < r->n_processes; i++)
        r->processes[i].n_nodes = 1;
    return true;
}

static bool on_process(void *self, const struct rec_process *process, struct err *err)
{
    struct recount *r = self;
    if (process->id < r->n_processes)
        return true;
    must(array_reserve(&r->processes, &r->processes_cap, (uint64_t)process->id + 1, sizeof *r->processes, err));
    while (r->n_processes <= process->id)
        r->processes[r->n_processes++].n_nodes = 1;
    return true;
}

static bool on_file(void *self, const struct rec_file *file, struct err *err)
{
    struct recount *r = self;
    must(array_reserve(&r->files, &r->files_cap, (uint64_t)file->id + 1, sizeof *r->files, err));
    r->files[file->id] = file_named(r, file->path.n > 0 ? file->path : file->name);
    return true;
}

static bool on_code(void *self, const struct rec_code *code, struct err *err)
{
    struct recount *r = self;
    must(array_reserve(&r->codes, &r->codes_cap, (uint64_t)code->id + 1, sizeof *r->codes, err));
    struct slice qualname = code->qualname.n > 0 ? code->qualname : code->name;
    r->codes[code->id] = (struct my_code){r->files[code->file],
                                          code->python,
                                          code->first_line,
                                          code->flags,
                                          code->first_traceable,
                                          arena_copy(&r->arena, qualname),
                                          arena_copy(&r->arena, code->line_table)};
    return true;
}

static bool on_nodes(void *self, const struct rec_nodes *nodes, struct err *err)
{
    struct recount *r = self;
    struct my_process *process = &r->processes[nodes->process];
    must(array_reserve(&process->nodes, &process->cap, (uint64_t)nodes->first + nodes->n, sizeof *process->nodes, err));
    for (uint32_t i = 0; i < nodes->n; i++)
        process->nodes[nodes->first + i] = (struct my_node){nodes->parent[i], nodes->code[i], nodes->offset[i]};
    process->n_nodes = nodes->first + nodes->n;
    return true;
}

static struct frame place_of(struct recount *r, const struct my_code *code, uint32_t unit)
{
    struct linetable table = linetable_of(code->python, code->first_line, code->table);
    struct linetable_range range = {0};
    linetable_seek(&table, unit, &range);
    const uint32_t function = function_named(r, code->file, code->first_line, code->function);
    const bool columns = range.column != LINETABLE_NO_COLUMN && range.end_column != LINETABLE_NO_COLUMN;
    const bool empty = range.end_line == range.line && range.end_column <= range.column;
    return (struct frame){
        code->file,     range.line,       function, columns && !empty ? range.column : LINETABLE_NO_COLUMN,
        range.end_line, range.end_column, false};
}

/* The frames of a stack that count, innermost first. *leaf_known: nothing is missing above the first of them. */
static uint32_t frames_of(struct recount *r, const struct my_process *process, uint32_t node, bool *leaf_known)
{
    uint32_t n = 0;
    *leaf_known = true;
    for (; node != 0; node = process->nodes[node].parent) {
        const struct my_node *k = &process->nodes[node];
        if (k->code == REC_CODE_TRUNCATED) {
            if (n == 0)
                *leaf_known = false;
            else
                r->stack[n - 1].no_caller = true;
        }
        if (k->code < REC_CODE_FIRST || k->offset == 0)
            continue;
        const struct my_code *code = &r->codes[k->code];
        bool generator = (code->flags & 0x2a0) != 0;
        if (!generator && (int64_t)k->offset - 1 < code->first_traceable)
            continue;
        struct err err = {0};
        must(array_reserve(&r->stack, &r->stack_cap, (uint64_t)n + 1, sizeof *r->stack, &err));
        r->stack[n++] = place_of(r, code, k->offset - 1);
    }
    return n;
}

static void add_once(struct recount *r, uint32_t name, uint64_t weight)
{
    for (uint32_t i = 0; i < r->n_set; i++) {
        if (r->set[i] == name)
            return;
    }
    struct err err = {0};
    must(array_reserve(&r->set, &r->set_cap, (uint64_t)r->n_set + 1, sizeof *r->set, &err));
    r->set[r->n_set++] = name;
    r->counts[name] += weight;
}

static void count_file_set(struct recount *r, uint32_t n, uint64_t weight)
{
    struct buf set = {0};
    for (uint32_t i = 0; i < n; i++) {
        bool there = false;
        for (uint32_t k = 0; k < i && !there; k++)
            there = r->stack[k].file == r->stack[i].file;
        if (!there)
            buf_bytes(&set, &r->stack[i].file, sizeof r->stack[i].file);
    }
    uint32_t id = 0;
    struct err err = {0};
    must(buf_ok(&set) && intern_put(&r->file_sets, buf_view(&set), &id, NULL, &err));
    must(array_reserve(&r->file_set_counts, &r->file_set_counts_cap, (uint64_t)id + 1, sizeof *r->file_set_counts,
                       &err));
    r->file_set_counts[id] += weight;
    buf_fini(&set);
}

static uint32_t part(struct recount *r, char kind, const struct frame *f)
{
    return expression_named(r, kind, f->file, f->line, f->column, f->end_line, f->end_column);
}

/* The qualname in "function F L qualname". */
static struct slice qualname_of(const struct recount *r, uint32_t function)
{
    struct slice name = intern_get(&r->names, function);
    for (unsigned words = 0; words < 3; words++)
        name = slice_skip(name, (size_t)((const uint8_t *)memchr(name.p, ' ', name.n) - name.p) + 1);
    return name;
}

static bool goes_through(struct recount *r, uint32_t n)
{
    const struct recount_filter *f = &r->filter;
    if (f->through.caller_path.n == 0)
        return true;
    uint32_t caller = file_named(r, f->through.caller_path), callee = file_named(r, f->through.callee_path);
    for (uint32_t i = 0; i + 1 < n; i++) {
        const struct frame *to = &r->stack[i], *from = &r->stack[i + 1];
        if (!to->no_caller && from->file == caller && from->line == f->through.line && to->file == callee &&
            slice_eq(qualname_of(r, from->function), f->through.caller) &&
            slice_eq(qualname_of(r, to->function), f->through.callee))
            return true;
    }
    return false;
}

static void count(struct recount *r, const struct my_process *process, uint32_t node, bool trimmed, uint64_t weight)
{
    bool leaf_known;
    uint32_t n = frames_of(r, process, node, &leaf_known);
    const struct frame *s = r->stack;
    if (weight == 0 || !goes_through(r, n))
        return;
    r->n += weight;
    r->trimmed += trimmed ? weight : 0;
    if (trimmed || n == 0 || !leaf_known || s[0].line == 0) {
        r->unattributed += weight;
    } else {
        *at(r, named(r, 'S', s[0].file, s[0].line, 0, 0)) += weight;
        if (s[0].column == LINETABLE_NO_COLUMN)
            *at(r, named(r, 'W', s[0].file, s[0].line, 0, 0)) += weight; /* in no part of the line */
        else
            *at(r, part(r, 'X', &s[0])) += weight;
        *at(r, named(r, 'G', s[0].function, 0, 0, 0)) += weight;
        *at(r, named(r, 'E', s[0].file, 0, 0, 0)) += weight;
    }
    r->n_set = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (s[i].line != 0)
            add_once(r, named(r, 'T', s[i].file, s[i].line, 0, 0), weight);
        if (s[i].column != LINETABLE_NO_COLUMN)
            add_once(r, part(r, 'Y', &s[i]), weight);
        add_once(r, named(r, 'F', s[i].function, 0, 0, 0), weight);
        add_once(r, named(r, 'D', s[i].file, 0, 0, 0), weight);
        if (i + 1 < n && !s[i].no_caller && s[i + 1].line != 0)
            add_once(r, named(r, 'C', s[i + 1].file, s[i + 1].line, s[i + 1].function, s[i].function), weight);
    }
    count_file_set(r, n, weight);
}

static bool on_thread(void *self, const struct rec_thread *thread, struct err *err)
{
    struct recount *r = self;
    struct my_process *process = &r->processes[thread->process];
    must(array_reserve(&process->tids, &process->tids_cap, (uint64_t)thread->id + 1, sizeof *process->tids, err));
    process->tids[thread->id] = thread->tid;
    return true;
}

/* How many of a row's looks pass the filter. */
static uint64_t looks(const struct recount *r, const struct rec_samples *s, uint32_t i)
{
    const struct recount_filter *f = &r->filter;
    const struct my_process *process = &r->processes[s->process];
    uint64_t n = 0;
    if ((f->process != 0 && f->process != s->process) || (f->tid != 0 && f->tid != process->tids[s->thread[i]]))
        return 0;
    for (uint64_t look = 0; look <= s->repeat[i]; look++) {
        uint64_t time = s->repeat[i] == 0 ? s->time[i] : s->time[i] + s->span[i] * look / s->repeat[i];
        n += f->until == 0 || (time >= f->from && time < f->until);
    }
    return n;
}

static bool on_samples(void *self, const struct rec_samples *s, struct err *err)
{
    struct recount *r = self;
    (void)err;
    for (uint32_t i = 0; i < s->n; i++) {
        bool on_cpu = (s->state[i] & REC_STATE_CPU) != 0, gil = (s->state[i] & REC_STATE_GIL) != 0;
        bool unknown = (s->state[i] & REC_STATE_UNKNOWN) != 0;
        if (r->basis == BASIS_WALL || gil || (r->basis == BASIS_ACTIVE && (on_cpu || unknown)))
            count(r, &r->processes[s->process], s->node[i], s->quality[i] == REC_TRIMMED,
                  (uint64_t)s->weight[i] * looks(r, s, i));
    }
    return true;
}

struct recount *recount_new(enum basis basis)
{
    struct recount *r = calloc(1, sizeof *r);
    must(r != NULL);
    r->basis = basis;
    r->sink = (struct sink){.self = r,
                            .epoch = on_epoch,
                            .process = on_process,
                            .thread = on_thread,
                            .file = on_file,
                            .code = on_code,
                            .nodes = on_nodes,
                            .samples = on_samples};
    return r;
}

void recount_free(struct recount *r)
{
    for (uint32_t i = 0; i < r->n_processes; i++)
        free(r->processes[i].nodes), free(r->processes[i].tids);
    free(r->processes);
    free(r->counts);
    free(r->files);
    free(r->codes);
    free(r->stack);
    free(r->set);
    free(r->file_set_counts);
    intern_fini(&r->file_sets);
    intern_fini(&r->names);
    arena_fini(&r->arena);
    free(r);
}

void recount_only(struct recount *r, const struct recount_filter *filter)
{
    r->filter = *filter;
}

uint64_t recount_n(const struct recount *r)
{
    return r->n;
}

uint64_t recount_unattributed(const struct recount *r)
{
    return r->unattributed;
}

void recount_line(struct recount *r, struct slice path, uint32_t line, uint64_t *self, uint64_t *total)
{
    const uint32_t file = file_named(r, path);
    *self = *at(r, named(r, 'S', file, line, 0, 0));
    *total = *at(r, named(r, 'T', file, line, 0, 0));
}

void recount_file(struct recount *r, struct slice path, uint64_t *self, uint64_t *total)
{
    const uint32_t file = file_named(r, path);
    *self = *at(r, named(r, 'E', file, 0, 0, 0));
    *total = *at(r, named(r, 'D', file, 0, 0, 0));
}

/* The functions of a file by that name, and what is counted of each. */
static bool is_function(const struct recount *r, uint32_t name, uint32_t file, struct slice qualname)
{
    unsigned of = 0;
    const struct slice s = intern_get(&r->names, name);
    return slice_starts(s, SLICE("function ")) && sscanf((const char *)s.p, "function %u", &of) == 1 && of == file &&
           slice_eq(qualname_of(r, name), qualname);
}

void recount_function(struct recount *r, struct slice path, struct slice qualname, uint64_t *self, uint64_t *total)
{
    const uint32_t file = file_named(r, path), n = r->names.n;
    *self = *total = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (!is_function(r, i, file, qualname))
            continue;
        *self += *at(r, named(r, 'G', i, 0, 0, 0));
        *total += *at(r, named(r, 'F', i, 0, 0, 0));
    }
}

uint64_t recount_call(struct recount *r, struct slice caller_path, uint32_t line, struct slice caller,
                      struct slice callee_path, struct slice callee)
{
    const uint32_t from = file_named(r, caller_path), to = file_named(r, callee_path), n = r->names.n;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = 0; is_function(r, i, from, caller) && k < n; k++) {
            if (is_function(r, k, to, callee))
                sum += *at(r, named(r, 'C', from, line, i, k));
        }
    }
    return sum;
}

const struct sink *recount_sink(struct recount *r)
{
    return &r->sink;
}

/* --- comparison --------------------------------------------------------------------------------------------------- */

struct comparison {
    struct recount *r;
    unsigned differences;
    uint64_t sum; /* of what the model was asked for, kind by kind: nothing may be left over */
};

static void same(struct comparison *c, const char *what, uint64_t index, uint64_t mine, uint64_t models)
{
    c->sum += models;
    if (mine != models && c->differences++ < 10)
        (void)fprintf(stderr, "recount: %s %" PRIu64 ": %" PRIu64 ", the model says %" PRIu64 "\n", what, index, mine,
                      models);
}

/* Σ of all counts of a kind here. */
static uint64_t sum_of(const struct recount *r, char kind)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < r->names.n; i++) {
        struct slice name = intern_get(&r->names, i);
        if (name.p[0] == (uint8_t)kind && name.p[1] == ' ')
            sum += r->counts[i];
    }
    return sum;
}

static void all_found(struct comparison *c, const char *what, char kind)
{
    uint64_t sum = c->sum;
    same(c, what, 0, sum_of(c->r, kind), sum);
    c->sum = 0;
}

static void compare_lines(struct comparison *c, const struct model *m, const uint32_t *file)
{
    for (uint32_t i = 0; i < m->n_lines; i++)
        same(c, "self of line", i, *at(c->r, named(c->r, 'S', file[m->line_file[i]], m->lines[i].line, 0, 0)),
             m->lines[i].self);
    uint64_t attributed = c->sum;
    all_found(c, "self of all lines", 'S');
    same(c, "samples", 0, c->r->n, attributed + m->counts.unattributed);
    c->sum = 0;
    for (uint32_t i = 0; i < m->n_lines; i++)
        same(c, "total of line", i, *at(c->r, named(c->r, 'T', file[m->line_file[i]], m->lines[i].line, 0, 0)),
             m->lines[i].total);
    all_found(c, "total of all lines", 'T');
}

/* Parts of a line, and what is in none, are the line's self. */
static void compare_expressions(struct comparison *c, const struct model *m, const uint32_t *file)
{
    uint64_t totals = 0;
    for (uint32_t i = 0; i < m->n_lines; i++) {
        const struct model_line *l = &m->lines[i];
        uint64_t self = *at(c->r, named(c->r, 'W', file[m->line_file[i]], l->line, 0, 0));
        for (uint32_t k = l->first_expression; k < l->first_expression + l->expressions; k++) {
            const struct model_expression *e = &m->expressions[k];
            uint32_t name[2];
            for (int kind = 0; kind < 2; kind++)
                name[kind] = expression_named(c->r, "XY"[kind], file[m->line_file[i]], l -> line, e -> column,
                                              e -> end_line, e -> end_column);
            same(c, "self of expression", k, *at(c->r, name[0]), e->self);
            self += e->self;
            totals += e->total;
            if (*at(c->r, name[1]) != e->total)
                same(c, "total of expression", k, *at(c->r, name[1]), e->total);
        }
        if (self != l->self)
            same(c, "self of the expressions of line", i, self, l->self);
    }
    all_found(c, "self of all expressions", 'X');
    c->sum = totals;
    all_found(c, "total of all expressions", 'Y');
}

static void compare_files(struct comparison *c, const struct model *m, const uint32_t *file)
{
    for (uint32_t i = 0; i < m->n_files; i++)
        same(c, "self of file", i, *at(c->r, named(c->r, 'E', file[i], 0, 0, 0)), m->files[i].self);
    all_found(c, "self of all files", 'E');
    for (uint32_t i = 0; i < m->n_files; i++)
        same(c, "total of file", i, *at(c->r, named(c->r, 'D', file[i], 0, 0, 0)), m->files[i].total);
    all_found(c, "total of all files", 'D');
}

static void compare_functions(struct comparison *c, const struct model *m, const uint32_t *function)
{
    for (uint32_t i = 0; i < m->n_functions; i++)
        same(c, "self of function", i, *at(c->r, named(c->r, 'G', function[i], 0, 0, 0)), m->functions[i].self);
    all_found(c, "self of all functions", 'G');
    for (uint32_t i = 0; i < m->n_functions; i++)
        same(c, "total of function", i, *at(c->r, named(c->r, 'F', function[i], 0, 0, 0)), m->functions[i].total);
    all_found(c, "total of all functions", 'F');
}

/* A folder or a type: the distinct samples that touch any file below it. */
static void compare_places(struct comparison *c, const struct model *m, const uint32_t *file)
{
    struct recount *r = c->r;
    for (uint32_t i = 0; i < m->n_places; i++) {
        uint64_t self = 0, total = 0;
        uint32_t files = 0;
        for (uint32_t k = i; k < m->places[i].end; k++) {
            if (m->places[k].kind == PLACE_FILE) {
                self += *at(r, named(r, 'E', file[m->places[k].file], 0, 0, 0));
                files++;
            }
        }
        for (uint32_t set = 0; set < r->file_sets.n; set++) {
            struct slice numbers = intern_get(&r->file_sets, set);
            bool touched = false;
            for (uint32_t k = i; k < m->places[i].end && !touched; k++) {
                for (size_t at = 0; at < numbers.n && m->places[k].kind == PLACE_FILE; at += sizeof(uint32_t))
                    touched = touched || memcmp(numbers.p + at, &file[m->places[k].file], sizeof(uint32_t)) == 0;
            }
            total += touched ? r->file_set_counts[set] : 0;
        }
        same(c, "files of place", i, files, m->places[i].files);
        same(c, "self of place", i, self, m->places[i].self);
        same(c, "total of place", i, total, m->places[i].total);
    }
    c->sum = 0;
}

bool recount_agrees(const struct recount *const_r, const struct model *m)
{
    struct recount *r = (struct recount *)(uintptr_t)const_r; /* looking a name up may add it, with a count of 0 */
    struct comparison c = {.r = r};
    uint32_t *file = calloc(m->n_files + 1u, sizeof *file);
    uint32_t *function = calloc(m->n_functions + 1u, sizeof *function);
    must(file != NULL && function != NULL);
    for (uint32_t i = 0; i < m->n_files; i++)
        file[i] = file_named(r, m->files[i].path);
    for (uint32_t i = 0; i < m->n_functions; i++)
        function[i] =
            function_named(r, file[m->functions[i].file], m->functions[i].first_line, m->functions[i].qualname);
    same(&c, "n", 0, r->n, m->counts.n);
    same(&c, "trimmed", 0, r->trimmed, m->counts.trimmed);
    same(&c, "exact", 0, r->n - r->trimmed, m->counts.exact);
    same(&c, "unattributed", 0, r->unattributed, m->counts.unattributed);
    c.sum = 0;
    compare_lines(&c, m, file);
    compare_expressions(&c, m, file);
    compare_files(&c, m, file);
    compare_functions(&c, m, function);
    compare_places(&c, m, file);
    for (uint32_t i = 0; i < m->n_calls; i++) {
        const struct model_call *k = &m->calls[i];
        uint32_t name =
            named(r, 'C', file[k->caller_file], k->caller_line, function[k->caller_function], function[k->callee]);
        same(&c, "call", i, r->counts[name], k->samples);
    }
    all_found(&c, "all calls", 'C');
    free(file);
    free(function);
    return c.differences == 0;
}
