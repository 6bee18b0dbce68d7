#include "config.h"

#include "src/heatmap/filterdata.h"

#include "src/base/array.h"
#include "src/heatmap/celllists.h"
#include "src/heatmap/js.h"

enum { LONGEST = 1000 /* name, in characters */ };

static uint32_t bins_of(const struct projections *pr, unsigned by)
{
    return cell_bins(pr->cells.n_bins, by);
}

/* --- the recording -------------------------------------------------------------------------------------------------*/

static void put_processes(const struct model *m, struct buf *out)
{
    struct buf command = {0};
    for (uint32_t i = 0; i < m->n_processes; i++) {
        const struct model_process *p = &m->processes[i];
        buf_clear(&command);
        for (uint32_t k = 0; k < p->argc; k++) {
            buf_str(&command, k > 0 ? " " : "");
            buf_slice(&command, p->argv[k]);
        }
        buf_printf(out, "%s[%u,", i > 0 ? "," : "", p->pid);
        js_string(out, buf_view(&command), LONGEST);
        buf_str(out, "]");
    }
    out->failed |= command.failed;
    buf_fini(&command);
}

static bool put_all(struct projections *pr, bool attributed, unsigned by, struct buf *bytes, struct buf *out)
{
    uint32_t n;
    const struct sum *cells = projection_all(pr, attributed, by, &n);
    if (cells == NULL)
        return false;
    buf_clear(bytes);
    cells_put(cells, n, bins_of(pr, by) == 1, bytes);
    js_base64(out, buf_view(bytes));
    return buf_ok(bytes);
}

static bool recording(struct projections *pr, unsigned by, struct buf *out)
{
    const struct model *m = pr->m;
    struct buf bytes = {0};
    buf_clear(out);
    static const char *const bases[] = {[BASIS_ACTIVE] = "active", [BASIS_WALL] = "wall", [BASIS_GIL] = "gil"};
    buf_printf(out, "heatmap.recording({\"basis\":\"%s\",\"processes\":[", bases[m->basis]);
    put_processes(m, out);
    buf_str(out, "],\n\"threads\":[");
    for (uint32_t i = 0; i < m->n_threads; i++) {
        buf_printf(out, "%s[%u,%llu,", i > 0 ? "," : "", m->threads[i].process, (unsigned long long)m->threads[i].tid);
        js_string(out, m->threads[i].name, LONGEST);
        buf_str(out, "]");
    }
    const double width = (double)(UINT64_C(1) << (pr->cells.shift + by)) * (double)m->header.time_unit_ns / 1e9;
    buf_printf(out, "],\n\"bins\":%u,\"width\":%.9g,\"weight\":%.9g,\n\"all\":", bins_of(pr, by), width,
               model_seconds(m, 1));
    bool ok = put_all(pr, false, by, &bytes, out);
    buf_str(out, ",\n\"attributed\":");
    ok = ok && put_all(pr, true, by, &bytes, out);
    buf_str(out, "});\n");
    buf_fini(&bytes);
    return ok && buf_ok(out);
}

bool filterdata_recording(struct projections *pr, struct buf *out, struct err *err)
{
    unsigned by = 0;
    bool ok = recording(pr, by, out);
    while (ok && out->n > FILTERDATA_LIMIT && bins_of(pr, by) > 1)
        ok = recording(pr, ++by, out);
    pr->all_widened = by;
    return ok || err_nomem(err);
}

/* --- a page
 * ---------------------------------------------------------------------------------------------------------*/

struct page {
    struct projections *pr;
    const struct model_file *file;
    struct projection projection;
    struct arena scratch;
    uint32_t *functions, n_functions; /* of frames.functions: those of the page */
    struct cell_lists cells;          /* by stack; widened from the bins of the recording's script */
    struct buf bytes;
};

static void put_sets(const struct projection *p, struct buf *out)
{
    for (uint32_t i = 0; i < p->n_sets; i++) {
        const uint32_t *items = p->set_items + p->set_begin[i], n = p->set_begin[i + 1] - p->set_begin[i];
        const uint32_t before = i == 0 ? 0 : p->set_begin[i] - p->set_begin[i - 1];
        const uint32_t *previous = items - before;
        uint32_t same = 0;
        while (same < n && same < before && items[same] == previous[same])
            same++;
        buf_varint(out, same);
        buf_varint(out, n - same);
        for (uint32_t k = same; k < n; k++)
            buf_varint(out, k == 0 ? items[0] : items[k] - items[k - 1] - 1);
    }
}

static void put_stacks(const struct page *page, struct buf *out)
{
    const struct projection *p = &page->projection;
    uint32_t set = 0;
    for (uint32_t i = 0; i < p->n_stacks; i++) {
        buf_varint(out, p->stacks[i].set - set);
        set = p->stacks[i].set;
        buf_varint(out, p->stacks[i].self);
        celllists_put(&page->cells, i, out);
    }
}

static bool find_functions(struct page *page)
{
    const struct projection *p = &page->projection;
    const struct frames_spot *spots = page->pr->frames.spots;
    uint32_t n = 0;
    page->functions = arena_calloc(&page->scratch, p->n_spots, sizeof *page->functions);
    if (page->functions == NULL)
        return false;
    for (uint32_t i = 0; i < p->n_spots; i++)
        page->functions[i] = spots[p->spots[i]].function;
    array_sort_numbers(page->functions, p->n_spots);
    for (uint32_t i = 0; i < p->n_spots; i++) {
        if (i == 0 || page->functions[i] != page->functions[n - 1])
            page->functions[n++] = page->functions[i];
    }
    page->n_functions = n;
    return true;
}

static void put_function(const struct projections *pr, uint32_t function, struct buf *out)
{
    const struct frames_function *f = &pr->frames.functions[function];
    buf_u8(out, '[');
    js_string(out, f->qualname, LONGEST);
    buf_u8(out, ',');
    buf_decimal(out, projection_def_line(pr, f));
    buf_u8(out, ']');
}

/* A function of another file; line 0: at its def. */
static void put_other(const struct projections *pr, uint32_t function, uint32_t line, struct buf *out)
{
    const struct frames_function *f = &pr->frames.functions[function];
    const uint32_t file = pr->file_of[f->file];
    buf_u8(out, '[');
    if (file == MODEL_NONE) {
        const struct slice path = frames_path(&pr->p->files[pr->frames.files[f->file]]);
        const uint8_t *slash = memrchr(path.p, '/', path.n);
        js_string(out, slash == NULL ? path : slice_skip(path, (size_t)(slash - path.p) + 1), LONGEST);
    } else {
        js_string(out, pr->m->files[file].module, LONGEST);
    }
    buf_u8(out, ',');
    js_string(out, f->qualname, LONGEST);
    buf_u8(out, ',');
    buf_decimal(out, line > 0 ? line : projection_def_line(pr, f));
    buf_u8(out, ',');
    js_string(out, file == MODEL_NONE ? SLICE("") : pr->m->files[file].page, LONGEST);
    buf_u8(out, ']');
}

/* "others" and "calls". */
static void put_calls(const struct page *page, struct buf *out)
{
    const struct projection *p = &page->projection;
    const struct projections *pr = page->pr;
    struct buf calls = {0};
    int others = 0;
    buf_str(out, ",\n\"others\":[");
    for (uint32_t i = 0; i < p->n_calls; i++) {
        const struct call *call = &pr->calls.items[p->calls[i]];
        const struct frames_spot *spot = &pr->frames.spots[call->spot];
        int caller = (int)array_find_number(p->spots, p->n_spots, call->spot);
        int callee = (int)array_find_number(page->functions, page->n_functions, call->callee);
        if (caller < 0 || callee < 0) {
            buf_str(out, others > 0 ? "," : "");
            put_other(pr, caller < 0 ? spot->function : call->callee, caller < 0 ? spot->line : 0, out);
            *(caller < 0 ? &caller : &callee) = -1 - others++;
        }
        buf_printf(&calls, "%s[%d,%d]", i > 0 ? "," : "", caller, callee);
    }
    buf_str(out, "],\n\"calls\":[");
    buf_slice(out, buf_view(&calls));
    buf_str(out, "]");
    out->failed |= calls.failed;
    buf_fini(&calls);
}

/* Of an array of numbers. */
static void put_item(struct buf *out, uint32_t i, uint32_t value)
{
    if (i > 0)
        buf_u8(out, ',');
    buf_decimal(out, value);
}

static bool encode(struct page *page, bool with_calls, struct buf *out)
{
    const struct projection *p = &page->projection;
    const struct projections *pr = page->pr;
    buf_clear(out);
    buf_str(out, "heatmap.stacks({\"module\":");
    js_string(out, page->file->module, LONGEST);
    buf_printf(out, ",\"bins\":%u,\"widened\":%u,\"calls_left_out\":%s,\n\"lines\":[", page->cells.bins,
               page->cells.widened, with_calls ? "false" : "true");
    for (uint32_t i = 0; i < p->n_spots; i++)
        put_item(out, i, pr->frames.spots[p->spots[i]].line);
    buf_str(out, "],\n\"in\":[");
    for (uint32_t i = 0; i < p->n_spots; i++)
        put_item(out, i, array_find_number(page->functions, page->n_functions, pr->frames.spots[p->spots[i]].function));
    buf_str(out, "],\n\"functions\":[");
    for (uint32_t i = 0; i < page->n_functions; i++) {
        buf_str(out, i > 0 ? "," : "");
        put_function(pr, page->functions[i], out);
    }
    buf_str(out, "]");
    put_calls(page, out);
    buf_str(out, ",\n\"sets\":");
    buf_clear(&page->bytes);
    put_sets(p, &page->bytes);
    js_base64(out, buf_view(&page->bytes));
    buf_str(out, ",\n\"stacks\":");
    buf_clear(&page->bytes);
    put_stacks(page, &page->bytes);
    js_base64(out, buf_view(&page->bytes));
    buf_str(out, "});\n");
    return buf_ok(&page->bytes) && buf_ok(out);
}

static bool gather_cells(struct page *page, struct err *err)
{
    celllists_fini(&page->cells);
    page->cells.bins = bins_of(page->pr, page->pr->all_widened);
    for (uint32_t i = 0; i < page->projection.n_stacks; i++) {
        uint32_t n;
        const struct sum *cells = projection_cells(page->pr, &page->projection.stacks[i], page->pr->all_widened, &n);
        if (cells == NULL)
            return err_nomem(err);
        if (!celllists_add(&page->cells, cells, n, err))
            return false;
    }
    return true;
}

/* *fits: out has the script. */
static bool try(struct page *page, uint32_t file, bool with_calls, size_t limit, struct buf *out, bool *fits,
                struct err *err)
{
    *fits = false;
    if (!projection_of(page->pr, file, with_calls, &page->projection, err))
        return false;
    if (page->projection.left_out)
        return true;
    if (!find_functions(page))
        return err_nomem(err);
    if (!gather_cells(page, err))
        return false;
    for (celllists_widen_to_fit(&page->cells, limit);; celllists_widen(&page->cells, 1)) {
        if (!encode(page, with_calls, out))
            return err_nomem(err);
        *fits = out->n <= limit;
        if (*fits || page->cells.bins == 1)
            return true;
    }
}

bool filterdata_page(struct projections *pr, uint32_t file, struct buf *out, struct err *err)
{
    struct page page = {.pr = pr, .file = &pr->m->files[file]};
    const size_t limit = page.file->text.n > FILTERDATA_LIMIT ? page.file->text.n : FILTERDATA_LIMIT;
    bool fits = false;
    const bool ok =
        try(&page, file, true, limit, out, &fits, err) && (fits || try(&page, file, false, limit, out, &fits, err));
    if (ok && !fits) {
        buf_clear(out);
        buf_str(out, "heatmap.stacks({\"module\":");
        js_string(out, page.file->module, LONGEST);
        buf_str(out, ",\"left_out\":true});\n");
    }
    celllists_fini(&page.cells);
    buf_fini(&page.bytes);
    arena_fini(&page.scratch);
    return ok && (buf_ok(out) || err_nomem(err));
}

void filterdata_name(struct slice page, struct buf *out)
{
    const struct slice suffix = SLICE(".html");
    buf_bytes(out, page.p, page.n - (slice_ends(page, suffix) ? suffix.n : 0));
    buf_bytes(out, ".js", sizeof ".js");
}
