#include "config.h"

#include "src/heatmap/strip.h"

#include "src/heatmap/filterdata.h"
#include "src/heatmap/html.h"

enum {
    MOST_BINS = 128,
    TICKS_A_BIN = 8, /* at least: fewer are no share of anything */
    HEIGHT = 24,
};

/* The states in one layer; a layer holds those drawn after it. */
static const struct layer {
    const char *class;
    enum rec_tick_state add;
} layers[] = {{"gil", REC_TICK_GIL_WANTED}, {"gc", REC_TICK_GC}, {"run", REC_TICK_RUNNING}};
enum { LAYERS = sizeof layers / sizeof *layers };

struct bin {
    uint64_t ticks[REC_TICK_STATES], all;
};

static uint32_t join_bins(const struct model *m, struct bin bins[MOST_BINS], uint32_t *step)
{
    const uint64_t enough = model_all_ticks(m->counts.ticks) / TICKS_A_BIN;
    const uint64_t most = enough == 0 ? 1 : enough < MOST_BINS ? enough : MOST_BINS;
    *step = (uint32_t)((m->n_bins + most - 1) / most);
    for (uint32_t i = 0; i < m->n_bins; i++) {
        struct bin *bin = &bins[i / *step];
        for (unsigned s = 0; s < REC_TICK_STATES; s++) {
            bin->ticks[s] += m->bins[i].ticks[s];
            bin->all += m->bins[i].ticks[s];
        }
    }
    return (m->n_bins + *step - 1) / *step;
}

static unsigned height(const struct bin *bin, unsigned layer)
{
    uint64_t ticks = 0;
    for (unsigned k = layer; k < LAYERS; k++)
        ticks += bin->ticks[layers[k].add];
    const unsigned h = bin->all == 0 ? 0 : (unsigned)(ticks * HEIGHT / bin->all);
    return ticks > 0 && h == 0 ? 1 : h;
}

/* As a path from the left to the right: V is up or down to, h to the right by. */
static void path(const struct bin *bins, uint32_t n, unsigned layer, struct buf *out)
{
    uint64_t ticks = 0;
    for (uint32_t i = 0; i < n; i++)
        ticks += bins[i].ticks[layers[layer].add];
    if (ticks == 0)
        return;
    buf_printf(out, "<path class=%s d=\"M0 %u", layers[layer].class, HEIGHT);
    for (uint32_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && height(&bins[end], layer) == height(&bins[i], layer);)
            end++;
        buf_printf(out, "V%uh%u", HEIGHT - height(&bins[i], layer), end - i);
    }
    buf_printf(out, "V%uz\"/>", HEIGHT);
}

static void gaps(const struct bin *bins, uint32_t n, struct buf *out)
{
    for (uint32_t i = 0; i < n; i++) {
        const uint64_t lost = bins[i].ticks[REC_TICK_LOST];
        if (lost > 0)
            buf_printf(out, "<rect class=lost x=%u width=1 height=%u />", i,
                       (unsigned)((lost * HEIGHT + bins[i].all - 1) / bins[i].all));
    }
}

void strip(const struct model *m, const struct render_place *at, struct slice page, struct buf *out)
{
    struct bin bins[MOST_BINS] = {0};
    const bool filters = m->filters == MODEL_FILTERED && at->report == NULL && m->n_files > 0;
    if (m->n_bins == 0 || m->counts.wall == 0)
        return;
    uint32_t step;
    const uint32_t n = join_bins(m, bins, &step);
    const double unit = (double)m->header.time_unit_ns / 1e9;
    buf_printf(out, "<div class=time data-seconds=%.6g", (double)(n * step) * (double)m->bin_width * unit);
    if (filters) {
        struct buf name = {0};
        filterdata_name(page, &name);
        buf_str(out, " data-stacks=\"");
        if (buf_ok(&name)) {
            buf_str(out, at->up);
            html_attribute(out, slice_of(name.p, name.n - 1));
        }
        out->failed |= name.failed;
        buf_str(out, "\"");
        buf_fini(&name);
    }
    buf_printf(out, "><svg viewBox=\"0 0 %u %u\" preserveAspectRatio=none role=img aria-label=\"Activity over ", n,
               HEIGHT);
    html_seconds(out, (double)m->duration * unit);
    buf_str(out, "\">");
    for (unsigned layer = 0; layer < LAYERS; layer++)
        path(bins, n, layer, out);
    gaps(bins, n, out);
    buf_str(out, "</svg></div>\n");
    if (m->filters == MODEL_TOO_MANY && at->report == NULL)
        buf_str(out, "<p><small>Too many different stacks were recorded for filters by thread, state and time."
                     "</small></p>\n");
}
