/* assets.h: the files that every site shares, embedded into the program from templates/. */
#ifndef HEATMAP_ASSETS_H
#define HEATMAP_ASSETS_H

#include "src/base/slice.h"

struct asset {
    const char *name; /* in the site */
    struct slice bytes;
};

extern const struct asset assets[];
extern const size_t n_assets;

/* Those of a report (report.h). */
extern const struct slice report_style, report_script;

#endif
