#include "config.h"

#include "src/heatmap/convert.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "src/heatmap/browser.h"
#include "src/heatmap/input.h"
#include "src/heatmap/json.h"
#include "src/heatmap/model.h"
#include "src/heatmap/output.h"
#include "src/heatmap/sandbox.h"
#include "src/heatmap/site.h"
#include "src/heatmap/summary.h"

enum { DEFAULT_WIDTH = 100, NARROWEST = 40 };

/* A terminal on which escape sequences do what they say. */
static bool is_capable(int fd)
{
    const char *term = getenv("TERM");
    return isatty(fd) && term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
}

static bool wants_colour(int fd)
{
    const char *no_colour = getenv("NO_COLOR");
    return is_capable(fd) && (no_colour == NULL || no_colour[0] == '\0');
}

static unsigned width_of(int fd)
{
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return DEFAULT_WIDTH;
    return size.ws_col < NARROWEST ? NARROWEST : size.ws_col;
}

static bool wants_filters(const struct options *o)
{
    return o->output != NULL && !o->no_filters;
}

static struct profile *read_profile(const struct options *o, struct err *err)
{
    struct input input;
    if (!input_open(&input, o->recording, !o->quiet && is_capable(STDERR_FILENO), err))
        return NULL;
    (void)sandbox_enter(&(struct sandbox){.outputs = {o->output, o->json}, .roots = o->roots, .n_roots = o->n_roots});
    const struct format *format = o->format != NULL ? o->format : format_guess(&input.in, err);
    if (format == NULL)
        (void)err_prefix(err, "%s", input.in.name);
    struct profile *p = format == NULL ? NULL : profile_new(o->basis, err);
    const bool ok =
        p != NULL && (!wants_filters(o) || profile_keep_cells(p, err)) && profile_read(p, format, &input.in, err);
    input_close(&input);
    if (ok)
        return p;
    profile_free(p);
    return NULL;
}

static bool write_json(const struct model *m, const char *path, struct err *err)
{
    struct output out;
    if (!output_open(&out, path, err))
        return false;
    if (json_write(m, out.file, err))
        return output_commit(&out, err);
    output_discard(&out);
    return false;
}

static bool open_site(struct browser *browser, const char *site, struct err *err)
{
    struct buf address = {0};
    (void)summary_address(site, &address);
    buf_u8(&address, '\0');
    bool ok = buf_ok(&address) ? browser_show(browser, (const char *)address.p, err) : err_nomem(err);
    buf_fini(&address);
    return ok;
}

/* Where there are too many different samples, the site has no filters; it says so. */
static bool write_site(const struct options *o, struct profile *p, struct model *m, struct err *err)
{
    struct projections *projections = NULL;
    if (p->cells != NULL)
        cells_flush(p->cells);
    m->filters = p->cells == NULL || m->counts.wall == 0 ? MODEL_UNFILTERED
                 : p->cells->dropped                     ? MODEL_TOO_MANY
                                                         : MODEL_FILTERED;
    if (m->filters == MODEL_FILTERED) {
        projections = projections_new(p, m, err);
        if (projections == NULL)
            return false;
        if (projections->too_many) {
            m->filters = MODEL_TOO_MANY;
            projections_free(projections);
            projections = NULL;
        }
    }
    const struct site_options site_options = {.dir = o->output, .force = o->force, .projections = projections};
    const bool ok = site_write(m, &site_options, err);
    projections_free(projections);
    return ok;
}

bool convert(const struct options *o, struct err *err)
{
    struct browser browser = {.fd = -1};
    if (o->open && !browser_prepare(&browser, err))
        return false;
    struct profile *p = read_profile(o, err);
    const struct model_options model_options = {
        .source_roots = o->roots, .n_source_roots = o->n_roots, .notes = buf_view(&o->notes)};
    struct model *m = p == NULL ? NULL : model_new(p, &model_options, err);
    bool ok = m != NULL;
    if (ok)
        summary_warn(p, o->recording, stderr);
    if (ok && o->json != NULL)
        ok = write_json(m, o->json, err);
    if (ok && o->output != NULL)
        ok = write_site(o, p, m, err);
    if (ok && !o->quiet) {
        FILE *out = o->json != NULL && strcmp(o->json, "-") == 0 ? stderr : stdout;
        const struct summary_options summary_options = {
            .site = o->output, .colour = wants_colour(fileno(out)), .width = width_of(fileno(out))};
        ok = summary_print(m, &summary_options, out, err);
        if (ok && (fflush(out) != 0 || ferror(out) != 0))
            ok = err_system(err, errno, "standard output");
    }
    if (ok && o->open)
        ok = open_site(&browser, o->output, err);
    browser_fini(&browser);
    model_free(m);
    profile_free(p);
    return ok;
}
