/* filterdata.h: the scripts that hold what the filters count from, one a page and one for all.
 *
 * recording.js is `heatmap.recording(…)`, a page's is `heatmap.stacks(…)`, each with one object in JSON:
 *
 *   recording  {"basis": "active", "processes": [[pid, "command"]], "threads": [[process, tid, "name"]], "bins": n,
 * "width": seconds, "weight": seconds a tick, "all": cells, "attributed": cells} stacks     {"module": "…", "bins": n,
 * "widened": n, "calls_left_out": bool, "lines": [of each spot], "in": [of each spot: its function], "functions":
 * [["qualname", def line]], "others": [["module", "qualname", line, "page"]]: functions of other files, and lines in
 * them, "calls": [[caller, callee]]: a spot, a function; below 0: −1 − number in others, "sets": "…", "stacks": "…"} or
 * only {"module", "left_out": true} where it would be too large
 *
 * Strings of cells, sets and stacks are base64 of varints (LEB128).
 * A set: how many items it begins with that the set before it begins with, how many follow, those as differences from
 * the one before, less one (the first of a set less nothing). An item is a spot, or the number of spots + a call. A
 * stack: its set as a difference from the stack's before, 0 or 1 + the spot that is its self, its cells. Cells: how
 * many series; of each the difference from the one before (the first from −1) less one, then with one bin its weight,
 * else how many bins, of each the difference likewise × 2, + 1 where it weighs more than 1, and then its weight. A
 * series is a thread × 3 + a state: 0 idle, 1 active without the GIL, 2 with it.
 *
 * A page's script has at most FILTERDATA_LIMIT bytes, or as many as its source; to that end bins are joined, two by
 * two, then calls left out, then all. */
#ifndef HEATMAP_FILTERDATA_H
#define HEATMAP_FILTERDATA_H

#include "src/base/buf.h"
#include "src/heatmap/projection.h"

#define FILTERDATA_LIMIT (256u << 10)
#define FILTERDATA_RECORDING "recording.js"

/* Failure of memory is *err's. */
MUST_CHECK bool filterdata_recording(struct projections *pr, struct buf *out, struct err *err);
MUST_CHECK bool filterdata_page(struct projections *pr, uint32_t file, struct buf *out, struct err *err);
/* "src/a.js" of "src/a.html", NUL-terminated; relative to the site. */
void filterdata_name(struct slice page, struct buf *out);

#endif
