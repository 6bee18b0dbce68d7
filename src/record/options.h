/* options.h: the command line of pyrecord.
 *
 * Owns: what was asked for. Does not open, read or start anything, and does not print. Strings are borrowed from argv.
 */
#ifndef RECORD_OPTIONS_H
#define RECORD_OPTIONS_H

#include "src/base/err.h"
#include "src/record/sources.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum options_action { OPTIONS_RECORD, OPTIONS_HELP, OPTIONS_VERSION };

struct options_note {
    const char *text; /* Markdown; or, of a file, its path */
    bool is_file;
};

struct options {
    enum options_action action;
    const char *output; /* NULL: the default name; "-": standard output */
    bool force;
    bool quiet;
    bool verbose;
    bool no_argv;
    bool no_subprocesses;
    bool freeze;
    enum sources_kind sources;
    uint64_t period_ns;   /* of the rate that was asked for */
    uint64_t duration_ns; /* 0: until the end */
    const char **env;     /* owned: names of variables to store besides the usual ones */
    size_t env_n;
    struct options_note *notes; /* owned */
    size_t notes_n;
    pid_t pid;            /* attach to this; 0: launch the command */
    char *const *command; /* NULL-terminated; NULL when attaching */
};

/* On failure (ERR_USAGE) *o still wants options_fini. */
MUST_CHECK bool options_parse(struct options *o, int argc, char **argv, struct err *err);
void options_fini(struct options *o);

extern const char options_help[];

#endif
