/* summary.h: what is said on the terminal when a recording is converted. */
#ifndef HEATMAP_SUMMARY_H
#define HEATMAP_SUMMARY_H

#include <stdio.h>

#include "src/heatmap/model.h"
#include "src/heatmap/profile.h"

struct summary_options {
    const char *site; /* directory; NULL: none was written */
    bool colour;
    unsigned width; /* columns that a line may take */
};

/* Fails only when out of memory; of `out` the caller checks ferror. */
MUST_CHECK bool summary_print(const struct model *m, const struct summary_options *options, FILE *out, struct err *err);

/* One line a damage, as warnings. name is the recording's. */
void summary_warn(const struct profile *p, const char *name, FILE *out);

/* "file:///home/u/site/index.html" of a directory that exists; false when out of memory. */
bool summary_address(const char *site, struct buf *out);

#endif
