#include "config.h"

#include "src/heatmap/marks.h"

#include "src/heatmap/html.h"

enum {
    FAINT = 20, /* percent of the line's total: less than this is faint, */
    DRAWN = 5,  /* and less than this is not underlined, */
    FEW = 2,    /* nor are fewer samples than this */
};

/* Does a character begin here, or the text end? */
static bool is_boundary(struct slice text, uint64_t at)
{
    return at <= text.n && (at == text.n || (text.p[at] & 0xc0) != 0x80);
}

static void put(struct marks *marks, const struct mark *mark)
{
    uint32_t least = 0;
    if (marks->n < MARKS_MAX) {
        marks->items[marks->n++] = *mark;
        return;
    }
    for (uint32_t i = 1; i < marks->n; i++) {
        if (marks->items[i].expression->total <= marks->items[least].expression->total)
            least = i;
    }
    if (marks->items[least].expression->total >= mark->expression->total)
        return;
    memmove(&marks->items[least], &marks->items[least + 1], (marks->n - 1 - least) * sizeof *mark);
    marks->items[marks->n - 1] = *mark;
}

void marks_of(struct marks *marks, const struct model *m, const struct model_file *f, const struct model_line *line,
              struct slice text)
{
    *marks = (struct marks){.whole = line->total};
    if (line->expressions < 2 || (f->source != SOURCE_EMBEDDED && f->source != SOURCE_FOUND))
        return;
    for (uint32_t i = line->first_expression; i < line->first_expression + line->expressions; i++) {
        const struct model_expression *e = &m->expressions[i];
        const bool goes_on = e->end_line > line->line;
        const uint64_t to = goes_on ? text.n : e->end_column;
        if (e->column < to && is_boundary(text, e->column) && is_boundary(text, to))
            put(marks, &(struct mark){e->column, (uint32_t)to, e, goes_on});
    }
    if (marks->n < 2)
        marks->n = 0;
}

/* All of the line is nothing to point at. */
static bool is_drawn(const struct marks *marks, const struct mark *mark, struct slice text)
{
    uint32_t first = 0;
    while (first < text.n && (text.p[first] == ' ' || text.p[first] == '\t'))
        first++;
    return mark->expression->total >= FEW && mark->expression->total * 100 >= marks->whole * DRAWN &&
           (mark->from > first || mark->to < text.n);
}

static void open_mark(const struct marks *marks, const struct mark *mark, struct buf *out)
{
    const uint64_t total = mark->expression->total;
    const bool half = total * 2 >= marks->whole, faint = total * 100 < marks->whole * FAINT;
    buf_printf(out, "<u%s title=\"", half ? " class=h" : faint ? "" : " class=w");
    html_samples(out, total, marks->whole);
    buf_str(out, "\">");
}

/* Writes up to `until` (of the text), closing the marks that end before it or there. */
static uint32_t write_until(struct buf *out, struct slice text, uint32_t at, uint32_t until, const uint32_t *ends,
                            uint32_t *depth)
{
    while (*depth > 0 && ends[*depth - 1] <= until) {
        const uint32_t end = ends[--*depth];
        html_text(out, slice_of(text.p + at, end - at));
        buf_str(out, "</u>");
        at = end;
    }
    html_text(out, slice_of(text.p + at, until - at));
    return until;
}

void marks_text(const struct marks *marks, struct buf *out, struct slice text)
{
    uint32_t ends[MARKS_MAX], depth = 0, at = 0;
    for (uint32_t i = 0; i < marks->n; i++) {
        const struct mark *mark = &marks->items[i];
        if (!is_drawn(marks, mark, text))
            continue;
        at = write_until(out, text, at, mark->from, ends, &depth);
        open_mark(marks, mark, out);
        /* What the compiler says of columns is nested, but for a few; tags always are. */
        ends[depth] = depth > 0 && ends[depth - 1] < mark->to ? ends[depth - 1] : mark->to;
        depth++;
    }
    (void)write_until(out, text, at, (uint32_t)text.n, ends, &depth);
}
