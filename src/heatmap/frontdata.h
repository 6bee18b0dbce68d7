/* frontdata.h: the script that the front page's filters count from.
 *
 * index.js is `heatmap.sums(…)` with one object in JSON:
 *
 *   {"bins": n, "widened": n, "functions": [[place, def line, "qualname"]], "lines": [[place, line, "qualname",
 * "text"]], "rest": {"functions": [self, total], "lines": [self, total]}, "cells": "…"} or only {"left_out": true}
 * where it would be too large
 *
 * place: number of the file's row in the tree, in which the rows are numbered from the top, folders included. The
 * qualname of a line is that of the function most of its samples were in. rest: what the hottest function and line have
 * that are not here, in all states; 0 where all are here. cells is base64 of two lists of cells (filterdata.h), self
 * and total, of each row of the tree, then of each function, then of each line.
 *
 * It has at most FRONTDATA_LIMIT bytes: to that end bins are joined, two by two, and fewer functions and lines are
 * here. Where it is not fine enough even so, all is left out. */
#ifndef HEATMAP_FRONTDATA_H
#define HEATMAP_FRONTDATA_H

#include "src/base/buf.h"
#include "src/heatmap/projection.h"

#define FRONTDATA_LIMIT (1u << 20)
#define FRONTDATA_SCRIPT "index.js"

/* After filterdata_recording. Failure of memory is *err's. */
MUST_CHECK bool frontdata(const struct projections *pr, struct buf *out, struct err *err);

#endif
