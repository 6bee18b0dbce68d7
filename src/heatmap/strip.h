/* strip.h: the recording's time as a strip, on every page: how much ran, what collected garbage, and gaps where
 * nobody looked. All of it is in the markup; a script lets a range of it be chosen. */
#ifndef HEATMAP_STRIP_H
#define HEATMAP_STRIP_H

#include "src/heatmap/render.h"

/* page: its name, for that of the script with its data. Nothing where no time was recorded and no data is there. */
void strip(const struct model *m, const struct render_place *at, struct slice page, struct buf *out);

#endif
