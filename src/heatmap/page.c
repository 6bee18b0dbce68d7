/* The page of a file: its source, line by line, with heat, and who calls whom.
 *
 * Lines that say something (sampled, a def or class, or next to a sampled one) are rows of tables; a long stretch of
 * others is a closed <details> with the lines in a <pre>. All of it is there without a script. */
#include "config.h"

#include "src/heatmap/render.h"

#include <stdio.h>
#include <stdlib.h>

#include "src/heatmap/heat.h"
#include "src/heatmap/html.h"

enum {
    CONTEXT = 2,       /* cold lines that stay beside a sampled one */
    SHORTEST_FOLD = 4, /* fewer cold lines are not worth folding */
    IN_PLACE = 1,      /* calls shown in a line; the rest behind "+n" */
};

struct page {
    const struct model *m;
    const struct model_file *f;
    struct buf *out;
    struct render_place at;
    const struct model_function **defs; /* functions by def_line; owned */
    uint32_t n_defs;
    uint32_t next_def, next_line; /* of defs, of the file's sampled lines: what comes next */
    bool in_table;
};

/* --- calls ---------------------------------------------------------------------------------------------------------*/

/* What comes after the last "<locals>." tells enough. */
static struct slice short_name(struct slice qualname)
{
    const struct slice locals = SLICE("<locals>.");
    const uint8_t *found = NULL;
    for (struct slice s = qualname; (found = memmem(s.p, s.n, locals.p, locals.n)) != NULL; s = qualname)
        qualname = slice_skip(s, (size_t)(found - s.p) + locals.n);
    return qualname;
}

static void link_to(const struct page *p, uint32_t file, uint32_t line)
{
    if (&p->m->files[file] == p->f && line > 0)
        buf_printf(p->out, "<a href=\"#%sL%u\">", p->at.ids, line);
    else
        render_link(&p->at, p->m, p->out, file, line);
}

static void arrive(const struct page *p, uint32_t call, bool callee)
{
    const struct model *m = p->m;
    const struct model_call *c = &m->calls[call];
    const struct model_function *to = &m->functions[c->callee];
    const struct model_function *from = c->caller_function == MODEL_NONE ? NULL : &m->functions[c->caller_function];
    if (callee)
        link_to(p, to->file, to->def_line);
    else
        link_to(p, c->caller_file, c->caller_line);
    if (callee)
        html_text(p->out, short_name(to->qualname));
    else if (from != NULL)
        html_text(p->out, short_name(from->qualname));
    else
        html_text(p->out, m->files[c->caller_file].module);
    if (!callee)
        buf_printf(p->out, ":%u", c->caller_line);
    buf_str(p->out, "</a> <b>");
    html_percent_word(p->out, c->samples, m->counts.n);
    buf_str(p->out, "</b>");
}

/* n calls, most samples first. */
static void calls(const struct page *p, const uint32_t *indices, uint32_t n, bool callee)
{
    if (n == 0)
        return;
    buf_str(p->out, callee ? "<div class=o>" : "<div class=i>");
    for (uint32_t i = 0; i < n && i < IN_PLACE; i++)
        arrive(p, indices[i], callee);
    if (n > IN_PLACE) {
        buf_printf(p->out, "<details><summary>+%u</summary><ul>", n - IN_PLACE);
        for (uint32_t i = IN_PLACE; i < n; i++) {
            buf_str(p->out, "<li>");
            arrive(p, indices[i], callee);
        }
        buf_str(p->out, "</ul></details>");
    }
    buf_str(p->out, "</div>");
}

/* Calls of a line are sorted by function first: by samples they are one list only where one function is on the line. */
static int by_samples(const void *a, const void *b, void *calls_)
{
    const struct model_call *c = calls_;
    const struct model_call *x = &c[*(const uint32_t *)a], *y = &c[*(const uint32_t *)b];
    return x->samples != y->samples
               ? (x->samples < y->samples ? 1 : -1)
               : (*(const uint32_t *)a > *(const uint32_t *)b) - (*(const uint32_t *)a < *(const uint32_t *)b);
}

static void callees(const struct page *p, const struct model_line *line)
{
    if (line->calls == 0)
        return;
    uint32_t *order = malloc(line->calls * sizeof *order);
    if (order == NULL) {
        p->out->failed = true;
        return;
    }
    for (uint32_t i = 0; i < line->calls; i++)
        order[i] = line->first_call + i;
    qsort_r(order, line->calls, sizeof *order, by_samples, p->m->calls);
    calls(p, order, line->calls, true);
    free(order);
}

/* A comprehension is called by its own line: that is said once, by its callee. */
static void callers(const struct page *p, const struct model_function *fn)
{
    const uint32_t *indices = p->m->by_callee + fn->first_caller;
    uint32_t n = 0, *others = malloc((fn->callers + 1) * sizeof *others);
    if (others == NULL) {
        p->out->failed = true;
        return;
    }
    for (uint32_t i = 0; i < fn->callers; i++) {
        const struct model_call *c = &p->m->calls[indices[i]];
        if (c->caller_file != fn->file || c->caller_line != fn->def_line)
            others[n++] = indices[i];
    }
    calls(p, others, n, false);
    free(others);
}

/* --- lines ---------------------------------------------------------------------------------------------------------*/

static struct slice line_bytes(const struct model_file *f, uint32_t line)
{
    struct slice s = {f->text.p + f->starts[line - 1], f->starts[line] - f->starts[line - 1]};
    while (s.n > 0 && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
        s.n--;
    return s;
}

static bool is_definition(const struct model_file *f, uint32_t line)
{
    struct slice s = render_line_text(f, line);
    return slice_starts(s, SLICE("def ")) || slice_starts(s, SLICE("class ")) || slice_starts(s, SLICE("async def "));
}

static const struct model_line *sampled(const struct page *p, uint32_t line)
{
    const struct model_line *l = &p->m->lines[p->f->first_line + p->next_line];
    return p->next_line < p->f->lines && l->line == line ? l : NULL;
}

static bool has_def(const struct page *p, uint32_t line)
{
    return p->next_def < p->n_defs && p->defs[p->next_def]->def_line == line;
}

static void open_table(struct page *p)
{
    if (!p->in_table)
        buf_str(p->out, "<table>");
    p->in_table = true;
}

static void close_table(struct page *p)
{
    if (p->in_table)
        buf_str(p->out, "</table>\n");
    p->in_table = false;
}

static void heat_classes(const struct page *p, const struct model_line *l, bool definition)
{
    const unsigned self = heat_step(l == NULL ? 0 : l->self, p->f->max_self);
    const unsigned total = heat_step(l == NULL ? 0 : l->total, p->f->max_total);
    const char *separator = " class=\"";
    if (self == 0 && total == 0 && !definition)
        return;
    if (self > 0) {
        buf_printf(p->out, "%ss%u", separator, self);
        separator = " ";
    }
    if (total > 0) {
        buf_printf(p->out, "%st%u", separator, total);
        separator = " ";
    }
    if (definition)
        buf_printf(p->out, "%sd", separator);
    buf_str(p->out, "\"");
}

/* Where there is no text, the function's name tells most of what a line is. */
static void function_of(const struct page *p, const struct model_line *l, uint32_t line)
{
    const struct model *m = p->m;
    const struct model_function *f = has_def(p, line) ? p->defs[p->next_def] : NULL;
    if (f == NULL && l != NULL && m->line_function[l - m->lines] != MODEL_NONE)
        f = &m->functions[m->line_function[l - m->lines]];
    if (f == NULL)
        return;
    buf_str(p->out, "<i>");
    html_text(p->out, f->qualname);
    buf_str(p->out, "</i>");
}

static void row(struct page *p, uint32_t line)
{
    const struct model_line *l = sampled(p, line);
    struct buf *out = p->out;
    const bool definition = is_definition(p->f, line);
    open_table(p);
    buf_printf(out, "<tr\nid=%sL%u", p->at.ids, line);
    heat_classes(p, l, definition);
    buf_printf(out, "><th><a href=#%sL%u>%u</a><td>", p->at.ids, line, line);
    if (l != NULL)
        html_percent(out, l->self, p->m->counts.n);
    buf_str(out, "<td>");
    if (l != NULL)
        html_percent(out, l->total, p->m->counts.n);
    const bool calls_none = (l == NULL || l->calls == 0) && !has_def(p, line);
    buf_str(out, calls_none && l != NULL ? "<td colspan=2>" : "<td>"); /* so that its colour reaches the edge */
    if (line <= p->f->text_lines)
        html_text(out, line_bytes(p->f, line));
    else
        function_of(p, l, line);
    if (calls_none) {
        if (l != NULL)
            p->next_line++;
        buf_str(out, "</tr>");
        return;
    }
    buf_str(out, "<td>");
    for (; has_def(p, line); p->next_def++)
        callers(p, p->defs[p->next_def]);
    if (l != NULL) {
        callees(p, l);
        p->next_line++;
    }
    buf_str(out, "</tr>");
}

static void fold(struct page *p, uint32_t first, uint32_t last)
{
    close_table(p);
    buf_printf(p->out, "<details class=cold><summary>%u cold lines</summary><pre>", last - first + 1);
    for (uint32_t line = first; line <= last; line++) {
        buf_printf(p->out, "<a id=%sL%u href=#%sL%u>%u</a>", p->at.ids, line, p->at.ids, line, line);
        html_text(p->out, line_bytes(p->f, line));
        buf_u8(p->out, '\n');
    }
    buf_str(p->out, "</pre></details>\n");
}

/* The first line from `from` on that may not be folded away: sampled, a definition, or context of a sampled one;
 * text_lines + 1 when there is none. */
static uint32_t next_telling(const struct page *p, uint32_t from)
{
    uint32_t next = p->f->text_lines + 1;
    if (p->next_line < p->f->lines) {
        const uint32_t l = p->m->lines[p->f->first_line + p->next_line].line;
        next = l > from + CONTEXT ? l - CONTEXT : from;
        next = next > p->f->text_lines + 1 ? p->f->text_lines + 1 : next;
    }
    if (p->next_def < p->n_defs && p->defs[p->next_def]->def_line < next)
        next = p->defs[p->next_def]->def_line;
    for (uint32_t line = from; line < next; line++) {
        if (is_definition(p->f, line))
            return line;
    }
    return next;
}

static void source(struct page *p)
{
    uint32_t line = 1, sampled_until = 0; /* context reaches so far */
    while (line <= p->f->text_lines) {
        while (p->next_def < p->n_defs && p->defs[p->next_def]->def_line < line)
            p->next_def++; /* a def that the text does not have */
        const uint32_t telling = line <= sampled_until ? line : next_telling(p, line);
        if (telling > line && telling - line >= SHORTEST_FOLD) {
            fold(p, line, telling - 1);
            line = telling;
            continue;
        }
        if (sampled(p, line) != NULL)
            sampled_until = line + CONTEXT;
        row(p, line++);
    }
}

/* What the text does not have, all where there is none: sampled lines and the first lines of functions, merged. */
static void numbers_only(struct page *p)
{
    for (;;) {
        uint32_t line = UINT32_MAX;
        if (p->next_line < p->f->lines)
            line = p->m->lines[p->f->first_line + p->next_line].line;
        if (p->next_def < p->n_defs && p->defs[p->next_def]->def_line < line)
            line = p->defs[p->next_def]->def_line;
        if (line == UINT32_MAX)
            break;
        row(p, line);
    }
    close_table(p);
}

/* --- head ----------------------------------------------------------------------------------------------------------*/

static struct slice last_component(struct slice path)
{
    const uint8_t *slash = memrchr(path.p, '/', path.n);
    return slash == NULL ? path : slice_skip(path, (size_t)(slash - path.p) + 1);
}

static void head(const struct page *p)
{
    const struct model_file *f = p->f;
    struct buf *out = p->out;
    uint32_t hottest = 0;
    for (uint32_t i = 0; i < f->lines && hottest == 0; i++) {
        if (p->m->lines[f->first_line + i].self == f->max_self && f->max_self > 0)
            hottest = p->m->lines[f->first_line + i].line;
    }
    buf_str(out, "<header>\n<nav aria-label=Breadcrumb>");
    render_front_link(&p->at, out, "");
    buf_str(out, "All files</a> › ");
    render_front_link(&p->at, out, render_type_class(f->type));
    html_str(out, render_type(f->type));
    buf_str(out, "</a> › ");
    html_text(out, f->module);
    buf_str(out, "</nav>\n<h1>");
    html_text(out, last_component(f->path));
    buf_printf(out, " <span class=badge>%s</span></h1>\n<p>self <b>", render_type(f->type));
    html_percent_word(out, f->self, p->m->counts.n);
    buf_str(out, " %</b> · total <b>");
    html_percent_word(out, f->total, p->m->counts.n);
    buf_str(out, " %</b> of ");
    html_count(out, p->m->counts.n);
    buf_str(out, " samples");
    if (hottest > 0)
        buf_printf(out, " · hottest line <a href=#%sL%u>%u</a>", p->at.ids, hottest, hottest);
    if (last_component(f->path).n < f->path.n) {
        buf_str(out, "</p>\n<p class=path>");
        html_text(out, f->path);
    }
    buf_str(out, "</p>\n");
    if (f->why.n > 0) {
        buf_str(out, "<p class=warn>");
        html_text(out, f->why);
        buf_str(out, "</p>\n");
    }
    buf_str(out, "</header>\n");
    render_main(&p->at, out);
    buf_str(out, "<div class=bar><p class=columns aria-hidden=true><span>line</span><span>self %</span>"
                 "<span>total %</span><span>source</span></p></div>\n<div class=code>\n");
}

static int by_def_line(const void *a, const void *b)
{
    const struct model_function *x = *(struct model_function *const *)a, *y = *(struct model_function *const *)b;
    return x->def_line != y->def_line ? (x->def_line > y->def_line) - (x->def_line < y->def_line) : (x > y) - (x < y);
}

void render_file(const struct model *m, uint32_t file, const struct render_report *report, struct buf *out)
{
    const struct model_file *f = &m->files[file];
    struct page p = {.m = m, .f = f, .out = out, .at = {.report = report}};
    p.at.up = memchr(f->page.p, '/', f->page.n) != NULL ? "../" : "";
    p.at.folder = slice_of(f->page.p, f->page.n - last_component(f->page).n);
    if (report != NULL)
        (void)snprintf(p.at.ids, sizeof p.at.ids, "f%u", file);
    p.defs = calloc(f->functions + 1, sizeof(struct model_function *));
    if (p.defs == NULL) {
        out->failed = true;
        return;
    }
    for (uint32_t i = 0; i < f->functions; i++) {
        const struct model_function *fn = &m->functions[f->first_function + i];
        if (fn->def_line > 0)
            p.defs[p.n_defs++] = fn;
    }
    qsort(p.defs, p.n_defs, sizeof(struct model_function *), by_def_line);
    render_head(&p.at, out, f->module, "file");
    head(&p);
    source(&p);
    numbers_only(&p);
    buf_str(out, "</div>\n");
    render_foot(&p.at, out);
    free(p.defs);
}
