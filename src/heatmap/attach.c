#include "config.h"

#include "src/heatmap/attach.h"

#include <errno.h>
#include <unistd.h>

#include "src/heatmap/info.h"
#include "src/heatmap/input.h"
#include "src/heatmap/markdown.h"
#include "src/heatmap/model.h"
#include "src/heatmap/output.h"
#include "src/heatmap/report.h"
#include "src/heatmap/zipfile.h"

/* --- --redact ------------------------------------------------------------------------------------------------------*/

static struct redact_options redact_options_of(const struct options *o)
{
    struct redact_options options = o->redact;
    options.words = o->words;
    options.notes = buf_view(&o->notes);
    return options;
}

static bool write_redacted(const struct options *o, const struct format *format, const struct format_input *in,
                           struct err *err)
{
    const struct redact_options options = redact_options_of(o);
    struct output out;
    if (o->dry_run)
        return redact(format, in, &options, NULL, stdout, err);
    if (!output_open(&out, o->output, err))
        return false;
    FILE *list = o->quiet ? NULL : out.file == stdout ? stderr : stdout;
    if (redact(format, in, &options, out.file, list, err))
        return output_commit(&out, err);
    output_discard(&out);
    return false;
}

/* --- --report ------------------------------------------------------------------------------------------------------*/

static bool ends_in_zip(const char *path)
{
    return slice_ends(slice_str(path), SLICE(".zip")) || slice_ends(slice_str(path), SLICE(".ZIP"));
}

static bool write_bytes(const char *path, struct slice bytes, struct err *err)
{
    struct output out;
    if (!output_open(&out, path, err))
        return false;
    if (fwrite(bytes.p, 1, bytes.n, out.file) == bytes.n)
        return output_commit(&out, err);
    const int why = errno;
    output_discard(&out);
    return err_system(err, why, "%s: cannot write it", path);
}

static bool write_report(const struct options *o, struct slice html, struct err *err)
{
    struct buf zip = {0};
    bool ok = true;
    if (ends_in_zip(o->output)) {
        ok = zipfile_of("report.html", html, &zip, err);
        html = buf_view(&zip);
    }
    ok = ok && write_bytes(o->output, html, err);
    if (ok && !o->quiet)
        (void)fprintf(strcmp(o->output, "-") == 0 ? stderr : stdout, "%s: %.1f MB\n", o->output, (double)html.n / 1e6);
    buf_fini(&zip);
    return ok;
}

static bool report_of(const struct options *o, const struct format *format, const struct format_input *in,
                      struct err *err)
{
    const struct report_options options = {.limit = REPORT_LIMIT, .redacted = !o->no_redact};
    const struct model_options model_options = {.source_roots = o->roots,
                                                .n_source_roots = o->n_roots,
                                                .notes = o->no_redact ? buf_view(&o->notes) : SLICE("")};
    struct profile *p = profile_new(o->basis, err);
    struct model *m = NULL;
    struct buf html = {0};
    enum report_level level = REPORT_WHOLE;
    bool ok = p != NULL && format->read(in, profile_sink(p), err) && (m = model_new(p, &model_options, err)) != NULL &&
              report_make(m, in, &options, &html, &level, err) && write_report(o, buf_view(&html), err);
    if (ok && level != REPORT_WHOLE)
        (void)fprintf(stderr, "pyheatmap: %s: to stay below %u MB, left out: %s\n", o->output, REPORT_LIMIT / 1000000,
                      report_left_out(level));
    buf_fini(&html);
    model_free(m);
    profile_free(p);
    return ok;
}

/* By way of a redacted recording in a temporary file. */
static bool report_redacted(const struct options *o, const struct format *format, const struct format_input *in,
                            struct err *err)
{
    const struct redact_options options = redact_options_of(o);
    const int fd = input_temporary();
    FILE *file = fd < 0 ? NULL : fdopen(fd, "r+b");
    struct input redacted;
    if (file == NULL) {
        const int why = errno;
        if (fd >= 0)
            (void)close(fd);
        return err_system(err, why, "no temporary file for the redacted recording");
    }
    FILE *list = o->quiet ? NULL : strcmp(o->output, "-") == 0 ? stderr : stdout;
    bool ok = redact(format, in, &options, file, list, err);
    const off_t size = ok ? ftello(file) : 0;
    if (ok && (fflush(file) != 0 || size < 0))
        ok = err_system(err, errno, "cannot write the redacted recording to a temporary file");
    if (ok) {
        input_of_file(&redacted, fd, (uint64_t)size, in->name);
        const struct format *written = format_guess(&redacted.in, err);
        ok = written != NULL && report_of(o, written, &redacted.in, err);
    }
    (void)fclose(file);
    return ok;
}

/* --- --markdown, --info --------------------------------------------------------------------------------------------*/

static bool write_markdown(const struct options *o, const struct format *format, const struct format_input *in,
                           struct err *err)
{
    const struct model_options model_options = {.source_roots = o->roots, .n_source_roots = o->n_roots};
    struct profile *p = profile_new(o->basis, err);
    struct model *m = NULL;
    struct buf text = {0};
    bool ok = p != NULL && format->read(in, profile_sink(p), err) && (m = model_new(p, &model_options, err)) != NULL;
    if (ok) {
        markdown(m, &text);
        ok = buf_ok(&text) ? write_bytes("-", buf_view(&text), err) : err_nomem(err);
    }
    buf_fini(&text);
    model_free(m);
    profile_free(p);
    return ok;
}

static bool write_info(const struct options *o, const struct format *format, const struct format_input *in,
                       struct err *err)
{
    struct info info;
    struct output out;
    if (!info_read(&info, format, in, err))
        return false;
    bool ok = output_open(&out, o->json != NULL ? o->json : "-", err);
    if (ok && (o->json != NULL ? info_json(&info, out.file, err) : info_print(&info, out.file, err)))
        ok = output_commit(&out, err);
    else if (ok) {
        output_discard(&out);
        ok = false;
    }
    info_fini(&info);
    return ok;
}

/* --- all together --------------------------------------------------------------------------------------------------*/

bool attach(const struct options *o, struct err *err)
{
    struct input input;
    if (!input_open(&input, o->recording, false, err))
        return false;
    const struct format *format = o->format != NULL ? o->format : format_guess(&input.in, err);
    bool ok = format != NULL;
    if (!ok)
        (void)err_prefix(err, "%s", input.in.name);
    else if (o->action == OPTIONS_INFO)
        ok = write_info(o, format, &input.in, err);
    else if (o->action == OPTIONS_MARKDOWN)
        ok = write_markdown(o, format, &input.in, err);
    else if (o->action == OPTIONS_REDACT || o->dry_run)
        ok = write_redacted(o, format, &input.in, err);
    else if (o->no_redact)
        ok = report_of(o, format, &input.in, err);
    else
        ok = report_redacted(o, format, &input.in, err);
    input_close(&input);
    return ok;
}
