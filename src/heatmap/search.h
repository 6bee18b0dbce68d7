/* search.h: what the search of the site looks through, as a script that is loaded on first use.
 *
 * It calls heatmap.searchData with { samples, types: names, more: lines that were left out, files: [[module, path,
 * page, type, self, total, functions, lines], …] }, where functions is [name, line, self, total, …] and lines is
 * [number, self, total, text, …]. */
#ifndef HEATMAP_SEARCH_H
#define HEATMAP_SEARCH_H

#include "src/heatmap/model.h"

#define SEARCH_SCRIPT "search-data.js"
#define SEARCH_MAX_LINES 30000 /* the hottest ones; as many functions */

/* Failure (out of memory) is out's. */
void search_script(const struct model *m, struct buf *out);

#endif
