#include "config.h"

#include "src/heatmap/summary.h"

#include <inttypes.h>
#include <stdlib.h>

#include "src/heatmap/utf8.h"

enum { HOTTEST = 5, WARNINGS = 5, PATH_SHARE = 2 /* a path takes at most this part of the width */ };

static const char bold[] = "\033[1m", dim[] = "\033[2m", plain[] = "\033[m";

/* Characters, where each takes one column: near enough for a summary. */
static size_t columns(struct slice s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += (s.p[i] & 0xc0) != 0x80;
    return n;
}

/* As many characters as fit, from the front or the end, with an ellipsis where something is missing. */
static void put_cut(struct buf *out, struct slice s, size_t width, bool keep_end)
{
    size_t n = columns(s);
    if (n <= width) {
        buf_slice(out, s);
        return;
    }
    size_t drop = n - width + 1;
    if (keep_end) {
        size_t i = 0;
        for (; i < s.n && (drop > 0 || (s.p[i] & 0xc0) == 0x80); i++)
            drop -= (s.p[i] & 0xc0) != 0x80;
        buf_str(out, "…");
        buf_slice(out, slice_skip(s, i));
        return;
    }
    size_t end = s.n;
    while (end > 0 && drop > 0) {
        end--;
        drop -= (s.p[end] & 0xc0) != 0x80;
    }
    buf_bytes(out, s.p, end);
    buf_str(out, "…");
}

static void put_count(struct buf *out, uint64_t n)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, n);
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            buf_u8(out, ',');
        buf_u8(out, (uint8_t)digits[i]);
    }
}

static double percent(uint64_t part, uint64_t of)
{
    return of == 0 ? 0 : 100 * (double)part / (double)of;
}

static void put_percent(struct buf *out, uint64_t part, uint64_t of)
{
    double p = percent(part, of);
    buf_printf(out, p > 0 && p < 0.995 ? "%.2f %%" : "%.1f %%", p);
}

static void put_command(struct buf *out, const struct model *m)
{
    if (m->n_processes == 0)
        return;
    const struct model_process *p = &m->processes[0];
    buf_str(out, " of ");
    for (uint32_t i = 0; i < p->argc; i++) {
        buf_str(out, i > 0 ? " " : "");
        utf8_line(out, p->argv[i]);
    }
    if (p->argc == 0)
        buf_printf(out, "process %u", p->pid);
}

/* "12,345 samples of python3 app.py in 12.3 s: 99.9 % exact, 0.10 % trimmed, 0.0 % lost" */
static void put_quality(struct buf *out, const struct model *m, unsigned width)
{
    const struct model_counts *c = &m->counts;
    struct buf line = {0};
    put_count(&line, c->n);
    buf_str(&line, m->basis == BASIS_ACTIVE ? " active samples" : m->basis == BASIS_GIL ? " GIL samples" : " samples");
    put_command(&line, m);
    put_cut(out, buf_view(&line), width, false);
    out->failed |= line.failed;
    buf_fini(&line);
    buf_printf(out, "\nin %.1f s, ", (double)m->duration * (double)m->header.time_unit_ns / 1e9);
    uint64_t looks = c->rows_read + c->rows_lost;
    put_percent(out, c->rows_read - c->rows_trimmed, looks);
    buf_str(out, " of the looks exact, ");
    put_percent(out, c->rows_trimmed, looks);
    buf_str(out, " trimmed, ");
    put_percent(out, c->rows_lost, looks);
    buf_str(out, " lost\n");
    if (c->n == 0)
        buf_str(out, c->wall > 0 ? "No sample counts: the program was idle. --basis wall counts all its threads.\n"
                                 : "There are no samples in it.\n");
}

static void put_hot_line(struct buf *out, const struct model *m, uint32_t i, const struct summary_options *o)
{
    const struct model_line *line = &m->lines[i];
    const struct model_file *file = &m->files[m->line_file[i]];
    struct buf where = {0}, text = {0};
    utf8_line(&where, file->path);
    buf_printf(&where, ":%u", line->line);
    struct pytext source = {.text = file->text, .lines = file->text_lines, .starts = file->starts};
    struct slice code = pytext_line(&source, line->line);
    while (code.n > 0 && (code.p[0] == ' ' || code.p[0] == '\t' || code.p[0] == '\f'))
        code = slice_skip(code, 1);
    utf8_line(&text, code);
    size_t room = o->width / PATH_SHARE, used = columns(buf_view(&where));
    used = used < room ? used : room;
    buf_printf(out, "%6.1f %%  %s", percent(line->self, m->counts.n), o->colour ? bold : "");
    put_cut(out, buf_view(&where), room, true);
    buf_str(out, o->colour ? plain : "");
    if (text.n > 0 && o->width > used + 20) {
        buf_printf(out, "  %s", o->colour ? dim : "");
        put_cut(out, buf_view(&text), o->width - used - 12, false);
        buf_str(out, o->colour ? plain : "");
    }
    buf_str(out, "\n");
    out->failed |= where.failed || text.failed;
    buf_fini(&where);
    buf_fini(&text);
}

bool summary_address(const char *site, struct buf *out)
{
    char *path = realpath(site, NULL);
    buf_str(out, "file://");
    for (const char *p = path == NULL ? site : path; *p != '\0'; p++) {
        uint8_t b = (uint8_t)*p;
        bool as_is =
            (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') || strchr("/-._~", b) != NULL;
        buf_printf(out, as_is ? "%c" : "%%%02X", b);
    }
    buf_str(out, "/index.html");
    free(path);
    return buf_ok(out);
}

bool summary_print(const struct model *m, const struct summary_options *options, FILE *out, struct err *err)
{
    struct buf text = {0};
    put_quality(&text, m, options->width);
    for (uint32_t i = 0; i < m->n_lines && i < HOTTEST && m->lines[m->hot_lines[i]].self > 0; i++) {
        if (i == 0)
            buf_str(&text, "Hottest lines, by the time in the line itself:\n");
        put_hot_line(&text, m, m->hot_lines[i], options);
    }
    if (options->site != NULL) {
        buf_str(&text, "Site: ");
        (void)summary_address(options->site, &text);
        buf_str(&text, "\n");
    }
    bool ok = buf_ok(&text);
    if (ok)
        (void)fwrite(text.p, 1, text.n, out);
    buf_fini(&text);
    return ok || err_nomem(err);
}

void summary_warn(const struct profile *p, const char *name, FILE *out)
{
    const double recovered = profile_recovered(p);
    for (uint32_t i = 0; i < p->n_damages && i < WARNINGS; i++) {
        const struct damage *d = &p->damages[i];
        (void)fprintf(out, "pyheatmap: warning: %s: %s (at byte %" PRIu64 ", %" PRIu64 " bytes not read)\n", name,
                      d->what, d->offset, d->bytes);
    }
    if (p->n_damages > WARNINGS)
        (void)fprintf(out, "pyheatmap: warning: %s: and %u more damages\n", name, p->n_damages - WARNINGS);
    if (recovered < 1)
        (void)fprintf(out, "pyheatmap: warning: %s: %.1f %% of the samples could be read\n", name, 100 * recovered);
    else if (p->n_damages > 0 || !p->ended)
        (void)fprintf(out, "pyheatmap: warning: %s: the recording has no end: what came before is used\n", name);
}
