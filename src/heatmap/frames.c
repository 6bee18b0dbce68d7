#include "config.h"

#include "src/heatmap/frames.h"

#include <stdlib.h>

#include "src/heatmap/linetable.h"

enum { CO_GENERATORS = 0x20 | 0x80 | 0x200 }; /* CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR */

/* A distinct instruction that frames were at. */
struct instruction {
    uint32_t code, offset; /* code counts from REC_CODE_FIRST, as in profile.codes: 0 … */
    uint32_t node;         /* one that is there */
    uint32_t number;       /* of instructions: several nodes share one */
    uint32_t file, line, function;
    uint32_t column, end_line, end_column; /* column: LINETABLE_NO_COLUMN where unknown */
};

struct work {
    const struct profile *p;
    struct arena *arena;
    struct arena scratch;
    struct frames *f;
    struct instruction *at; /* one a node that is a frame, then one an instruction */
    uint32_t n_at;
    uint32_t *instruction; /* by node: its number */
    uint32_t *file_of;     /* by profile file: of frames.files */
    uint32_t *function_of; /* by code */
};

struct slice frames_path(const struct profile_file *file)
{
    return file->rec.path.n > 0 ? file->rec.path : file->rec.name;
}

static uint32_t *numbers(struct arena *arena, uint32_t n)
{
    uint32_t *p = arena_calloc(arena, (size_t)n + 1, sizeof *p);
    for (uint32_t i = 0; p != NULL && i < n; i++)
        p[i] = FRAMES_NONE;
    return p;
}

/* CPython's own rule for frames that tracebacks leave out (_PyFrame_IsIncomplete): a call that has only begun, and the
 * shim that specialised constructors insert. Generators are past that when they run. */
static bool has_started(const struct profile_code *code, uint32_t offset)
{
    if (offset == 0)
        return false;
    return (code->flags & CO_GENERATORS) != 0 || (int64_t)offset - 1 >= code->first_traceable;
}

static bool sum_weights(struct work *w, const uint64_t *weights)
{
    const struct tree *t = &w->p->tree;
    w->f->weight = arena_calloc(w->arena, t->n, sizeof *w->f->weight);
    if (w->f->weight == NULL)
        return false;
    for (uint32_t i = t->n; i-- > 1;) {
        w->f->weight[i] += weights == NULL ? t->weights[i].all : weights[i];
        w->f->weight[t->nodes[i].parent] += w->f->weight[i];
    }
    w->f->weight[0] += weights == NULL ? t->weights[0].all : weights[0];
    return true;
}

static bool find_frames(struct work *w)
{
    const struct tree *t = &w->p->tree;
    struct frames *f = w->f;
    f->frame = arena_calloc(w->arena, t->n, sizeof *f->frame);
    f->spot = numbers(w->arena, t->n);
    w->at = arena_calloc(&w->scratch, t->n, sizeof *w->at);
    if (f->frame == NULL || f->spot == NULL || w->at == NULL)
        return false;
    for (uint32_t i = 1; i < t->n; i++) {
        const struct tree_node *k = &t->nodes[i];
        uint32_t code = k->code - REC_CODE_FIRST;
        if (f->weight[i] > 0 && k->code >= REC_CODE_FIRST && has_started(&w->p->codes[code], k->offset)) {
            f->frame[i] = i;
            w->at[w->n_at++] = (struct instruction){.code = code, .offset = k->offset, .node = i};
        } else if (k->code != REC_CODE_TRUNCATED) { /* behind that one, nobody knows the caller */
            f->frame[i] = f->frame[k->parent];
        }
    }
    return true;
}

static int by_instruction(const void *a, const void *b)
{
    const struct instruction *x = a, *y = b;
    if (x->code != y->code)
        return x->code < y->code ? -1 : 1;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

/* Leaves one element an instruction in w->at, in order of code and offset. */
static bool find_instructions(struct work *w)
{
    w->instruction = numbers(&w->scratch, w->p->tree.n);
    if (w->instruction == NULL)
        return false;
    if (w->n_at > 0)
        qsort(w->at, w->n_at, sizeof *w->at, by_instruction);
    uint32_t n = 0;
    for (uint32_t i = 0; i < w->n_at; i++) {
        if (n == 0 || by_instruction(&w->at[n - 1], &w->at[i]) != 0)
            w->at[n++] = w->at[i];
        w->instruction[w->at[i].node] = n - 1;
    }
    w->n_at = n;
    return true;
}

static void find_lines(struct work *w)
{
    struct linetable table = {0};
    struct linetable_range range = {0};
    for (uint32_t i = 0; i < w->n_at; i++) {
        struct instruction *at = &w->at[i];
        const struct profile_code *code = &w->p->codes[at->code];
        if (i == 0 || at[-1].code != at->code) {
            table = linetable_of(code->python, code->first_line, code->line_table);
            range = (struct linetable_range){0};
        }
        linetable_seek(&table, at->offset - 1, &range);
        at->line = range.line;
        const bool sound = range.column != LINETABLE_NO_COLUMN && range.end_column != LINETABLE_NO_COLUMN &&
                           (range.end_line > range.line || range.end_column > range.column);
        at->column = sound ? range.column : LINETABLE_NO_COLUMN;
        at->end_line = range.end_line;
        at->end_column = range.end_column;
        at->file = code->file;
    }
}

static int by_path(const void *a, const void *b, void *files)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    const struct profile_file *all = files;
    int c = slice_cmp(frames_path(&all[x]), frames_path(&all[y]));
    return c != 0 ? c : (x > y) - (x < y);
}

static bool find_files(struct work *w)
{
    struct frames *f = w->f;
    w->file_of = numbers(&w->scratch, w->p->n_files);
    f->files = numbers(w->arena, w->p->n_files);
    if (w->file_of == NULL || f->files == NULL)
        return false;
    for (uint32_t i = 0; i < w->n_at; i++) {
        if (w->file_of[w->at[i].file] == FRAMES_NONE) {
            w->file_of[w->at[i].file] = 0;
            f->files[f->n_files++] = w->at[i].file;
        }
    }
    qsort_r(f->files, f->n_files, sizeof *f->files, by_path, w->p->files);
    for (uint32_t i = 0; i < f->n_files; i++)
        w->file_of[f->files[i]] = i;
    for (uint32_t i = 0; i < w->n_at; i++)
        w->at[i].file = w->file_of[w->at[i].file];
    return true;
}

struct function_of_code {
    struct frames_function function;
    uint32_t code;
};

static int by_function(const void *a, const void *b)
{
    const struct frames_function *x = a, *y = b;
    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    if (x->first_line != y->first_line)
        return x->first_line < y->first_line ? -1 : 1;
    return slice_cmp(x->qualname, y->qualname);
}

/* Code objects of one definition, compiled twice or by several processes, are one function. */
static bool find_functions(struct work *w)
{
    struct frames *f = w->f;
    struct function_of_code *found = arena_calloc(&w->scratch, w->n_at, sizeof *found);
    f->functions = arena_calloc(w->arena, w->n_at, sizeof *f->functions);
    w->function_of = numbers(&w->scratch, w->p->n_codes);
    if (found == NULL || f->functions == NULL || w->function_of == NULL)
        return false;
    uint32_t n = 0;
    for (uint32_t i = 0; i < w->n_at; i++) {
        const struct instruction *at = &w->at[i];
        if (i > 0 && at[-1].code == at->code)
            continue;
        const struct profile_code *code = &w->p->codes[at->code];
        struct slice qualname = code->qualname.n > 0 ? code->qualname : code->name;
        found[n++] = (struct function_of_code){{at->file, code->first_line, code->name, qualname}, at->code};
    }
    if (n > 0)
        qsort(found, n, sizeof *found, by_function);
    for (uint32_t i = 0; i < n; i++) {
        if (i == 0 || by_function(&found[i - 1], &found[i]) != 0)
            f->functions[f->n_functions++] = found[i].function;
        w->function_of[found[i].code] = f->n_functions - 1;
    }
    for (uint32_t i = 0; i < w->n_at; i++)
        w->at[i].function = w->function_of[w->at[i].code];
    return true;
}

static int by_spot(const void *a, const void *b)
{
    const struct instruction *x = a, *y = b;
    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    return (x->function > y->function) - (x->function < y->function);
}

static bool find_spots(struct work *w)
{
    struct frames *f = w->f;
    uint32_t *spot_of = numbers(&w->scratch, w->n_at);
    f->spots = arena_calloc(w->arena, w->n_at, sizeof *f->spots);
    if (spot_of == NULL || f->spots == NULL)
        return false;
    for (uint32_t i = 0; i < w->n_at; i++)
        w->at[i].number = i;
    if (w->n_at > 0)
        qsort(w->at, w->n_at, sizeof *w->at, by_spot);
    for (uint32_t i = 0; i < w->n_at; i++) {
        const struct instruction *at = &w->at[i];
        if (i == 0 || by_spot(&at[-1], at) != 0)
            f->spots[f->n_spots++] = (struct frames_spot){at->file, at->line, at->function};
        spot_of[at->number] = f->n_spots - 1;
    }
    for (uint32_t i = 1; i < w->p->tree.n; i++) {
        if (f->frame[i] == i)
            f->spot[i] = spot_of[w->instruction[i]];
    }
    return true;
}

static int by_expression(const void *a, const void *b)
{
    const struct instruction *x = a, *y = b;
    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    if (x->column != y->column)
        return x->column < y->column ? -1 : 1;
    if (x->end_line != y->end_line)
        return x->end_line > y->end_line ? -1 : 1;
    return (x->end_column < y->end_column) - (x->end_column > y->end_column);
}

static bool find_expressions(struct work *w)
{
    struct frames *f = w->f;
    uint32_t *expression_of = numbers(&w->scratch, w->n_at);
    f->expression = numbers(w->arena, w->p->tree.n);
    f->expressions = arena_calloc(w->arena, w->n_at, sizeof *f->expressions);
    if (expression_of == NULL || f->expression == NULL || f->expressions == NULL)
        return false;
    if (w->n_at > 0)
        qsort(w->at, w->n_at, sizeof *w->at, by_expression);
    for (uint32_t i = 0; i < w->n_at; i++) {
        const struct instruction *at = &w->at[i];
        if (at->column == LINETABLE_NO_COLUMN)
            continue;
        if (i == 0 || by_expression(&at[-1], at) != 0)
            f->expressions[f->n_expressions++] =
                (struct frames_expression){at->file, at->line, at->column, at->end_line, at->end_column};
        expression_of[at->number] = f->n_expressions - 1;
    }
    for (uint32_t i = 1; i < w->p->tree.n; i++) {
        if (f->frame[i] == i)
            f->expression[i] = expression_of[w->instruction[i]];
    }
    return true;
}

bool frames_of(const struct profile *p, const uint64_t *weights, struct arena *arena, struct frames *f, struct err *err)
{
    struct work w = {.p = p, .arena = arena, .f = f};
    *f = (struct frames){0};
    bool ok = sum_weights(&w, weights) && find_frames(&w) && find_instructions(&w);
    if (ok)
        find_lines(&w);
    ok = ok && find_files(&w) && find_functions(&w) && find_spots(&w) && find_expressions(&w);
    arena_fini(&w.scratch);
    return ok || err_nomem(err);
}
