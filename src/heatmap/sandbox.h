/* sandbox.h: gives up the rights that converting a recording does not need, before the first byte of it is believed.
 *
 * By Landlock, on Linux kernels that have it: from then on the process opens files for reading only below the
 * directories of --source-root (and where the C library keeps its encodings), creates and removes files only beside its
 * outputs, executes nothing, and opens no TCP connection. Where the kernel cannot, nothing is given up: it is a second
 * line of defence, and no result depends on it.
 *
 * What was open before stays open. Must be called before the first thread is started. */
#ifndef HEATMAP_SANDBOX_H
#define HEATMAP_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "src/heatmap/source.h"

enum { SANDBOX_MAX_OUTPUTS = 4 };

/* All borrowed. */
struct sandbox {
    /* Files and directories to be written, each maybe NULL or "-"; what is there is replaced by what is beside it. */
    const char *outputs[SANDBOX_MAX_OUTPUTS];
    const struct source_root *roots; /* to read below */
    size_t n_roots;
};

/* Whether rights were given up. Never fails: where something is odd, all stays as it was. */
bool sandbox_enter(const struct sandbox *s);

#endif
