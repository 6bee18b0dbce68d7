/* output.h: a file that is either written whole or not touched.
 *
 * Written under another name beside it and renamed at the end; until then signals that end the program are held back
 * (interrupt.h). What is no regular file (a pipe, /dev/stdout) is written in place; "-" is standard output. */
#ifndef HEATMAP_OUTPUT_H
#define HEATMAP_OUTPUT_H

#include <signal.h>
#include <stdio.h>

#include "src/base/err.h"

struct output {
    FILE *file;
    const char *path; /* borrowed; for messages too */
    char *temporary;  /* owned; NULL: written in place */
    sigset_t signals; /* with a temporary: those that were held back before */
};

MUST_CHECK bool output_open(struct output *o, const char *path, struct err *err);
/* Flushes, closes and renames. */
MUST_CHECK bool output_commit(struct output *o, struct err *err);
/* Gives it up, unless it was committed; leaves nothing behind. */
void output_discard(struct output *o);

#endif
