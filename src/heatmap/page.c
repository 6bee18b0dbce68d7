/* The page of a file: its source, line by line, with heat, who calls whom, and which part of a line took the time.
 *
 * Lines that say something (sampled, a def or class, or next to a sampled one) are rows of tables; a long stretch of
 * others is a closed <details> with the lines in a <pre>. All of it is there without a script: a line that is the
 * address's target shows all that its last cell holds, others the first of it. Rows and cold lines come in pieces that
 * name their number of lines, so that a browser need not lay out what it does not show. */
#include "config.h"

#include "src/heatmap/render.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/heatmap/detail.h"
#include "src/heatmap/heat.h"
#include "src/heatmap/html.h"
#include "src/heatmap/marks.h"
#include "src/heatmap/strip.h"

enum {
    CONTEXT = 2,          /* cold lines that stay beside a sampled one */
    SHORTEST_FOLD = 4,    /* fewer cold lines are not worth folding */
    PIECE = 50,           /* lines; the style sheet knows a height for each number up to it */
    PLACE_FOR = 34,       /* characters of calls that are shown in a line, at least one call; the rest behind "+n" */
    NAME_MAX_SHOWN = 200, /* characters */
    LONGEST_PART = 60,    /* bytes of a part of a line, in the list of them */
    WEIGHT = 3,           /* times the source is what a page's lines may weigh, */
    WEIGHT_PAGE = 5120,   /* and that much besides its head; */
    LONG_TEXT = 8192,     /* bytes of source: from here on */
    WEIGHT_LONG = 2048,   /* only that much */
};

/* What a page gives up, level by level (detail.h), when it weighs too much. Its numbers are never among that. */
enum {
    LAST_INTERVALS = 0,   /* the last level that says how sure a line's self is, */
    LAST_WORDS = 2,       /* that says "34 samples, 57 %", and not only 34, */
    LAST_EXPRESSIONS = 3, /* and that has parts of lines */
    FULLEST = 0,
    BAREST = RENDER_BAREST,
};
/* So many calls of a list have each level; the rest is only counted. */
static_assert(BAREST == DETAIL_LEVELS - 1 && RENDER_LESS == LAST_EXPRESSIONS, "what render.h says of them");
static const uint32_t listed_calls[DETAIL_LEVELS] = {40, 40, 10, 10, 3, 1};

struct page {
    const struct model *m;
    const struct model_file *f;
    struct buf *out;
    struct render_place at;
    const struct model_function **defs; /* functions by def_line; owned */
    uint32_t n_defs;
    uint32_t next_def, next_line; /* of defs, of the file's sampled lines: what comes next */
    struct detail *detail;
    bool in_table;
    uint32_t piece;  /* lines in the piece that is open */
    size_t piece_at; /* in out: where their number is to be written */
    size_t lines_at; /* in out: behind the head */
};

/* --- numbers -------------------------------------------------------------------------------------------------------*/

/* How sure the share of so many samples is. */
static void interval(const struct page *p, uint64_t samples)
{
    const struct heat_interval i = heat_interval(samples, p->m->counts.n);
    const uint32_t piece = detail_begin(p->detail, p->out, FULLEST, LAST_INTERVALS);
    buf_str(p->out, " (95 %: ");
    html_share(p->out, i.low);
    buf_str(p->out, "\xe2\x80\x93");
    html_share(p->out, i.high);
    buf_str(p->out, " %)");
    detail_end(p->detail, p->out, piece);
}

/* What a tooltip says of a count, and scripts read from it: " title="34 samples, 57 %"", where 57 is the share of
 * `whole`; of 0 none is given; and how sure it is. With less detail " title=34". */
static void title(const struct page *p, uint64_t samples, uint64_t whole, bool sure)
{
    buf_str(p->out, " title=");
    uint32_t words = detail_begin(p->detail, p->out, FULLEST, LAST_WORDS);
    buf_u8(p->out, '"');
    detail_end(p->detail, p->out, words);
    buf_decimal(p->out, samples);
    words = detail_begin(p->detail, p->out, FULLEST, LAST_WORDS);
    html_samples_words(p->out, samples, whole);
    if (sure)
        interval(p, samples);
    buf_u8(p->out, '"');
    detail_end(p->detail, p->out, words);
}

/* A number apart from the columns. */
static void number(const struct page *p, uint64_t samples, uint64_t whole)
{
    buf_str(p->out, "<b");
    title(p, samples, whole, false);
    buf_str(p->out, ">");
    html_percent_word(p->out, samples, p->m->counts.n);
    buf_str(p->out, "</b>");
}

/* A total that is the self says nothing more. */
static void self_and_total(const struct page *p, uint64_t self, uint64_t total, uint64_t whole)
{
    if (self > 0) {
        buf_str(p->out, "self ");
        number(p, self, whole);
    }
    if (self < total) {
        buf_str(p->out, self > 0 ? " total " : "total ");
        number(p, total, whole);
    }
}

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

/* How a line of this page is called: "L12", in a report "f3L12". */
static void line_id(const struct page *p, uint32_t line)
{
    buf_str(p->out, p->at.ids);
    buf_u8(p->out, 'L');
    buf_decimal(p->out, line);
}

static void link_to(const struct page *p, uint32_t file, uint32_t line)
{
    if (&p->m->files[file] == p->f && line > 0) {
        buf_str(p->out, "<a href=\"#");
        line_id(p, line);
        buf_str(p->out, "\">");
    } else {
        render_link(&p->at, p->m, p->out, file, line);
    }
}

/* Who is at the other end of a call, in a few words. */
static struct slice other_end(const struct page *p, const struct model_call *c, bool callee)
{
    const struct model *m = p->m;
    if (callee)
        return short_name(m->functions[c->callee].qualname);
    if (c->caller_function != MODEL_NONE)
        return short_name(m->functions[c->caller_function].qualname);
    return m->files[c->caller_file].module;
}

static void call(const struct page *p, const struct model_call *c, bool callee, uint64_t whole)
{
    const struct model_function *to = &p->m->functions[c->callee];
    if (callee)
        link_to(p, to->file, to->def_line);
    else
        link_to(p, c->caller_file, c->caller_line);
    html_cut(p->out, other_end(p, c, callee), NAME_MAX_SHOWN);
    if (!callee) {
        buf_u8(p->out, ':');
        buf_decimal(p->out, c->caller_line);
    }
    buf_str(p->out, "</a> ");
    number(p, c->samples, whole);
}

/* Of a list of n calls, so many are there. */
static uint32_t listed(uint32_t n, unsigned level)
{
    return n <= listed_calls[level] + 1 ? n : listed_calls[level];
}

/* The last level on which the list's i-th call is there. */
static unsigned last_level(uint32_t n, uint32_t i)
{
    unsigned level = BAREST;
    while (level > FULLEST && i >= listed(n, level))
        level--;
    return level;
}

static void others(const struct page *p, uint32_t n)
{
    for (unsigned first = FULLEST, last; first <= BAREST; first = last + 1) {
        const uint32_t shown = listed(n, first);
        for (last = first; last < BAREST && listed(n, last + 1) == shown; last++)
            continue;
        if (shown == n)
            continue;
        const uint32_t piece = detail_begin(p->detail, p->out, first, last);
        buf_str(p->out, "<li>and ");
        buf_decimal(p->out, n - shown);
        buf_str(p->out, " others");
        detail_end(p->detail, p->out, piece);
    }
}

/* n calls, most samples first, as shares of `whole`. Of the list of a line that is not opened only what comes before
 * the class m is shown, and of one that is opened all but that. */
static void calls(const struct page *p, uint32_t line, const uint32_t *indices, uint32_t n, bool callee, uint64_t whole)
{
    if (n == 0)
        return;
    size_t place = 0;
    bool full = false;
    buf_str(p->out, callee ? "<ul class=o>" : "<ul class=i>");
    for (uint32_t i = 0; i < listed(n, FULLEST); i++) {
        const struct model_call *c = &p->m->calls[indices[i]];
        const uint32_t piece = detail_begin(p->detail, p->out, FULLEST, last_level(n, i));
        place += other_end(p, c, callee).n + 6;
        if (i > 0 && place > PLACE_FOR && !full) {
            buf_str(p->out, "<li class=m><a href=#");
            line_id(p, line);
            buf_printf(p->out, ">+%u</a>", n - i);
            full = true;
        }
        buf_str(p->out, "<li>");
        call(p, c, callee, whole);
        detail_end(p->detail, p->out, piece);
    }
    others(p, n);
    buf_str(p->out, "</ul>");
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
    calls(p, line->line, order, line->calls, true, line->total);
    free(order);
}

/* A comprehension is called by its own line: that is said once, by its callee. */
static void callers(const struct page *p, const struct model_function *fn)
{
    const uint32_t *indices = p->m->by_callee + fn->first_caller;
    uint32_t n = 0, *from_elsewhere = malloc((fn->callers + 1) * sizeof *from_elsewhere);
    if (from_elsewhere == NULL) {
        p->out->failed = true;
        return;
    }
    for (uint32_t i = 0; i < fn->callers; i++) {
        const struct model_call *c = &p->m->calls[indices[i]];
        if (c->caller_file != fn->file || c->caller_line != fn->def_line)
            from_elsewhere[n++] = indices[i];
    }
    calls(p, fn->def_line, from_elsewhere, n, false, fn->total);
    free(from_elsewhere);
}

/* --- lines ---------------------------------------------------------------------------------------------------------*/

static struct slice line_bytes(const struct model_file *f, uint32_t line)
{
    if (line > f->text_lines)
        return SLICE("");
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

/* Counts a line of the piece that is open: the style sheet gives the piece the height of so many. */
static void count_line(struct page *p)
{
    const unsigned n = ++p->piece;
    if (buf_ok(p->out)) {
        p->out->p[p->piece_at] = (uint8_t)('0' + n / 10);
        p->out->p[p->piece_at + 1] = (uint8_t)('0' + n % 10);
    }
}

static void open_piece(struct page *p, const char *tag)
{
    buf_printf(p->out, "<%s class=n", tag);
    p->piece_at = p->out->n;
    p->piece = 0;
    buf_str(p->out, "00>");
}

static void open_table(struct page *p)
{
    if (!p->in_table)
        buf_str(p->out, "<table>");
    if (!p->in_table || p->piece == PIECE)
        open_piece(p, "tbody");
    p->in_table = true;
    count_line(p);
}

static void close_table(struct page *p)
{
    if (p->in_table)
        buf_str(p->out, "</table>\n");
    p->in_table = false;
}

/* Of several only, the classes need quotes: of a page that is all samples they would be a percent. */
static void heat_classes(const struct page *p, const struct model_line *l, bool definition)
{
    const unsigned self = heat_step(l == NULL ? 0 : l->self, p->f->max_self);
    const unsigned total = heat_step(l == NULL ? 0 : l->total, p->f->max_total);
    const char *quote = (self > 0) + (total > 0) + definition > 1 ? "\"" : "", *separator = "";
    if (self == 0 && total == 0 && !definition)
        return;
    buf_str(p->out, " class=");
    buf_str(p->out, quote);
    if (self > 0) {
        buf_u8(p->out, 's');
        buf_decimal(p->out, self);
        separator = " ";
    }
    if (total > 0) {
        buf_str(p->out, separator);
        buf_u8(p->out, 't');
        buf_decimal(p->out, total);
        separator = " ";
    }
    if (definition) {
        buf_str(p->out, separator);
        buf_u8(p->out, 'd');
    }
    buf_str(p->out, quote);
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
    html_cut(p->out, f->qualname, NAME_MAX_SHOWN);
    buf_str(p->out, "</i>");
}

static int by_total(const void *a, const void *b)
{
    const struct mark *x = a, *y = b;
    if (x->expression->total != y->expression->total)
        return x->expression->total < y->expression->total ? 1 : -1;
    return (x->expression > y->expression) - (x->expression < y->expression);
}

/* A line's source, with its parts marked where the page has them. */
static void text_of(const struct page *p, const struct marks *marks, struct slice text)
{
    if (marks->n == 0) {
        html_line(p->out, text);
        return;
    }
    uint32_t piece = detail_begin(p->detail, p->out, FULLEST, LAST_EXPRESSIONS);
    marks_text(marks, p->out, text);
    detail_end(p->detail, p->out, piece);
    piece = detail_begin(p->detail, p->out, LAST_EXPRESSIONS + 1, BAREST);
    html_line(p->out, text);
    detail_end(p->detail, p->out, piece);
}

/* The parts of a line, most samples first, as shares of the line's; in a cell that is theirs alone, or not. */
static void parts(const struct page *p, struct marks *marks, struct slice text, bool alone)
{
    qsort(marks->items, marks->n, sizeof *marks->items, by_total);
    const uint32_t piece = detail_begin(p->detail, p->out, FULLEST, LAST_EXPRESSIONS);
    buf_str(p->out, alone ? "<td><ul class=e>" : "<ul class=e>");
    for (uint32_t i = 0; i < marks->n; i++) {
        const struct mark *mark = &marks->items[i];
        size_t n = mark->to - mark->from;
        bool cut = mark->goes_on;
        for (; n > LONGEST_PART || (mark->from + n < text.n && (text.p[mark->from + n] & 0xc0) == 0x80); cut = true)
            n--;
        buf_str(p->out, "<li><code>");
        html_text(p->out, slice_of(text.p + mark->from, n));
        buf_str(p->out, cut ? "\xe2\x80\xa6</code> " : "</code> ");
        self_and_total(p, mark->expression->self, mark->expression->total, marks->whole);
    }
    buf_str(p->out, "</ul>");
    detail_end(p->detail, p->out, piece);
}

/* A function's own numbers, where it begins, and its callers. Its name, where the line does not tell. */
static void function_header(const struct page *p, const struct model_function *fn, bool named)
{
    buf_str(p->out, "<p>");
    if (named) {
        html_cut(p->out, short_name(fn->qualname), NAME_MAX_SHOWN);
        buf_u8(p->out, ' ');
    }
    self_and_total(p, fn->self, fn->total, 0);
    callers(p, fn);
}

static void row(struct page *p, uint32_t line)
{
    const struct model_line *l = sampled(p, line);
    struct buf *out = p->out;
    const bool definition = is_definition(p->f, line);
    open_table(p);
    buf_str(out, "<tr\nid=");
    line_id(p, line);
    heat_classes(p, l, definition);
    buf_str(out, "><th><a href=#");
    line_id(p, line);
    buf_u8(out, '>');
    buf_decimal(out, line);
    buf_str(out, "</a><td");
    if (l != NULL && l->self > 0)
        title(p, l->self, 0, true);
    buf_u8(out, '>');
    if (l != NULL)
        html_percent(out, l->self, p->m->counts.n);
    buf_str(out, "<td");
    if (l != NULL)
        title(p, l->total, 0, false);
    buf_u8(out, '>');
    if (l != NULL)
        html_percent(out, l->total, p->m->counts.n);
    buf_str(out, "<td>");
    struct marks marks = {0};
    if (l != NULL && line_bytes(p->f, line).n <= HTML_LINE_MAX)
        marks_of(&marks, p->m, p->f, l, line_bytes(p->f, line));
    if (line > p->f->text_lines)
        function_of(p, l, line);
    else
        text_of(p, &marks, line_bytes(p->f, line));
    if ((l != NULL && l->calls > 0) || has_def(p, line))
        buf_str(out, "<td>");
    const uint32_t first_def = p->next_def;
    while (has_def(p, line))
        p->next_def++;
    for (uint32_t i = first_def; i < p->next_def; i++)
        function_header(p, p->defs[i], !definition || p->next_def - first_def > 1);
    if (l == NULL)
        return;
    callees(p, l);
    if (marks.n > 0)
        parts(p, &marks, line_bytes(p->f, line), l->calls == 0 && p->next_def == first_def);
    p->next_line++;
}

static void fold(struct page *p, uint32_t first, uint32_t last)
{
    close_table(p);
    if (p->at.report != NULL && p->at.report->no_cold_lines) {
        buf_printf(p->out, "<p class=cold>%u cold lines, left out</p>\n", last - first + 1);
        return;
    }
    buf_printf(p->out, "<details class=cold><summary>%u cold lines</summary>", last - first + 1);
    for (uint32_t line = first; line <= last; line++) {
        if ((line - first) % PIECE == 0) {
            buf_str(p->out, line > first ? "</pre>" : "");
            open_piece(p, "pre");
        }
        count_line(p);
        buf_str(p->out, "<a id=");
        line_id(p, line);
        buf_str(p->out, " href=#");
        line_id(p, line);
        buf_u8(p->out, '>');
        buf_decimal(p->out, line);
        buf_str(p->out, "</a>");
        html_line(p->out, line_bytes(p->f, line));
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

/* The files that come before and after this one by heat. */
static void neighbour(const struct page *p, const char *how, uint32_t rank)
{
    if (rank >= p->m->n_files)
        return;
    const uint32_t file = p->m->hot_files[rank];
    buf_printf(p->out, "<span class=%s>%s: ", how, how);
    render_link(&p->at, p->m, p->out, file, 0);
    html_cut(p->out, p->m->files[file].module, NAME_MAX_SHOWN);
    buf_str(p->out, "</a></span>\n");
}

static void navigation(const struct page *p)
{
    const struct model_file *f = p->f;
    struct buf *out = p->out;
    buf_str(out, "<nav aria-label=Breadcrumb><span>");
    render_front_link(&p->at, out, "");
    buf_str(out, "All files</a> › ");
    render_front_link(&p->at, out, render_type_class(f->type));
    html_str(out, render_type(f->type));
    buf_str(out, "</a> › ");
    html_cut(out, f->module, NAME_MAX_SHOWN);
    buf_str(out, "</span>\n");
    neighbour(p, "hotter", f->rank - 1); /* the first has none: that wraps */
    neighbour(p, "cooler", f->rank + 1);
    buf_str(out, "</nav>\n");
}

/* What scripts count with: N, nanoseconds a sample, and the hottest self and total of a line anywhere. */
static void data(const struct page *p)
{
    buf_printf(p->out,
               "<div class=code data-n=%" PRIu64 " data-period=%" PRIu64 " data-self=%" PRIu64 " data-total=%" PRIu64
               ">\n",
               p->m->counts.n, (uint64_t)p->m->header.period_ns, p->m->max_self, p->m->max_total);
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
    buf_str(out, "<header>\n");
    navigation(p);
    buf_str(out, "<h1>");
    html_text(out, last_component(f->path));
    buf_printf(out, " <span class=badge>%s</span></h1>\n<p>self ", render_type(f->type));
    number(p, f->self, 0);
    buf_str(out, " · total ");
    number(p, f->total, 0);
    buf_str(out, " <span class=unit>% of ");
    html_count(out, p->m->counts.n);
    buf_str(out, " samples</span>");
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
    strip(p->m, &p->at, f->page, out);
    buf_str(out, "</header>\n");
    render_main(&p->at, out);
    buf_str(out, "<div class=bar><p class=columns aria-hidden=true><span>line</span><span>self %</span>"
                 "<span>total %</span><span>source</span></p></div>\n");
    data(p);
}

static int by_def_line(const void *a, const void *b)
{
    const struct model_function *x = *(struct model_function *const *)a, *y = *(struct model_function *const *)b;
    return x->def_line != y->def_line ? (x->def_line > y->def_line) - (x->def_line < y->def_line) : (x > y) - (x < y);
}

static void whole_page(struct page *p)
{
    render_head(&p->at, p->out, p->f->module, "file");
    head(p);
    p->lines_at = p->out->n;
    source(p);
    numbers_only(p);
    buf_str(p->out, "</div>\n");
    render_foot(&p->at, p->out);
}

void render_file(const struct model *m, uint32_t file, const struct render_report *report, struct buf *out)
{
    const struct model_file *f = &m->files[file];
    struct page p = {.m = m, .f = f, .at = {.report = report}};
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
    struct detail detail = {0};
    p.out = out; /* and nothing else: a page can be hundreds of megabytes */
    p.detail = &detail;
    whole_page(&p);
    const size_t allowed = WEIGHT * f->text.n + (f->text.n < LONG_TEXT ? WEIGHT_PAGE : WEIGHT_LONG);
    unsigned level = report != NULL ? report->detail : FULLEST;
    while (level < BAREST && detail_size(&detail, out, p.lines_at, level) > allowed)
        level++;
    detail_cut(&detail, out, level);
    out->failed |= detail.failed;
    detail_fini(&detail);
    free(p.defs);
}
