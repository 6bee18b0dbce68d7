/* The front page: where did the time go? What ran, how good the samples are, the hottest lines and functions, then the
 * tree by module type. */
#include "config.h"

#include "src/heatmap/render.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

#include "src/heatmap/heat.h"
#include "src/heatmap/html.h"
#include "src/heatmap/notes.h"

enum {
    HOTTEST = 10, /* lines and functions in the lists */
    BAR = 150,    /* width of a bar, in its own units */
    STRIP = 1000, /* of the strip of time */
    STRIP_HEIGHT = 24,
    TICKS_A_BIN = 8, /* at least, of the strip */
    OPEN_DEPTH = 1,  /* folders of the project up to this depth are open */
};
static const double mostly_idle = 0.3; /* less of the time active: say so first */
static const double doubtful = 0.01;   /* more samples lost or trimmed: warn */

/* --- what ran ------------------------------------------------------------------------------------------------------*/

static bool is_plain_word(struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (strchr(" \t\n\"'\\$`&|;<>()*?[]#~", s.p[i]) != NULL)
            return false;
    }
    return s.n > 0;
}

/* As it could be typed; a path to a Python is shown by its last component. */
static void command(const struct model_process *p, struct buf *out)
{
    for (uint32_t i = 0; i < p->argc; i++) {
        struct slice word = p->argv[i];
        if (i > 0)
            buf_u8(out, ' ');
        if (i == 0) {
            const uint8_t *slash = memrchr(word.p, '/', word.n);
            word = slash == NULL ? word : slice_skip(word, (size_t)(slash - word.p) + 1);
        }
        if (is_plain_word(word)) {
            buf_slice(out, word);
        } else {
            buf_u8(out, '\'');
            buf_slice(out, word);
            buf_u8(out, '\'');
        }
    }
    if (p->argc == 0)
        buf_slice(out, p->executable.n > 0 ? p->executable : SLICE("a Python program"));
}

static void count_of(struct buf *out, uint64_t n, const char *one, const char *many)
{
    html_count(out, n);
    buf_printf(out, " %s", n == 1 ? one : many);
}

static void versions(const struct model *m, struct buf *out)
{
    buf_str(out, "CPython ");
    for (uint32_t i = 0; i < m->n_processes; i++) {
        const uint32_t v = m->processes[i].python;
        bool seen = false;
        for (uint32_t k = 0; k < i; k++)
            seen = seen || m->processes[k].python == v;
        if (!seen)
            buf_printf(out, "%s%u.%u.%u", i > 0 ? ", " : "", v >> 24, v >> 16 & 0xff, v >> 8 & 0xff);
    }
}

static double seconds(const struct model *m, uint64_t units)
{
    return (double)units * (double)m->header.time_unit_ns / 1e9;
}

static void what_ran(const struct model *m, struct buf *out)
{
    char date[64] = "";
    const time_t started = (time_t)(m->header.started_ns / 1000000000);
    struct tm tm;
    if (gmtime_r(&started, &tm) != NULL)
        (void)strftime(date, sizeof date, "%-d %B %Y, %H:%M UTC", &tm);
    buf_str(out, "<p class=ran>Ran <b>");
    html_seconds(out, seconds(m, m->duration));
    buf_printf(out, "</b> on %s with ", date);
    versions(m, out);
    buf_str(out, " · ");
    count_of(out, m->n_processes, "process", "processes");
    buf_str(out, ", ");
    count_of(out, m->n_threads, "thread", "threads");
    buf_str(out, " · <b>");
    html_count(out, m->counts.n);
    const double rate = m->header.period_ns == 0 ? 0 : 1e9 / (double)m->header.period_ns;
    buf_printf(out, "</b> samples at %g %s</p>\n", rate >= 1000 ? rate / 1000 : rate, rate >= 1000 ? "kHz" : "Hz");
}

/* Half the width of the 95 % interval of a share, in points. */
static double points(double share, uint64_t n)
{
    return n == 0 ? 0 : 196 * sqrt(share * (1 - share) / (double)n);
}

static void quality(const struct model *m, struct buf *out)
{
    const struct model_counts *c = &m->counts;
    const uint64_t all = c->n + c->lost;
    const double bad = all == 0 ? 0 : (double)(c->trimmed + c->lost) / (double)all;
    buf_str(out, bad > doubtful ? "<p class=warn>" : "<p class=quality>");
    if (c->trimmed == 0)
        buf_str(out, "All samples proved exact");
    else {
        html_count(out, c->exact);
        buf_str(out, " samples proved exact, ");
        html_count(out, c->trimmed);
        buf_str(out, " trimmed: their innermost frames may be missing");
    }
    if (c->lost == 0)
        buf_str(out, ", none lost");
    else {
        buf_str(out, ", ");
        html_count(out, c->lost);
        buf_str(out, " lost (");
        html_percent_word(out, c->lost, all);
        buf_str(out, " %)");
    }
    if (m->n_lines > 0 && c->n > 0) {
        const double share = (double)m->lines[m->hot_lines[0]].self / (double)c->n;
        buf_printf(out, " · ±%.2g points on a %.2g %% line", points(share, c->n), share * 100);
    }
    buf_str(out, "</p>\n");
}

static void damage(const struct model *m, struct buf *out)
{
    if (m->n_damages == 0 && m->ended)
        return;
    buf_str(out, "<div class=warn><p>This recording is not whole");
    if (m->recovered < 1) {
        buf_str(out, ": ");
        buf_printf(out, "%.3g", m->recovered * 100);
        buf_str(out, " % of it could be read");
    }
    buf_str(out, ".</p><ul>\n");
    for (uint32_t i = 0; i < m->n_damages; i++) {
        buf_str(out, "<li>");
        html_str(out, m->damages[i].what);
        buf_str(out, "\n");
    }
    if (m->n_damages == 0)
        buf_str(out, "<li>It has no end: the recorder was stopped before it could write one.\n");
    buf_str(out, "</ul></div>\n");
}

/* --- bars ----------------------------------------------------------------------------------------------------------*/

static const struct {
    enum rec_tick_state state;
    const char *class, *name;
} tick_states[] = {
    {REC_TICK_RUNNING, "run", "running"},      {REC_TICK_GIL_WANTED, "gil", "waiting for the GIL"},
    {REC_TICK_GC, "gc", "collecting garbage"}, {REC_TICK_IDLE, "idle", "idle"},
    {REC_TICK_STOPPED, "stopped", "stopped"},  {REC_TICK_UNKNOWN, "unknown", "unknown"},
    {REC_TICK_LOST, "lost", "not looked at"},
};
enum { N_TICK_STATES = sizeof tick_states / sizeof *tick_states };

static uint64_t all_ticks(const uint64_t *ticks)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < REC_TICK_STATES; i++)
        sum += ticks[i];
    return sum;
}

static void bar_of_states(const struct model *m, struct buf *out)
{
    const uint64_t all = all_ticks(m->counts.ticks);
    if (all == 0)
        return;
    buf_printf(out, "<svg class=states viewBox=\"0 0 %u 10\" preserveAspectRatio=none aria-hidden=true>", STRIP);
    double x = 0;
    for (unsigned i = 0; i < N_TICK_STATES; i++) {
        const double width = STRIP * (double)m->counts.ticks[tick_states[i].state] / (double)all;
        if (width > 0)
            buf_printf(out, "<rect class=%s x=%.1f width=%.1f height=10 />", tick_states[i].class, x, width);
        x += width;
    }
    buf_str(out, "</svg>\n<ul class=legend>");
    for (unsigned i = 0; i < N_TICK_STATES; i++) {
        const uint64_t n = m->counts.ticks[tick_states[i].state];
        if (n == 0)
            continue;
        buf_printf(out, "<li class=%s>%s ", tick_states[i].class, tick_states[i].name);
        html_percent_word(out, n, all);
        buf_str(out, " %");
    }
    buf_str(out, "</ul>\n");
}

/* Bins are joined until each holds enough ticks to be a share of something. */
static uint32_t bins_in_one(const struct model *m)
{
    const uint64_t enough = all_ticks(m->counts.ticks) / TICKS_A_BIN;
    const uint64_t shown = enough == 0 ? 1 : enough < m->n_bins ? enough : m->n_bins;
    return (uint32_t)((m->n_bins + shown - 1) / shown);
}

/* Height is the share of the bin's time in which the process ran. */
static void strip_of_time(const struct model *m, struct buf *out)
{
    if (m->n_bins == 0 || all_ticks(m->counts.ticks) == 0)
        return;
    const uint32_t step = bins_in_one(m);
    const double width = (double)STRIP * step / m->n_bins;
    buf_printf(out,
               "<svg class=strip viewBox=\"0 0 %u %u\" preserveAspectRatio=none role=img aria-label=\"Activity over ",
               STRIP, STRIP_HEIGHT);
    html_seconds(out, seconds(m, m->duration));
    buf_str(out, "\">");
    double x = 0;
    for (uint32_t i = 0; i < m->n_bins; i += step, x += width) {
        uint64_t t[REC_TICK_STATES] = {0};
        for (uint32_t k = i; k < i + step && k < m->n_bins; k++) {
            for (unsigned state = 0; state < REC_TICK_STATES; state++)
                t[state] += m->bins[k].ticks[state];
        }
        const double all = (double)all_ticks(t);
        const double ran = (double)(t[REC_TICK_RUNNING] + t[REC_TICK_GC]);
        const double lost = (double)(t[REC_TICK_LOST] + t[REC_TICK_STOPPED]);
        if (ran > 0)
            buf_printf(out, "<rect class=run x=%.1f y=%.1f width=%.1f height=%.1f />", x,
                       STRIP_HEIGHT * (1 - ran / all), width * 0.85, STRIP_HEIGHT * ran / all);
        if (lost > 0)
            buf_printf(out, "<rect class=lost x=%.1f width=%.1f height=%.1f />", x, width, STRIP_HEIGHT * lost / all);
    }
    buf_str(out, "</svg>\n");
}

static void idleness(const struct model *m, struct buf *out)
{
    const uint64_t all = all_ticks(m->counts.ticks);
    const uint64_t active = m->counts.ticks[REC_TICK_RUNNING] + m->counts.ticks[REC_TICK_GC];
    if (m->basis == BASIS_WALL || all == 0 || (double)active >= mostly_idle * (double)all)
        return;
    buf_str(out, "<p class=warn>The program was active for only ");
    html_percent_word(out, active, all);
    buf_str(out, " % of the time; the numbers below are shares of that. To see what it waited for, convert the "
                 "recording again with <code>--basis wall</code>.</p>\n");
}

/* --- the hottest ---------------------------------------------------------------------------------------------------*/

static void heat_cells(const struct model *m, uint64_t self, uint64_t total, uint64_t hottest, struct buf *out)
{
    buf_printf(out, "<tr class=s%u><td>", heat_step(self, hottest));
    html_percent(out, self, m->counts.n);
    buf_str(out, "<td>");
    html_percent(out, total, m->counts.n);
    buf_str(out, "<td>");
}

/* "module:line" */
static void place_of(const struct model *m, uint32_t file, uint32_t line, struct buf *out)
{
    html_text(out, m->files[file].module);
    buf_printf(out, ":%u", line);
}

static void hottest_lines(const struct render_place *at, const struct model *m, struct buf *out)
{
    buf_str(out,
            "<section>\n<h2>Hottest lines</h2>\n<table class=hot><thead><tr><th scope=col>self %<th scope=col>total %"
            "<th scope=col>line</tr></thead><tbody>\n");
    for (uint32_t i = 0; i < m->n_lines && i < HOTTEST; i++) {
        const struct model_line *l = &m->lines[m->hot_lines[i]];
        const uint32_t file = m->line_file[m->hot_lines[i]], function = m->line_function[m->hot_lines[i]];
        if (l->self == 0)
            break;
        heat_cells(m, l->self, l->total, m->lines[m->hot_lines[0]].self, out);
        const struct slice text = render_line_text(&m->files[file], l->line);
        if (text.n > 0) {
            buf_str(out, "<code>");
            html_text(out, text);
            buf_str(out, "</code>");
        }
        buf_str(out, "<small>");
        render_link(at, m, out, file, l->line);
        place_of(m, file, l->line, out);
        buf_str(out, "</a>");
        if (function != MODEL_NONE) {
            buf_str(out, " in ");
            html_text(out, m->functions[function].qualname);
        }
        buf_printf(out, " · %s</small></tr>\n", render_type(m->files[file].type));
    }
    buf_str(out, "</table>\n</section>\n");
}

static void hottest_functions(const struct render_place *at, const struct model *m, struct buf *out)
{
    buf_str(out, "<section>\n<h2>Hottest functions</h2>\n<table class=hot><thead><tr><th scope=col>self %"
                 "<th scope=col>total %<th scope=col>function</tr></thead><tbody>\n");
    for (uint32_t i = 0; i < m->n_functions && i < HOTTEST; i++) {
        const struct model_function *f = &m->functions[m->hot_functions[i]];
        if (f->self == 0)
            break;
        heat_cells(m, f->self, f->total, m->functions[m->hot_functions[0]].self, out);
        render_link(at, m, out, f->file, f->def_line);
        html_text(out, f->qualname);
        buf_str(out, "</a><small>");
        place_of(m, f->file, f->def_line, out);
        buf_printf(out, " · %s</small></tr>\n", render_type(m->files[f->file].type));
    }
    buf_str(out, "</table>\n</section>\n");
}

/* --- the tree ------------------------------------------------------------------------------------------------------*/

static void numbers(const struct model *m, const struct model_place *p, struct buf *out)
{
    const double n = m->counts.n == 0 ? 1 : (double)m->counts.n;
    buf_str(out, "<span class=n>");
    html_percent(out, p->self, m->counts.n);
    buf_str(out, "</span><span class=n>");
    html_percent(out, p->total, m->counts.n);
    buf_printf(
        out,
        "</span><svg viewBox=\"0 0 %d 10\" preserveAspectRatio=none aria-hidden=true><rect class=total width=%.1f "
        "height=10 /><rect class=self width=%.1f height=10 /></svg>",
        BAR, BAR * (double)p->total / n, BAR * (double)p->self / n);
}

static void tree(const struct render_place *at, const struct model *m, struct buf *out)
{
    static const char *const titles[MODULE_TYPES] = {
        [MODULE_PROJECT] = "Your project",
        [MODULE_STDLIB] = "Standard library",
        [MODULE_SITE] = "Site packages",
        [MODULE_OTHER] = "Other",
    };
    buf_str(out, "<section class=tree>\n<h2>Where it was</h2>\n<p class=row aria-hidden=true><span></span>"
                 "<span class=n>self %</span><span class=n>total %</span><span></span></p>\n");
    uint32_t depth = 0;
    for (uint32_t i = 0; i < m->n_places; i++) {
        const struct model_place *p = &m->places[i];
        for (; depth > p->depth; depth--)
            buf_str(out, "</details>\n");
        if (p->kind == PLACE_FILE) {
            buf_str(out, "<p class=row>");
            render_link(at, m, out, p->file, 0);
            html_text(out, p->name);
            buf_str(out, "</a>");
            numbers(m, p, out);
            buf_str(out, "</p>\n");
            continue;
        }
        const bool open = p->type == MODULE_PROJECT && p->depth <= OPEN_DEPTH;
        if (p->kind == PLACE_TYPE)
            buf_printf(out, "<details id=%s%s%s>", at->ids, render_type_class(p->type), open ? " open" : "");
        else
            buf_printf(out, "<details%s>", open ? " open" : "");
        buf_str(out, "<summary class=row><span>");
        if (p->kind == PLACE_TYPE)
            buf_printf(out, "<b>%s</b>", titles[p->type]);
        else
            html_text(out, p->name);
        buf_str(out, " <small>");
        count_of(out, p->files, "file", "files");
        buf_str(out, "</small></span>");
        numbers(m, p, out);
        buf_str(out, "</summary>\n");
        depth++;
    }
    for (; depth > 0; depth--)
        buf_str(out, "</details>\n");
    buf_str(out, "</section>\n");
}

/* --- about ---------------------------------------------------------------------------------------------------------*/

static void fact(struct buf *out, const char *name, struct slice value)
{
    if (value.n == 0)
        return;
    buf_printf(out, "<dt>%s<dd>", name);
    html_text(out, value);
    buf_str(out, "\n");
}

static void about_process(const struct model *m, uint32_t process, struct buf *out)
{
    const struct model_process *p = &m->processes[process];
    struct buf line = {0};
    buf_printf(out, "<h3>Process %u</h3>\n<dl>\n", p->pid);
    command(p, &line);
    fact(out, "command", buf_view(&line));
    fact(out, "executable", p->executable);
    fact(out, "build", p->python_build);
    fact(out, "directory", p->cwd);
    for (uint32_t i = 0; i < m->n_env; i++) {
        if (m->env[i].process != process)
            continue;
        buf_clear(&line);
        buf_slice(&line, m->env[i].name);
        buf_u8(&line, '=');
        buf_slice(&line, m->env[i].value);
        fact(out, "environment", buf_view(&line));
    }
    buf_str(out, "</dl>\n<table class=threads><thead><tr><th scope=col>thread<th scope=col>samples<th scope=col>share %"
                 "</tr></thead><tbody>\n");
    for (uint32_t i = 0; i < m->n_threads; i++) {
        if (m->threads[i].process != process)
            continue;
        buf_str(out, "<tr><td>");
        html_text(out, m->threads[i].name);
        buf_printf(out, " <small>%llu</small><td>", (unsigned long long)m->threads[i].tid);
        html_count(out, m->threads[i].samples);
        buf_str(out, "<td>");
        html_percent(out, m->threads[i].samples, m->counts.n);
        buf_str(out, "</tr>\n");
    }
    buf_str(out, "</table>\n");
    buf_fini(&line);
}

static void about(const struct model *m, struct buf *out)
{
    static const char *const bases[] = {
        [BASIS_ACTIVE] = "active: samples of threads that were on a CPU or held the GIL",
        [BASIS_WALL] = "wall: samples of all threads, whatever they did",
        [BASIS_GIL] = "gil: samples of threads that held the GIL",
    };
    char cpus[32];
    buf_str(out, "<section class=about>\n<details><summary>About this recording</summary>\n<dl>\n");
    fact(out, "recorder", m->header.recorder);
    fact(out, "counted", slice_str(bases[m->basis]));
    fact(out, "system", m->host.kernel);
    fact(out, "machine", m->host.machine);
    fact(out, "processor", m->host.cpu_model);
    (void)snprintf(cpus, sizeof cpus, "%u", m->host.cpus);
    fact(out, "processors online", m->host.cpus == 0 ? SLICE("") : slice_str(cpus));
    fact(out, "C library", m->host.libc);
    fact(out, "container", m->host.container);
    buf_str(out, "</dl>\n");
    for (uint32_t i = 0; i < m->n_processes; i++)
        about_process(m, i, out);
    buf_str(out, "</details>\n</section>\n");
}

static void no_samples(const struct model *m, struct buf *out)
{
    buf_str(out, "<p class=warn>");
    if (m->n_processes == 0)
        buf_str(out, "No Python ran in the recorded program, as far as could be seen, so there are no samples.");
    else if (m->counts.wall > 0)
        buf_str(out, "No thread was active at any sample: the program only waited. Convert the recording again with "
                     "<code>--basis wall</code> to see where.");
    else
        buf_str(out, "The program ended before the first sample was taken.");
    buf_str(out, "</p>\n");
}

void render_front(const struct model *m, const struct render_report *report, struct buf *out)
{
    struct render_place at = {.up = "", .report = report};
    if (report != NULL)
        (void)snprintf(at.ids, sizeof at.ids, "front");
    struct buf title = {0};
    if (m->n_processes > 0)
        command(&m->processes[0], &title);
    else
        buf_str(&title, "Nothing was recorded");
    render_head(&at, out, buf_view(&title), "front");
    buf_str(out, "<header>\n<p class=brand>pyheatmap</p>\n<h1>");
    html_text(out, buf_view(&title));
    buf_str(out, "</h1>\n");
    buf_fini(&title);
    if (m->n_processes > 0)
        what_ran(m, out);
    damage(m, out);
    if (m->counts.n > 0)
        quality(m, out);
    idleness(m, out);
    buf_str(out, "</header>\n");
    render_main(&at, out);
    if (m->notes.n > 0) {
        buf_str(out, "<section class=notes><h2>Notes</h2>\n");
        notes_html(out, m->notes);
        buf_str(out, "</section>\n");
    }
    bar_of_states(m, out);
    strip_of_time(m, out);
    if (m->counts.n == 0) {
        no_samples(m, out);
    } else {
        buf_str(out, "<div class=hottest>\n");
        hottest_lines(&at, m, out);
        hottest_functions(&at, m, out);
        buf_str(out, "</div>\n");
        tree(&at, m, out);
    }
    about(m, out);
    render_foot(&at, out);
}
