/* All files: as a tree by module type, folder and file, and as a table. Of a page of a thousand files this is nearly
 * all, so a row has no markup that it can do without. */
#include "config.h"

#include "src/heatmap/front.h"

#include <stdlib.h>

#include "src/heatmap/html.h"

enum {
    OPEN_DEPTH = 1,  /* folders of the project, or what comes first, up to this depth are open, the hottest first, */
    OPEN_ROWS = 40,  /* as long as no more rows are shown */
    LEAST_BAR = 250, /* less than one part in so many is too short to be seen */
};

void front_bar(struct buf *out, uint64_t self, uint64_t total, uint64_t n)
{
    const double whole = n == 0 ? 1 : (double)n;
    if ((double)total * LEAST_BAR < whole)
        return;
    buf_printf(out, "<svg><rect width=%.3g%% /><rect width=%.3g%% /></svg>", 100 * (double)total / whole,
               100 * (double)self / whole);
}

static void numbers(const struct model *m, uint64_t self, uint64_t total, struct buf *out)
{
    buf_str(out, "<span>");
    html_percent(out, self, m->counts.n);
    buf_str(out, "</span><span>");
    html_percent(out, total, m->counts.n);
    buf_str(out, "</span>");
    front_bar(out, self, total, m->counts.n);
}

static void link_to(const struct render_place *at, const struct model *m, uint32_t file, struct slice text,
                    struct buf *out)
{
    render_link(at, m, out, file, 0);
    html_cut(out, text, FRONT_NAME_MAX);
    buf_str(out, "</a>");
}

/* How many places lie directly in the one at i. */
static uint32_t rows_in(const struct model *m, uint32_t i)
{
    uint32_t n = 0;
    for (uint32_t k = i + 1; k < m->places[i].end; k = m->places[k].end)
        n++;
    return n;
}

/* *room: the rows that may still be shown. */
static void open_place(const struct render_place *at, const struct model *m, uint32_t i, uint32_t *room,
                       struct buf *out)
{
    const struct model_place *p = &m->places[i];
    static const char *const titles[MODULE_TYPES] = {
        [MODULE_PROJECT] = "Your project",
        [MODULE_STDLIB] = "Standard library",
        [MODULE_SITE] = "Site packages",
        [MODULE_OTHER] = "Other",
    };
    const char *open = "";
    const uint32_t rows = rows_in(m, i);
    if (p->type == m->places[0].type && p->depth <= OPEN_DEPTH && (rows <= *room || p->kind == PLACE_TYPE)) {
        open = " open";
        *room -= rows <= *room ? rows : *room;
    }
    if (p->kind == PLACE_TYPE)
        buf_printf(out, "<details id=%s%s%s><summary><span><b>%s</b>", at->ids, render_type_class(p->type), open,
                   titles[p->type]);
    else {
        buf_printf(out, "<details%s><summary><span>", open);
        html_cut(out, p->name, FRONT_NAME_MAX);
    }
    buf_str(out, " <small>");
    html_count_of(out, p->files, "file", "files");
    buf_str(out, "</small></span>");
    numbers(m, p->self, p->total, out);
    buf_str(out, "</summary>\n");
}

static void tree(const struct render_place *at, const struct model *m, struct buf *out)
{
    buf_printf(out,
               "<section class=\"tree rows\" data-n=%llu>\n<h2>Where it was</h2>\n<p aria-hidden=true><span></span>"
               "<span>self %%</span><span>total %%</span></p>\n",
               (unsigned long long)m->counts.n);
    uint32_t depth = 0, room = OPEN_ROWS;
    for (uint32_t i = 0; i < m->n_places; i++) {
        const struct model_place *p = &m->places[i];
        for (; depth > p->depth; depth--)
            buf_str(out, "</details>\n");
        if (p->kind == PLACE_FILE) {
            buf_str(out, "<p>");
            link_to(at, m, p->file, p->name, out);
            numbers(m, p->self, p->total, out);
            buf_str(out, "</p>\n");
        } else {
            open_place(at, m, i, &room, out);
            depth++;
        }
    }
    for (; depth > 0; depth--)
        buf_str(out, "</details>\n");
    buf_str(out, "</section>\n");
}

/* By self, then by total, then as they come: by path. */
static int by_heat(const void *a, const void *b, void *files)
{
    const uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
    const struct model_file *x = (const struct model_file *)files + i, *y = (const struct model_file *)files + k;
    if (x->self != y->self)
        return x->self > y->self ? -1 : 1;
    if (x->total != y->total)
        return x->total > y->total ? -1 : 1;
    return (i > k) - (i < k);
}

static void table(const struct render_place *at, const struct model *m, struct buf *out)
{
    uint32_t *order = malloc((m->n_files + 1) * sizeof *order);
    if (order == NULL) {
        out->failed = true;
        return;
    }
    for (uint32_t i = 0; i < m->n_files; i++)
        order[i] = i;
    qsort_r(order, m->n_files, sizeof *order, by_heat, m->files);
    buf_str(out, "<details class=files><summary>All files in one table</summary>\n<table><thead><tr><th "
                 "scope=col>module<th scope=col>type<th scope=col>lines "
                 "seen<th scope=col aria-sort=descending>self %<th scope=col>total %</tr></thead><tbody>\n");
    for (uint32_t i = 0; i < m->n_files; i++) {
        const struct model_file *f = &m->files[order[i]];
        buf_str(out, "<tr><td>");
        link_to(at, m, order[i], f->module, out);
        buf_printf(out, "<td>%s<td>%u<td>", render_type(f->type), f->lines);
        html_percent(out, f->self, m->counts.n);
        buf_str(out, "<td>");
        html_percent(out, f->total, m->counts.n);
        buf_str(out, "\n");
    }
    buf_str(out, "</table></details>\n");
    free(order);
}

void front_files(const struct render_place *at, const struct model *m, struct buf *out)
{
    tree(at, m, out);
    table(at, m, out);
}
