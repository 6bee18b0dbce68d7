/* options.h: pyheatmap's command line. */
#ifndef HEATMAP_OPTIONS_H
#define HEATMAP_OPTIONS_H

#include "formats/format.h"
#include "src/base/buf.h"
#include "src/heatmap/profile.h"
#include "src/heatmap/redact.h"
#include "src/heatmap/source.h"

#define OPTIONS_MAX_NOTE (1u << 20) /* bytes of a --note-file */

struct options {
    enum {
        OPTIONS_CONVERT,
        OPTIONS_INFO,
        OPTIONS_MARKDOWN,
        OPTIONS_REDACT,
        OPTIONS_REPORT,
        OPTIONS_HELP,
        OPTIONS_VERSION
    } action;
    const char *recording;       /* "-": standard input */
    char *output;                /* owned; a site, or what the action makes; NULL: none is wanted */
    const char *json;            /* NULL: none */
    const struct format *format; /* NULL: guess */
    enum basis basis;
    struct source_root *roots; /* owned */
    size_t n_roots;
    struct buf notes;             /* Markdown */
    struct redact_options redact; /* words: owned */
    const char **words;           /* owned */
    bool dry_run, no_redact, no_filters;
    bool force, open, quiet;
};

/* ERR_USAGE, or what reading a --note-file met. */
MUST_CHECK bool options_parse(struct options *o, int argc, char **argv, struct err *err);
void options_fini(struct options *o);
/* What --help prints. */
extern const char options_help[];

#endif
