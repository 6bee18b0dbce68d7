/* markdown.h: a summary to paste into an issue: what ran, how good the samples are, what was hottest.
 *
 * It will be public: values of arguments, directories and lines that look like secrets are left out. All that comes
 * from the recording is in code spans, so it stays text. */
#ifndef HEATMAP_MARKDOWN_H
#define HEATMAP_MARKDOWN_H

#include "src/heatmap/model.h"

/* Failure (out of memory) is out's. */
void markdown(const struct model *m, struct buf *out);
/* s as a code span that also stands in the cell of a table. */
void markdown_code(struct buf *out, struct slice s);

#endif
