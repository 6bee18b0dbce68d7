#include "config.h"

#include "src/heatmap/markdown.h"

#include <inttypes.h>
#include <stdlib.h>

#include "src/heatmap/arguments.h"
#include "src/heatmap/html.h"
#include "src/heatmap/pyversion.h"
#include "src/heatmap/render.h"
#include "src/heatmap/secrets.h"
#include "src/heatmap/utf8.h"

enum { HOTTEST = 10, LONGEST = 120 /* characters of a name or a line */ };

void markdown_code(struct buf *out, struct slice s)
{
    struct buf text = {0};
    size_t longest = 0, run = 0;
    utf8_line(&text, s);
    struct slice shown = slice_of(text.p, utf8_characters(buf_view(&text), LONGEST));
    for (size_t i = 0; i < shown.n; i++) {
        run = shown.p[i] == '`' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    /* A space at both ends is taken away again; there must be one where a backtick or a space is at an end. */
    const bool pad =
        shown.n == 0 || memchr("` ", shown.p[0], 2) != NULL || memchr("` ", shown.p[shown.n - 1], 2) != NULL;
    for (size_t i = 0; i <= longest; i++)
        buf_u8(out, '`');
    buf_str(out, pad ? " " : "");
    for (size_t i = 0; i < shown.n; i++) {
        if (shown.p[i] == '|')
            buf_u8(out, '\\');
        buf_u8(out, shown.p[i]);
    }
    buf_str(out, shown.n < text.n ? "…" : "");
    buf_str(out, pad ? " " : "");
    for (size_t i = 0; i <= longest; i++)
        buf_u8(out, '`');
    out->failed |= text.failed;
    buf_fini(&text);
}

static struct slice last_component(struct slice path)
{
    const uint8_t *slash = path.n == 0 ? NULL : memrchr(path.p, '/', path.n);
    return slash == NULL ? path : slice_skip(path, (size_t)(slash - path.p) + 1);
}

static void command(const struct model_process *p, struct buf *out)
{
    struct buf words = {0};
    size_t *keep = calloc((size_t)p->argc + 1, sizeof *keep);
    if (keep == NULL) {
        out->failed = true;
        return;
    }
    (void)arguments_keep(p->argv, p->argc, keep);
    for (uint32_t i = 0; i < p->argc; i++) {
        buf_str(&words, i > 0 ? " " : "");
        buf_slice(&words, last_component(slice_of(p->argv[i].p, keep[i])));
        buf_str(&words, keep[i] < p->argv[i].n ? ARGUMENTS_REMOVED : "");
    }
    if (p->argc == 0)
        buf_slice(&words, p->executable.n > 0 ? last_component(p->executable) : SLICE("a Python program"));
    markdown_code(out, buf_view(&words));
    out->failed |= words.failed;
    buf_fini(&words);
    free(keep);
}

static void count_of(struct buf *out, uint64_t n, const char *one, const char *many)
{
    html_count(out, n);
    buf_printf(out, " %s", n == 1 ? one : many);
}

static void what_ran(const struct model *m, struct buf *out)
{
    if (m->n_processes == 0) {
        buf_str(out, "No Python ran.\n");
        return;
    }
    buf_str(out, "**");
    command(&m->processes[0], out);
    buf_str(out, "** ran ");
    html_seconds(out, (double)m->duration * (double)m->header.time_unit_ns / 1e9);
    buf_printf(out, " with CPython %s", pyversion_of(m->processes[0].python, m->processes[0].free_threaded).text);
    if (m->host.kernel.n > 0) {
        buf_str(out, " on ");
        markdown_code(out, m->host.kernel);
    }
    if (m->host.machine.n > 0) {
        buf_str(out, " ");
        markdown_code(out, m->host.machine);
    }
    buf_str(out, ": ");
    count_of(out, m->n_processes, "process", "processes");
    buf_str(out, ", ");
    count_of(out, m->n_threads, "thread", "threads");
    buf_str(out, ".\n");
}

static void quality(const struct model *m, struct buf *out)
{
    static const char *const bases[] = {" active", "", " GIL"};
    const struct model_counts *c = &m->counts;
    const uint64_t looks = c->rows_read + c->rows_lost;
    html_count(out, c->n);
    buf_printf(out, "%s samples at %g Hz; of the looks ", bases[m->basis],
               m->header.period_ns == 0 ? 0 : 1e9 / (double)m->header.period_ns);
    html_percent_word(out, c->rows_read - c->rows_trimmed, looks);
    buf_str(out, " % exact, ");
    html_percent_word(out, c->rows_trimmed, looks);
    buf_str(out, " % trimmed, ");
    html_percent_word(out, c->rows_lost, looks);
    buf_str(out, " % lost.\n");
    if (m->n_damages > 0 || !m->ended)
        buf_printf(out, "The recording is not whole: %.3g %% of its samples could be read.\n", 100 * m->recovered);
}

static void shares(const struct model *m, uint64_t self, uint64_t total, struct buf *out)
{
    buf_str(out, "| ");
    html_percent_word(out, self, m->counts.n);
    buf_str(out, " % | ");
    html_percent_word(out, total, m->counts.n);
    buf_str(out, " % | ");
}

static void place(const struct model *m, uint32_t file, uint32_t line, struct buf *out)
{
    struct buf where = {0};
    buf_slice(&where, m->files[file].module);
    buf_printf(&where, ":%" PRIu32, line);
    markdown_code(out, buf_view(&where));
    out->failed |= where.failed;
    buf_fini(&where);
}

static void lines(const struct model *m, struct buf *out)
{
    buf_str(out, "\n| self | total | line | |\n|---:|---:|:---|:---|\n");
    for (uint32_t i = 0; i < m->n_lines && i < HOTTEST && m->lines[m->hot_lines[i]].self > 0; i++) {
        const uint32_t at = m->hot_lines[i], file = m->line_file[at];
        const struct model_line *l = &m->lines[at];
        const struct slice text = render_line_text(&m->files[file], l->line);
        struct secrets secrets = {0};
        shares(m, l->self, l->total, out);
        place(m, file, l->line, out);
        buf_str(out, " | ");
        if (text.n > 0 && !secrets_line(&secrets, text))
            markdown_code(out, text);
        buf_str(out, " |\n");
    }
}

static void functions(const struct model *m, struct buf *out)
{
    buf_str(out, "\n| self | total | function | |\n|---:|---:|:---|:---|\n");
    for (uint32_t i = 0; i < m->n_functions && i < HOTTEST && m->functions[m->hot_functions[i]].self > 0; i++) {
        const struct model_function *f = &m->functions[m->hot_functions[i]];
        shares(m, f->self, f->total, out);
        markdown_code(out, f->qualname);
        buf_str(out, " | ");
        place(m, f->file, f->def_line, out);
        buf_str(out, " |\n");
    }
}

void markdown(const struct model *m, struct buf *out)
{
    what_ran(m, out);
    quality(m, out);
    if (m->counts.n == 0)
        return;
    lines(m, out);
    functions(m, out);
}
