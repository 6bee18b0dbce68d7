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
#include "src/heatmap/sandbox.h"
#include "src/heatmap/summary.h"
#include "src/heatmap/zipfile.h"

/* --- --redact ------------------------------------------------------------------------------------------------------*/

static bool write_redacted(const struct options *o, const struct redact_options *options, const struct format *format,
                           const struct format_input *in, struct err *err)
{
    struct output out;
    if (o->dry_run)
        return redact(format, in, options, NULL, stdout, err);
    if (!output_open(&out, o->output, err))
        return false;
    FILE *list = o->quiet ? NULL : out.file == stdout ? stderr : stdout;
    if (redact(format, in, options, out.file, list, err))
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

static void say_left_out(const struct options *o, enum report_level level)
{
    struct buf words = {0};
    report_left_out(level, &words);
    (void)fprintf(stderr, "pyheatmap: %s: to stay below %u MB, left out: %.*s\n", o->output, REPORT_LIMIT / 1000000,
                  (int)words.n, (const char *)words.p);
    buf_fini(&words);
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
    bool ok = p != NULL && profile_read(p, format, in, err);
    if (ok && o->no_redact)
        summary_warn(p, in->name, stderr);
    ok = ok && (m = model_new(p, &model_options, err)) != NULL;
    if (ok && !report_make(m, in, &options, &html, &level, err))
        ok = err_prefix(err, "%s", o->output);
    ok = ok && write_report(o, buf_view(&html), err);
    if (ok && level != REPORT_WHOLE)
        say_left_out(o, level);
    buf_fini(&html);
    model_free(m);
    profile_free(p);
    return ok;
}

/* By way of a redacted recording in a temporary file. */
static bool report_redacted(const struct options *o, const struct redact_options *options, FILE *file,
                            const struct format *format, const struct format_input *in, struct err *err)
{
    struct input redacted;
    FILE *list = o->quiet ? NULL : strcmp(o->output, "-") == 0 ? stderr : stdout;
    bool ok = redact(format, in, options, file, list, err);
    const off_t size = ok ? ftello(file) : 0;
    if (ok && (fflush(file) != 0 || size < 0))
        ok = err_system(err, errno, "cannot write the redacted recording to a temporary file");
    if (ok) {
        input_of_file(&redacted, fileno(file), (uint64_t)size, in->name);
        const struct format *written = format_guess(&redacted.in, err);
        ok = written != NULL && report_of(o, written, &redacted.in, err);
    }
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
    bool ok = p != NULL && profile_read(p, format, in, err) && (m = model_new(p, &model_options, err)) != NULL;
    if (ok) {
        summary_warn(p, in->name, stderr);
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

static bool redacts(const struct options *o)
{
    return o->action == OPTIONS_REDACT || (o->action == OPTIONS_REPORT && (!o->no_redact || o->dry_run));
}

static FILE *temporary_file(struct err *err)
{
    const int fd = input_temporary();
    FILE *file = fd < 0 ? NULL : fdopen(fd, "r+b");
    if (file != NULL)
        return file;
    (void)err_system(err, errno, "no temporary file for the redacted recording");
    if (fd >= 0)
        (void)close(fd);
    return NULL;
}

/* What nobody believes has been read by then: all that this machine is asked for. */
struct made {
    struct here here;
    struct redact_options redact;
    FILE *temporary; /* owned; may be NULL */
};

static bool prepare(struct made *made, const struct options *o, struct err *err)
{
    made->redact = o->redact;
    made->redact.words = o->words;
    made->redact.notes = buf_view(&o->notes);
    if (redacts(o)) {
        here_ask(&made->here);
        made->redact.here = &made->here;
    }
    const bool by_file = o->action == OPTIONS_REPORT && redacts(o) && !o->dry_run;
    made->temporary = by_file ? temporary_file(err) : NULL;
    return !by_file || made->temporary != NULL;
}

static bool make(const struct options *o, struct made *made, const struct format_input *in, struct err *err)
{
    const struct format *format = o->format != NULL ? o->format : format_guess(in, err);
    if (format == NULL)
        return err_prefix(err, "%s", in->name);
    if (o->action == OPTIONS_INFO)
        return write_info(o, format, in, err);
    if (o->action == OPTIONS_MARKDOWN)
        return write_markdown(o, format, in, err);
    if (made->temporary != NULL)
        return report_redacted(o, &made->redact, made->temporary, format, in, err);
    return redacts(o) ? write_redacted(o, &made->redact, format, in, err) : report_of(o, format, in, err);
}

bool attach(const struct options *o, struct err *err)
{
    struct input input;
    struct made made = {.temporary = NULL};
    if (!input_open(&input, o->recording, false, err))
        return false;
    bool ok = prepare(&made, o, err);
    if (ok)
        (void)sandbox_enter(
            &(struct sandbox){.outputs = {o->output, o->json}, .roots = o->roots, .n_roots = o->n_roots});
    ok = ok && make(o, &made, &input.in, err);
    if (made.temporary != NULL)
        (void)fclose(made.temporary);
    input_close(&input);
    return ok;
}
