/* The hottest lines with their texts, and the hottest functions: by self and by total. Both are in the page, and two
 * radio buttons choose, so that no script is wanted. */
#include "config.h"

#include "src/heatmap/front.h"

#include "src/heatmap/heat.h"
#include "src/heatmap/html.h"

enum { HOTTEST = 10, /* entries of a list */ TEXT_MAX = 200 /* characters of a line's text */ };

/* Which order a list is in. */
enum by { BY_SELF, BY_TOTAL };

static void heat_cells(const struct model *m, enum by by, uint64_t self, uint64_t total, uint64_t hottest,
                       struct buf *out)
{
    buf_printf(out, "<tr class=%c%u><td>", by == BY_SELF ? 's' : 't', heat_step(by == BY_SELF ? self : total, hottest));
    html_percent(out, self, m->counts.n);
    buf_str(out, "<td>");
    html_percent(out, total, m->counts.n);
    buf_str(out, "<td>");
}

/* "module:line" */
static void place_of(const struct model *m, uint32_t file, uint32_t line, struct buf *out)
{
    html_cut(out, m->files[file].module, FRONT_NAME_MAX);
    buf_printf(out, ":%u", line);
}

static void open_list(const char *title, const char *column, enum by by, struct buf *out)
{
    buf_printf(
        out,
        "<section class=%s>\n<h2>%s</h2>\n<table class=hot><thead><tr><th scope=col>self %%<th scope=col>total %%"
        "<th scope=col>%s</tr></thead><tbody>\n",
        by == BY_SELF ? "by-self" : "by-total", title, column);
}

static void line_row(const struct render_place *at, const struct model *m, uint32_t line, enum by by, uint64_t hottest,
                     struct buf *out)
{
    const struct model_line *l = &m->lines[line];
    const uint32_t file = m->line_file[line], function = m->line_function[line];
    heat_cells(m, by, l->self, l->total, hottest, out);
    const struct slice text = render_line_text(&m->files[file], l->line);
    if (text.n > 0) {
        buf_str(out, "<code>");
        html_cut(out, text, TEXT_MAX);
        buf_str(out, "</code>");
    }
    buf_str(out, "<small>");
    render_link(at, m, out, file, l->line);
    place_of(m, file, l->line, out);
    buf_str(out, "</a>");
    if (function != MODEL_NONE) {
        buf_str(out, " in ");
        html_cut(out, m->functions[function].qualname, FRONT_NAME_MAX);
    }
    buf_printf(out, " · %s</small></tr>\n", render_type(m->files[file].type));
}

static void function_row(const struct render_place *at, const struct model *m, uint32_t function, enum by by,
                         uint64_t hottest, struct buf *out)
{
    const struct model_function *f = &m->functions[function];
    heat_cells(m, by, f->self, f->total, hottest, out);
    render_link(at, m, out, f->file, f->def_line);
    html_cut(out, f->qualname, FRONT_NAME_MAX);
    buf_str(out, "</a><small>");
    place_of(m, f->file, f->def_line, out);
    buf_printf(out, " · %s</small></tr>\n", render_type(m->files[f->file].type));
}

static uint64_t line_count(const struct model *m, uint32_t line, enum by by)
{
    return by == BY_SELF ? m->lines[line].self : m->lines[line].total;
}

static uint64_t function_count(const struct model *m, uint32_t function, enum by by)
{
    return by == BY_SELF ? m->functions[function].self : m->functions[function].total;
}

typedef uint64_t count_fn(const struct model *m, uint32_t index, enum by by);

/* The first HOTTEST of n things by total, most first; those of the same total stay as they came. */
static uint32_t top(const struct model *m, const uint32_t *from, uint32_t n, count_fn *count, uint32_t *best)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < n; i++) {
        const uint64_t c = count(m, from[i], BY_TOTAL);
        uint32_t at = found;
        while (at > 0 && count(m, best[at - 1], BY_TOTAL) < c)
            at--;
        if (at == HOTTEST)
            continue;
        found += found < HOTTEST;
        for (uint32_t k = found - 1; k > at; k--)
            best[k] = best[k - 1];
        best[at] = from[i];
    }
    return found;
}

static void lists(const struct render_place *at, const struct model *m, enum by by, struct buf *out)
{
    uint32_t best[HOTTEST];
    const uint32_t *lines = m->hot_lines, *functions = m->hot_functions;
    uint32_t n = m->n_lines < HOTTEST ? m->n_lines : HOTTEST;
    if (by == BY_TOTAL) {
        n = top(m, m->hot_lines, m->n_lines, line_count, best);
        lines = best;
    }
    open_list("Hottest lines", "line", by, out);
    for (uint32_t i = 0; i < n && line_count(m, lines[i], by) > 0; i++)
        line_row(at, m, lines[i], by, line_count(m, lines[0], by), out);
    buf_str(out, "</table>\n</section>\n");
    n = m->n_functions < HOTTEST ? m->n_functions : HOTTEST;
    if (by == BY_TOTAL) {
        n = top(m, m->hot_functions, m->n_functions, function_count, best);
        functions = best;
    }
    open_list("Hottest functions", "function", by, out);
    for (uint32_t i = 0; i < n && function_count(m, functions[i], by) > 0; i++)
        function_row(at, m, functions[i], by, function_count(m, functions[0], by), out);
    buf_str(out, "</table>\n</section>\n");
}

void front_hottest(const struct render_place *at, const struct model *m, struct buf *out)
{
    buf_str(out,
            "<div class=hottest>\n<fieldset class=radios><legend>The hottest by</legend>"
            "<label><input type=radio name=hottest value=self checked> self <small>the time in the line or function "
            "itself</small></label><label><input type=radio name=hottest value=total> total <small>with all that "
            "it called</small></label></fieldset>\n");
    lists(at, m, BY_SELF, out);
    lists(at, m, BY_TOTAL, out);
    buf_str(out, "</div>\n");
}
