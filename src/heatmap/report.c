#include "config.h"

#include "src/heatmap/report.h"

#include <inttypes.h>
#include <stdlib.h>

#include "src/base/hash.h"
#include "src/heatmap/assets.h"
#include "src/heatmap/base64.h"
#include "src/heatmap/front.h"
#include "src/heatmap/html.h"
#include "src/heatmap/sha256.h"
#include "src/heatmap/unpack.h"

enum { PIECE = 57 * 1024, LINE = 57 /* bytes that are 76 digits of Base64 */ };

struct report {
    const struct model *m;
    const struct format_input *recording;
    const struct report_options *options;
    enum report_level level;
    bool *pages; /* owned; by file */
    struct buf *out;
};

void report_left_out(enum report_level level, struct buf *out)
{
    static const struct {
        const char *words;
        enum report_level from, until; /* from there on what until leaves out says it, too */
    } parts[] = {
        {"the recording", REPORT_NO_RECORDING, REPORT_LEVELS},
        {"the source in the pages", REPORT_NO_TEXTS, REPORT_LEVELS},
        {"source lines far from sampled ones", REPORT_NO_COLD_LINES, REPORT_NO_TEXTS},
        {"parts of lines", REPORT_BAREST, REPORT_LEVELS},
        {"how sure numbers are, words in tooltips, and the ends of long lists of calls", REPORT_LESS_DETAIL,
         REPORT_LEVELS},
        {"pages of files in whose own lines no time was spent", REPORT_NO_COLD, REPORT_LEVELS},
        {"pages of libraries in whose own lines no time was spent", REPORT_NO_COLD_LIBRARIES, REPORT_NO_COLD},
    };
    const char *separator = "";
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (level < parts[i].from || level >= parts[i].until)
            continue;
        buf_str(out, separator);
        buf_str(out, parts[i].words);
        separator = "; ";
    }
}

/* --- Base64 --------------------------------------------------------------------------------------------------------*/

/* Lines, since some programs cannot show longer ones. */
static void base64_lines(struct buf *out, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i += LINE) {
        base64_put(out, slice_of(p + i, n - i < LINE ? n - i : LINE));
        buf_u8(out, '\n');
    }
}

/* --- pieces --------------------------------------------------------------------------------------------------------*/

static void put_policy_hash(struct buf *out, struct slice text)
{
    uint8_t hash[SHA256_SIZE];
    sha256(text, hash);
    buf_str(out, "'sha256-");
    base64_put(out, slice_of(hash, sizeof hash));
    buf_str(out, "'");
}

static void head(struct report *r)
{
    struct buf title = {0};
    struct buf *out = r->out;
    buf_str(out, "<!DOCTYPE html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n" RENDER_GENERATOR
                 "\n<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src ");
    put_policy_hash(out, report_style);
    buf_str(out, "; script-src ");
    put_policy_hash(out, report_script);
    buf_str(out, "; base-uri 'none'; form-action 'none'\">\n"
                 "<meta name=viewport content=\"width=device-width, initial-scale=1\">\n"
                 "<meta name=color-scheme content=\"light dark\">\n<title>");
    front_title(r->m, &title);
    html_cut(out, buf_view(&title), FRONT_NAME_MAX);
    buf_str(out, " · pyheatmap</title>\n<style>");
    buf_slice(out, report_style);
    buf_str(out, "</style>\n</head>\n<body class=report>\n");
    out->failed |= title.failed;
    buf_fini(&title);
}

static void about(struct report *r)
{
    struct buf *out = r->out;
    buf_str(out, "<p class=about>A report of pyheatmap: the whole site in one file. ");
    if (r->options->redacted)
        buf_str(out, "What is private was removed. ");
    if (r->level < REPORT_NO_RECORDING)
        buf_str(out,
                "The recording is in it: <code>pyheatmap report.html -o site/</code> makes the site with filters. ");
    if (r->level > REPORT_WHOLE) {
        buf_str(out, "Left out, so that it stays below ");
        buf_printf(out, "%" PRIu64 " MB: ", r->options->limit / 1000000);
        report_left_out(r->level, out);
        buf_str(out, ".");
    }
    buf_str(out, "</p>\n");
}

/* The recording, in an element that no browser runs or shows. */
static bool embed(struct report *r, struct err *err)
{
    struct buf all = {0};
    uint8_t hash[HASH_SIZE];
    size_t n = 0;
    const uint64_t size = r->recording->size;
    bool ok = size <= r->options->limit || err_set(err, ERR_LIMIT, "the recording alone is too large");
    ok = ok && (buf_reserve(&all, (size_t)size + 1) || err_nomem(err)) &&
         r->recording->read(r->recording->self, 0, all.p, (size_t)size, &n, err);
    if (ok) {
        hash128(slice_of(all.p, n), hash);
        buf_printf(r->out, UNPACK_ELEMENT " id=recording data-bytes=%zu data-xxh3=", n);
        for (size_t i = 0; i < sizeof hash; i++)
            buf_printf(r->out, "%02x", hash[i]);
        buf_str(r->out, ">\n");
        base64_lines(r->out, all.p, n);
        buf_str(r->out, UNPACK_ELEMENT_END "\n");
    }
    buf_fini(&all);
    return ok;
}

/* --- all together --------------------------------------------------------------------------------------------------*/

static bool is_cold(const struct model_file *f)
{
    return f->self == 0;
}

static bool has_page(const struct model_file *f, enum report_level level)
{
    const bool library = f->type == MODULE_STDLIB || f->type == MODULE_SITE;
    return !is_cold(f) || level < REPORT_NO_COLD_LIBRARIES || (level < REPORT_NO_COLD && !library);
}

/* *fits: whether it stayed below the limit. */
static bool make(struct report *r, const struct model *m, bool *fits, struct err *err)
{
    const struct render_report pages = {
        .pages = r->pages,
        .detail = r->level >= REPORT_BAREST        ? RENDER_BAREST
                  : r->level >= REPORT_LESS_DETAIL ? RENDER_LESS
                                                   : 0,
        .no_cold_lines = r->level >= REPORT_NO_COLD_LINES,
    };
    *fits = false;
    buf_clear(r->out);
    for (uint32_t i = 0; i < m->n_files; i++)
        r->pages[i] = has_page(&m->files[i], r->level);
    head(r);
    about(r);
    buf_str(r->out, "<main>\n");
    render_front(m, &pages, r->out);
    for (uint32_t i = 0; i < m->n_files; i++) {
        if (r->pages[i])
            render_file(m, i, &pages, r->out);
        if (r->out->n > r->options->limit)
            return true;
    }
    buf_str(r->out, "</main>\n<script>");
    buf_slice(r->out, report_script);
    buf_str(r->out, "</script>\n");
    if (r->level < REPORT_NO_RECORDING && r->recording->size / 3 * 4 > r->options->limit)
        return true;
    if (r->level < REPORT_NO_RECORDING && !embed(r, err))
        return false;
    buf_str(r->out, "</body>\n</html>\n");
    *fits = r->out->n <= r->options->limit;
    return buf_ok(r->out) || err_nomem(err);
}

/* The same model with files that have no text. */
static bool without_texts(struct model *copy, struct err *err)
{
    struct model_file *files = calloc((size_t)copy->n_files + 1, sizeof *files);
    if (files == NULL)
        return err_nomem(err);
    for (uint32_t i = 0; i < copy->n_files; i++) {
        files[i] = copy->files[i];
        files[i].text_lines = 0;
        files[i].text = SLICE("");
        if (files[i].why.n == 0)
            files[i].why = SLICE("The source was left out of this report for its size.");
    }
    copy->files = files;
    return true;
}

bool report_make(const struct model *m, const struct format_input *recording, const struct report_options *options,
                 struct buf *out, enum report_level *level, struct err *err)
{
    struct report r = {.m = m, .recording = recording, .options = options, .out = out};
    struct model bare = *m;
    bool fits = false;
    r.pages = calloc((size_t)m->n_files + 1, sizeof *r.pages);
    bool ok = (r.pages != NULL || err_nomem(err)) && without_texts(&bare, err);
    for (r.level = REPORT_WHOLE; ok && r.level < REPORT_LEVELS; r.level++) {
        ok = make(&r, r.level >= REPORT_NO_TEXTS ? &bare : m, &fits, err);
        if (fits)
            break;
    }
    *level = r.level;
    if (ok && !fits)
        ok = err_set(err, ERR_LIMIT,
                     "the report is over %" PRIu64 " MB whatever is left out: write a site with -o instead",
                     options->limit / 1000000);
    if (bare.files != m->files)
        free(bare.files);
    free(r.pages);
    return ok;
}
