#include "config.h"

#include "src/heatmap/model.h"

#include <stdlib.h>

#include "src/base/buf.h"
#include "src/heatmap/count.h"
#include "src/heatmap/frames.h"
#include "src/heatmap/pagename.h"
#include "src/heatmap/place.h"
#include "src/heatmap/run.h"

struct builder {
    const struct profile *p;
    const struct model_options *options;
    struct model *m;
    struct arena scratch;
    struct frames frames;
    struct module *modules; /* by file of the model */
    struct places places;
    struct counts counts;
    uint32_t *loader_of;             /* by process of the profile */
    uint64_t text_bytes, text_lines; /* so far */
    bool full;                       /* no more texts are shown */
    uint32_t *line_of;               /* by line of counts: of the model; MODEL_NONE for the line 0 */
};

/* --- files ------------------------------------------------------------------------------------------------------- */

/* Roots of a process in the order in which they are tried; sorted once a process. */
static bool sorted_roots(struct builder *b, const struct profile_process *process, struct module_root **cache,
                         struct module_root **roots, struct err *err)
{
    struct module_root **mine = &cache[process - b->p->processes];
    if (*mine == NULL) {
        *mine = arena_calloc(&b->scratch, process->n_roots, sizeof **mine);
        if (*mine == NULL)
            return err_nomem(err);
        if (process->n_roots > 0)
            memcpy(*mine, process->roots, process->n_roots * sizeof **mine);
        module_roots_sort(*mine, process->n_roots);
    }
    *roots = *mine;
    return true;
}

static bool find_modules(struct builder *b, struct err *err)
{
    const struct profile *p = b->p;
    struct module_root **cache = arena_calloc(&b->scratch, p->n_processes, sizeof *cache);
    b->modules = arena_calloc(&b->m->arena, b->frames.n_files, sizeof *b->modules);
    if (cache == NULL || b->modules == NULL)
        return err_nomem(err);
    for (uint32_t i = 0; i < b->frames.n_files; i++) {
        const struct rec_file *file = &p->files[b->frames.files[i]].rec;
        const struct profile_process *process = &p->processes[file->process - 1];
        struct module_root *roots = NULL;
        if (!sorted_roots(b, process, cache, &roots, err) ||
            !module_of(&b->m->arena, roots, process->n_roots, file->name, file->path, &b->modules[i], err))
            return false;
    }
    return true;
}

/* A forked child has its parent's code. MODEL_NONE: has none. */
static uint32_t forked_from(const struct profile *p, uint32_t i)
{
    uint32_t parent = p->processes[i].rec.parent;
    bool forked = p->processes[i].rec.exec_count == 0 && parent != 0 && parent <= p->n_processes;
    return forked && p->processes[parent - 1].known ? parent - 1 : MODEL_NONE;
}

/* For each process, that in which its code can have been loaded at the earliest. Every one is walked over once; one of
 * a ring, which only a made-up recording has, leads to where the walk met itself. */
static bool find_loaders(struct builder *b)
{
    const struct profile *p = b->p;
    uint32_t *path = arena_calloc(&b->scratch, p->n_processes, sizeof *path);
    b->loader_of = arena_calloc(&b->scratch, p->n_processes, sizeof *b->loader_of);
    if (path == NULL || b->loader_of == NULL)
        return false;
    for (uint32_t i = 0; i < p->n_processes; i++)
        b->loader_of[i] = MODEL_NONE;
    for (uint32_t i = 0; i < p->n_processes; i++) {
        uint32_t n = 0, at = i;
        while (b->loader_of[at] == MODEL_NONE) {
            path[n++] = at;
            b->loader_of[at] = at; /* until it is known */
            uint32_t next = forked_from(p, at);
            at = next == MODEL_NONE ? at : next;
        }
        while (n > 0)
            b->loader_of[path[--n]] = b->loader_of[at];
    }
    return true;
}

#define TOO_LONG "The texts of the files before this one are so long that no more are shown."

/* Many files may claim one long text, and a text may be nothing but line ends. */
static void count_text(struct builder *b, const struct pytext *text)
{
    b->text_bytes += text->text.n;
    b->text_lines += text->lines;
    b->full = b->text_bytes > MODEL_MAX_TEXT || b->text_lines > MODEL_MAX_LINES;
}

static bool fill_source(struct builder *b, uint32_t i, struct model_file *out, struct err *err)
{
    const struct profile *p = b->p;
    const struct profile_file *file = &p->files[b->frames.files[i]];
    const struct profile_process *loader = &p->processes[b->loader_of[file->rec.process - 1]];
    int64_t first_look = p->header.started_ns + (int64_t)(loader->rec.started * p->header.time_unit_ns);
    struct slice text;
    bool embedded = file->rec.source == REC_SOURCE_SEEN && texts_find(&p->texts, file->rec.hash, &text) != INTERN_NONE;
    struct source_question q = {.file = &file->rec,
                                .below = b->modules[i].below,
                                .rewritten = file->rewritten,
                                .attached = loader->rec.born_ns == 0 && (loader->rec.flags & REC_PROCESS_ATTACHED) != 0,
                                .started_ns = loader->rec.born_ns != 0 ? loader->rec.born_ns : first_look,
                                .embedded = embedded ? &text : NULL,
                                .roots = b->options->source_roots,
                                .n_roots = b->options->n_source_roots};
    struct source_answer a;
    if (b->full)
        a = (struct source_answer){.status = SOURCE_MISSING, .why = SLICE(TOO_LONG)};
    else if (!source_resolve(&b->m->arena, &q, &a, err))
        return false;
    count_text(b, &a.text);
    out->source = a.status;
    out->why = a.why;
    out->text = a.text.text;
    out->text_lines = a.text.lines;
    out->starts = a.text.starts;
    return true;
}

static bool fill_pages(struct builder *b, struct err *err)
{
    struct model *m = b->m;
    struct page_request *requests = arena_calloc(&b->scratch, m->n_files, sizeof *requests);
    if (requests == NULL)
        return err_nomem(err);
    for (uint32_t i = 0; i < m->n_files; i++) {
        struct model_file *f = &m->files[i];
        requests[i] = (struct page_request){.type = f->type, .module = f->module, .identity = f->path};
        /* One path, several files: it was replaced, or lies on several file systems. */
        bool shared = (i > 0 && slice_eq(f->path, f[-1].path)) || (i + 1 < m->n_files && slice_eq(f->path, f[1].path));
        if (!shared)
            continue;
        const struct rec_file *rec = &b->p->files[b->frames.files[i]].rec;
        struct buf identity = {0};
        buf_slice(&identity, f->path);
        buf_u64(&identity, rec->device);
        buf_u64(&identity, rec->inode);
        buf_u8(&identity, rec->path.n > 0);
        requests[i].identity = arena_copy(&b->scratch, buf_view(&identity));
        buf_fini(&identity);
        if (requests[i].identity.p == NULL)
            return err_nomem(err);
    }
    if (!pagename_all(&m->arena, requests, m->n_files, err))
        return false;
    for (uint32_t i = 0; i < m->n_files; i++)
        m->files[i].page = requests[i].page;
    return true;
}

static bool fill_files(struct builder *b, struct err *err)
{
    struct model *m = b->m;
    m->n_files = b->frames.n_files;
    m->files = arena_calloc(&m->arena, m->n_files, sizeof *m->files);
    if (m->files == NULL || !find_loaders(b))
        return err_nomem(err);
    for (uint32_t i = 0; i < m->n_files; i++) {
        struct model_file *out = &m->files[i];
        const struct profile_file *file = &b->p->files[b->frames.files[i]];
        *out = (struct model_file){.profile_file = b->frames.files[i],
                                   .name = file->rec.name,
                                   .path = frames_path(file),
                                   .module = b->modules[i].name,
                                   .type = b->modules[i].type,
                                   .self = b->counts.files[i].self,
                                   .total = b->counts.files[i].total};
        if (!fill_source(b, i, out, err))
            return false;
    }
    return fill_pages(b, err);
}

/* --- lines, functions, calls ------------------------------------------------------------------------------------- */

static bool fill_lines(struct builder *b)
{
    struct model *m = b->m;
    const struct frames *f = &b->frames;
    m->lines = arena_calloc(&m->arena, b->counts.n_lines, sizeof *m->lines);
    m->line_file = arena_calloc(&m->arena, b->counts.n_lines, sizeof *m->line_file);
    m->line_function = arena_calloc(&m->arena, b->counts.n_lines, sizeof *m->line_function);
    b->line_of = arena_calloc(&b->scratch, b->counts.n_lines, sizeof *b->line_of);
    if (m->lines == NULL || m->line_file == NULL || m->line_function == NULL || b->line_of == NULL)
        return false;
    uint64_t most = 0;
    for (uint32_t i = 0; i < f->n_spots; i++) {
        uint32_t from = b->counts.line_of[i];
        const struct frames_spot *spot = &f->spots[i];
        if (spot->line == 0) {
            b->line_of[from] = MODEL_NONE;
            continue;
        }
        if (i == 0 || b->counts.line_of[i - 1] != from) {
            const struct count *c = &b->counts.lines[from];
            struct model_file *file = &m->files[spot->file];
            if (file->lines++ == 0)
                file->first_line = m->n_lines;
            file->max_self = c->self > file->max_self ? c->self : file->max_self;
            file->max_total = c->total > file->max_total ? c->total : file->max_total;
            m->max_self = c->self > m->max_self ? c->self : m->max_self;
            m->max_total = c->total > m->max_total ? c->total : m->max_total;
            b->line_of[from] = m->n_lines;
            m->line_file[m->n_lines] = spot->file;
            m->lines[m->n_lines++] = (struct model_line){.line = spot->line, .self = c->self, .total = c->total};
            most = 0;
        }
        if (b->counts.spots[i].total > most) {
            most = b->counts.spots[i].total;
            m->line_function[m->n_lines - 1] = spot->function;
        }
    }
    return true;
}

static bool fill_expressions(struct builder *b)
{
    struct model *m = b->m;
    m->n_expressions = b->frames.n_expressions;
    m->expressions = arena_calloc(&m->arena, m->n_expressions, sizeof *m->expressions);
    if (m->expressions == NULL)
        return false;
    uint32_t line = 0;
    for (uint32_t i = 0; i < m->n_expressions; i++) {
        const struct frames_expression *from = &b->frames.expressions[i];
        const struct count *c = &b->counts.expressions[i];
        while (m->line_file[line] != from->file || m->lines[line].line != from->line)
            line++; /* both are in order of file and line, and the line of every expression is sampled */
        if (m->lines[line].expressions++ == 0)
            m->lines[line].first_expression = i;
        m->expressions[i] =
            (struct model_expression){from->column, from->end_line, from->end_column, c->self, c->total};
    }
    return true;
}

static bool fill_functions(struct builder *b)
{
    struct model *m = b->m;
    m->n_functions = b->frames.n_functions;
    m->functions = arena_calloc(&m->arena, m->n_functions, sizeof *m->functions);
    if (m->functions == NULL)
        return false;
    for (uint32_t i = 0; i < m->n_functions; i++) {
        const struct frames_function *from = &b->frames.functions[i];
        struct model_file *file = &m->files[from->file];
        if (file->functions++ == 0)
            file->first_function = i;
        struct pytext text = {.text = file->text, .lines = file->text_lines, .starts = file->starts};
        bool right = file->source == SOURCE_EMBEDDED || file->source == SOURCE_FOUND;
        m->functions[i] = (struct model_function){
            .file = from->file,
            .first_line = from->first_line,
            .def_line = right ? pytext_def_line(&text, from->first_line, from->name) : from->first_line,
            .name = from->name,
            .qualname = from->qualname,
            .self = b->counts.functions[i].self,
            .total = b->counts.functions[i].total};
    }
    return true;
}

/* Callers' file, line and function are in order already: they are the order of spots. */
static int by_caller(const void *a, const void *b)
{
    const struct model_call *x = a, *y = b;
    if (x->caller_file != y->caller_file)
        return x->caller_file < y->caller_file ? -1 : 1;
    if (x->caller_line != y->caller_line)
        return x->caller_line < y->caller_line ? -1 : 1;
    if (x->caller_function != y->caller_function)
        return x->caller_function < y->caller_function ? -1 : 1;
    if (x->samples != y->samples)
        return x->samples > y->samples ? -1 : 1;
    return (x->callee > y->callee) - (x->callee < y->callee);
}

static int by_callee(const void *a, const void *b, void *calls)
{
    uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
    const struct model_call *x = (const struct model_call *)calls + i, *y = (const struct model_call *)calls + k;
    if (x->callee != y->callee)
        return x->callee < y->callee ? -1 : 1;
    if (x->samples != y->samples)
        return x->samples > y->samples ? -1 : 1;
    return (i > k) - (i < k);
}

static uint32_t *all_of(struct arena *arena, uint32_t n)
{
    uint32_t *p = arena_calloc(arena, n, sizeof *p);
    for (uint32_t i = 0; p != NULL && i < n; i++)
        p[i] = i;
    return p;
}

static bool fill_calls(struct builder *b)
{
    struct model *m = b->m;
    m->n_calls = b->counts.n_calls;
    m->calls = arena_calloc(&m->arena, m->n_calls, sizeof *m->calls);
    m->by_callee = all_of(&m->arena, m->n_calls);
    if (m->calls == NULL || m->by_callee == NULL)
        return false;
    for (uint32_t i = 0; i < m->n_calls; i++) {
        const struct count_call *from = &b->counts.calls[i];
        const struct frames_spot *spot = &b->frames.spots[from->spot];
        m->calls[i] = (struct model_call){spot->file, spot->line, spot->function, from->callee, from->samples};
    }
    if (m->n_calls > 0)
        qsort(m->calls, m->n_calls, sizeof *m->calls, by_caller);
    qsort_r(m->by_callee, m->n_calls, sizeof *m->by_callee, by_callee, m->calls);
    uint32_t line = 0;
    for (uint32_t i = 0; i < m->n_calls; i++) {
        const struct model_call *c = &m->calls[i];
        while (m->line_file[line] != c->caller_file || m->lines[line].line != c->caller_line)
            line++; /* both are in order of file and line, and every caller is a sampled line */
        if (m->lines[line].calls++ == 0)
            m->lines[line].first_call = i;
        struct model_function *callee = &m->functions[m->calls[m->by_callee[i]].callee];
        if (callee->callers++ == 0)
            callee->first_caller = i;
    }
    return true;
}

static int by_self_of_line(const void *a, const void *b, void *lines)
{
    uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
    const struct model_line *x = (const struct model_line *)lines + i, *y = (const struct model_line *)lines + k;
    if (x->self != y->self)
        return x->self > y->self ? -1 : 1;
    return (i > k) - (i < k);
}

static int by_self_of_function(const void *a, const void *b, void *functions)
{
    uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
    const struct model_function *x = (const struct model_function *)functions + i;
    const struct model_function *y = (const struct model_function *)functions + k;
    if (x->self != y->self)
        return x->self > y->self ? -1 : 1;
    return (i > k) - (i < k);
}

static int by_self_of_file(const void *a, const void *b, void *files)
{
    uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
    const struct model_file *x = (const struct model_file *)files + i, *y = (const struct model_file *)files + k;
    if (x->self != y->self)
        return x->self > y->self ? -1 : 1;
    if (x->total != y->total)
        return x->total > y->total ? -1 : 1;
    return (i > k) - (i < k);
}

static bool fill_hottest(struct model *m)
{
    m->hot_files = all_of(&m->arena, m->n_files);
    m->hot_lines = all_of(&m->arena, m->n_lines);
    m->hot_functions = all_of(&m->arena, m->n_functions);
    if (m->hot_files == NULL || m->hot_lines == NULL || m->hot_functions == NULL)
        return false;
    qsort_r(m->hot_files, m->n_files, sizeof *m->hot_files, by_self_of_file, m->files);
    for (uint32_t i = 0; i < m->n_files; i++)
        m->files[m->hot_files[i]].rank = i;
    qsort_r(m->hot_lines, m->n_lines, sizeof *m->hot_lines, by_self_of_line, m->lines);
    qsort_r(m->hot_functions, m->n_functions, sizeof *m->hot_functions, by_self_of_function, m->functions);
    return true;
}

/* --- all together ------------------------------------------------------------------------------------------------- */

static bool fill_notes(struct builder *b)
{
    struct model *m = b->m;
    struct buf notes = {0};
    buf_slice(&notes, buf_view(&b->p->notes));
    if (notes.n > 0 && b->options->notes.n > 0)
        buf_str(&notes, "\n\n");
    buf_slice(&notes, b->options->notes);
    m->notes = buf_ok(&notes) ? arena_copy(&m->arena, buf_view(&notes)) : (struct slice){NULL, 0};
    buf_fini(&notes);
    return m->notes.p != NULL;
}

static bool build(struct builder *b, struct err *err)
{
    struct model *m = b->m;
    if (!run_of(b->p, m, err) || !frames_of(b->p, NULL, &b->scratch, &b->frames, err) || !find_modules(b, err) ||
        !places_of(&b->scratch, b->modules, b->frames.n_files, &b->places, err) ||
        !counts_of(b->p, &b->frames, &b->places, &b->scratch, &b->counts, err) || !fill_files(b, err) ||
        !places_sort(&m->arena, &b->places, &m->places, err))
        return false;
    m->n_places = b->places.n;
    m->counts.unattributed = m->counts.n - b->counts.attributed;
    return (fill_lines(b) && fill_expressions(b) && fill_functions(b) && fill_calls(b) && fill_hottest(m) &&
            fill_notes(b)) ||
           err_nomem(err);
}

struct model *model_new(const struct profile *profile, const struct model_options *options, struct err *err)
{
    struct model *m = calloc(1, sizeof *m);
    if (m == NULL) {
        (void)err_nomem(err);
        return NULL;
    }
    struct builder b = {.p = profile, .options = options, .m = m};
    bool built = build(&b, err);
    arena_fini(&b.scratch);
    if (built)
        return m;
    model_free(m);
    return NULL;
}

void model_free(struct model *m)
{
    if (m == NULL)
        return;
    arena_fini(&m->arena);
    free(m);
}

uint64_t model_all_ticks(const uint64_t ticks[REC_TICK_STATES])
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < REC_TICK_STATES; i++)
        sum += ticks[i];
    return sum;
}

double model_seconds(const struct model *m, uint64_t weight)
{
    return (double)weight * (double)m->header.period_ns / 1e9;
}
