/* What ran, and how good the samples are; what the process did, and when. */
#include "config.h"

#include "src/heatmap/front.h"

#include <math.h>
#include <time.h>

#include "src/heatmap/html.h"
#include "src/heatmap/pyversion.h"
#include "src/heatmap/strip.h"

enum {
    STATES_WIDTH = 1000, /* of the bar of states, in its own units */
    LONG_TITLE = 80,     /* bytes */
    FEW_TICKS = 100,     /* tell nothing of the rate */
};
static const double mostly_idle = 0.3; /* less of the time active: say so first */
static const double doubtful = 0.01;   /* more samples lost or trimmed: warn */
static const double held = 0.95;       /* of the rate that was asked for; less is said */

/* --- what ran ------------------------------------------------------------------------------------------------------*/

static bool is_plain_word(struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (strchr(" \t\n\"'\\$`&|;<>()*?[]#~", s.p[i]) != NULL)
            return false;
    }
    return s.n > 0;
}

/* A path to a Python is shown by its last component. */
void front_command(const struct model_process *p, struct buf *out)
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

void front_title(const struct model *m, struct buf *out)
{
    if (m->n_processes > 0)
        front_command(&m->processes[0], out);
    else
        buf_str(out, "Nothing was recorded");
}

/* Those of all processes, each once. */
static void versions(const struct model *m, struct buf *out)
{
    struct pyversion seen[8];
    uint32_t n = 0;
    buf_str(out, "CPython ");
    for (uint32_t i = 0; i < m->n_processes && n < sizeof seen / sizeof *seen; i++) {
        uint32_t k = 0;
        seen[n] = pyversion_of(m->processes[i].python, m->processes[i].free_threaded);
        while (strcmp(seen[k].text, seen[n].text) != 0)
            k++;
        if (k < n)
            continue;
        buf_printf(out, "%s%s", n > 0 ? ", " : "", seen[n].text);
        n++;
    }
}

static double seconds(const struct model *m, uint64_t units)
{
    return (double)units * (double)m->header.time_unit_ns / 1e9;
}

static void frequency(double hertz, struct buf *out)
{
    buf_printf(out, "%.3g %s", hertz >= 1000 ? hertz / 1000 : hertz, hertz >= 1000 ? "kHz" : "Hz");
}

/* The rate that was asked for, and the one that was reached where it was less. That of several processes together
 * would tell nothing. */
static void rate(const struct model *m, struct buf *out)
{
    const double asked = m->header.period_ns == 0 ? 0 : 1e9 / (double)m->header.period_ns;
    const double time = seconds(m, m->duration);
    const double reached = time > 0 ? (double)m->end.wakes / time : 0;
    frequency(asked, out);
    if (m->n_processes != 1 || !m->ended || m->end.wakes == 0 || asked * time < FEW_TICKS || reached >= held * asked)
        return;
    buf_str(out, ", reached ");
    frequency(reached, out);
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
    html_count_of(out, m->n_processes, "process", "processes");
    buf_str(out, ", ");
    html_count_of(out, m->n_threads, "thread", "threads");
    buf_str(out, " · <b>");
    html_count(out, m->counts.n);
    buf_str(out, m->counts.n == 1 ? "</b> sample at " : "</b> samples at ");
    rate(m, out);
    buf_str(out, "</p>\n");
}

static double share(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0 : (double)part / (double)whole;
}

/* Half the width of the 95 % interval of a share, in points. */
static double points(double share, uint64_t n)
{
    return n == 0 ? 0 : 196 * sqrt(share * (1 - share) / (double)n);
}

/* A part in percent that is not the whole, and does not look as if it were. */
static void most(uint64_t part, uint64_t whole, struct buf *out)
{
    const double p = 100 * share(part, whole);
    buf_printf(out, p < 99 ? "%.1f" : "%.2f", p > 99.99 ? 99.99 : p);
}

/* Of the stacks that were looked at: which are proved. Repeats are inferred, and counted nowhere here. */
static void looks(const struct model_counts *c, struct buf *out)
{
    const uint64_t all = c->rows_read + c->rows_lost;
    if (c->rows_trimmed == 0 && c->rows_lost == 0) {
        buf_str(out, "Every one of ");
        html_count_of(out, all, "stack that was read is", "stacks that were read is");
        buf_str(out, " proved exact");
        return;
    }
    buf_str(out, "Of ");
    html_count_of(out, all, "look at a stack", "looks at a stack");
    buf_u8(out, ' ');
    most(c->rows_read - c->rows_trimmed, all, out);
    buf_str(out, " % are proved exact");
    if (c->rows_trimmed > 0) {
        buf_str(out, ", ");
        html_percent_word(out, c->rows_trimmed, all);
        buf_str(out, " % trimmed (what they called last may be missing, so their own time is on no line)");
    }
    if (c->rows_lost > 0) {
        buf_str(out, ", ");
        html_percent_word(out, c->rows_lost, all);
        buf_str(out, " % lost");
    }
}

static void quality(const struct model *m, struct buf *out)
{
    const struct model_counts *c = &m->counts;
    const uint64_t all = c->n + c->lost;
    const double bad_looks = share(c->rows_trimmed + c->rows_lost, c->rows_read + c->rows_lost);
    const double bad_time = share(c->trimmed + c->lost, all);
    if (bad_looks > doubtful || bad_time > doubtful)
        buf_str(out, "<p class=warn><b>The samples are not as good as they should be.</b> ");
    else
        buf_str(out, "<p class=quality>");
    looks(c, out);
    if (c->lost > 0) {
        buf_str(out, ". Time worth ");
        html_count_of(out, c->lost, "sample", "samples");
        buf_str(out, " (");
        html_percent_word(out, c->lost, all);
        buf_str(out, " %) was missed, and is on no line");
    }
    if (m->n_lines > 0 && c->n > 0) {
        const double hottest = share(m->lines[m->hot_lines[0]].self, c->n);
        buf_printf(out, ". A line of %.2g %% is sure to ±%.2g points", hottest * 100, points(hottest, c->n));
    }
    buf_str(out, ".</p>\n");
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

static void bar_of_states(const struct model *m, struct buf *out)
{
    const uint64_t all = model_all_ticks(m->counts.ticks);
    if (all == 0)
        return;
    buf_printf(out, "<svg class=states viewBox=\"0 0 %u 10\" preserveAspectRatio=none aria-hidden=true>", STATES_WIDTH);
    double x = 0;
    for (unsigned i = 0; i < N_TICK_STATES; i++) {
        const double width = STATES_WIDTH * (double)m->counts.ticks[tick_states[i].state] / (double)all;
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

/* The front page itself, with the filter that shows waiting. */
static void wall_view(const struct render_place *at, const struct model *m, struct buf *out)
{
    if (at->report == NULL && m->filters == MODEL_FILTERED && m->n_files > 0)
        buf_str(out, "<a href=\"#&amp;basis=wall\">look at the wall view</a>, which every page has; or ");
}

static void idleness(const struct render_place *at, const struct model *m, struct buf *out)
{
    const uint64_t looked = model_all_ticks(m->counts.ticks) - m->counts.ticks[REC_TICK_LOST];
    const uint64_t active = m->counts.ticks[REC_TICK_RUNNING] + m->counts.ticks[REC_TICK_GC];
    if (m->basis == BASIS_WALL || m->counts.n == 0 || (double)active >= mostly_idle * (double)looked)
        return;
    buf_str(out, "<p class=warn><b>The program was active for only ");
    html_percent_word(out, active, looked);
    buf_str(out,
            " % of the time.</b> The numbers below are shares of that, not of the time that it took. To see what it "
            "waited for, ");
    wall_view(at, m, out);
    buf_str(out, "convert the recording again with <code>--basis wall</code>.</p>\n");
}

/* --- together ------------------------------------------------------------------------------------------------------*/

void front_head(const struct render_place *at, const struct model *m, struct buf *out)
{
    struct buf title = {0};
    front_title(m, &title);
    buf_printf(out, "<header>\n<p class=brand>pyheatmap</p>\n<h1%s>", title.n > LONG_TITLE ? " class=long" : "");
    html_cut(out, buf_view(&title), FRONT_NAME_MAX);
    buf_str(out, "</h1>\n");
    out->failed |= title.failed;
    buf_fini(&title);
    if (m->n_processes > 0)
        what_ran(m, out);
    idleness(at, m, out);
    damage(m, out);
    if (m->counts.n > 0)
        quality(m, out);
    buf_str(out, "</header>\n");
}

void front_states(const struct render_place *at, const struct model *m, struct buf *out)
{
    bar_of_states(m, out);
    strip(m, at, SLICE("index.html"), out);
}
