#include "config.h"

#include "src/heatmap/search.h"

#include <inttypes.h>
#include <stdlib.h>

#include "src/heatmap/js.h"
#include "src/heatmap/render.h"

enum { NAME_MAX_SHOWN = 200, TEXT_MAX = 120 /* characters */ };

struct script {
    const struct model *m;
    struct buf *out;
    bool *lines, *functions; /* by index: it is one of the hottest */
};

static void counts(struct buf *out, uint64_t self, uint64_t total)
{
    buf_printf(out, "%" PRIu64 ",%" PRIu64, self, total);
}

static void put_functions(const struct script *s, const struct model_file *f)
{
    const char *separator = "";
    buf_u8(s->out, '[');
    for (uint32_t i = f->first_function; i < f->first_function + f->functions; i++) {
        const struct model_function *fn = &s->m->functions[i];
        if (!s->functions[i])
            continue;
        buf_str(s->out, separator);
        js_string(s->out, fn->qualname, NAME_MAX_SHOWN);
        buf_printf(s->out, ",%u,", fn->def_line);
        counts(s->out, fn->self, fn->total);
        separator = ",";
    }
    buf_u8(s->out, ']');
}

static void put_lines(const struct script *s, const struct model_file *f)
{
    const char *separator = "";
    buf_u8(s->out, '[');
    for (uint32_t i = f->first_line; i < f->first_line + f->lines; i++) {
        const struct model_line *l = &s->m->lines[i];
        const struct slice text = render_line_text(f, l->line);
        if (!s->lines[i] || text.n == 0)
            continue;
        buf_printf(s->out, "%s%u,", separator, l->line);
        counts(s->out, l->self, l->total);
        buf_u8(s->out, ',');
        js_string(s->out, text, TEXT_MAX);
        separator = ",";
    }
    buf_u8(s->out, ']');
}

static void put_file(const struct script *s, const struct model_file *f)
{
    buf_u8(s->out, '[');
    js_string(s->out, f->module, NAME_MAX_SHOWN);
    buf_u8(s->out, ',');
    js_string(s->out, f->path, NAME_MAX_SHOWN);
    buf_u8(s->out, ',');
    js_string(s->out, f->page, NAME_MAX_SHOWN);
    buf_printf(s->out, ",%u,", (unsigned)f->type);
    counts(s->out, f->self, f->total);
    buf_u8(s->out, ',');
    put_functions(s, f);
    buf_u8(s->out, ',');
    put_lines(s, f);
    buf_u8(s->out, ']');
}

static void mark(const uint32_t *hottest, uint32_t n, bool *marks)
{
    for (uint32_t i = 0; i < n && i < SEARCH_MAX_LINES; i++)
        marks[hottest[i]] = true;
}

void search_script(const struct model *m, struct buf *out)
{
    const size_t n = (size_t)m->n_lines + m->n_functions;
    bool *marks = calloc(n + 1, sizeof *marks);
    if (marks == NULL) {
        out->failed = true;
        return;
    }
    const struct script s = {.m = m, .out = out, .lines = marks, .functions = marks + m->n_lines};
    mark(m->hot_lines, m->n_lines, s.lines);
    mark(m->hot_functions, m->n_functions, s.functions);
    buf_printf(out, "heatmap.searchData({\"samples\":%" PRIu64 ",\"types\":[", m->counts.n);
    for (unsigned i = 0; i < MODULE_TYPES; i++)
        buf_printf(out, "%s\"%s\"", i > 0 ? "," : "", render_type(i));
    buf_printf(out, "],\"more\":%u,\"files\":[", m->n_lines > SEARCH_MAX_LINES ? m->n_lines - SEARCH_MAX_LINES : 0);
    for (uint32_t i = 0; i < m->n_files; i++) {
        buf_str(out, i > 0 ? ",\n" : "\n");
        put_file(&s, &m->files[i]);
    }
    buf_str(out, "\n]});\n");
    free(marks);
}
