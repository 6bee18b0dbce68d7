/* front.h: the parts of the front page, one file each, in the order in which they stand there.
 *
 * Each appends to a buffer, whose failure is sticky, and none assumes that it has a document of its own. */
#ifndef HEATMAP_FRONT_H
#define HEATMAP_FRONT_H

#include "src/heatmap/render.h"

#define FRONT_NAME_MAX 200 /* characters of a name that are shown; of a command, too, where it is a title */

/* overview.c: what ran, and how good the samples are; what the process did, and when. */
void front_title(const struct model *m, struct buf *out);
void front_head(const struct render_place *at, const struct model *m, struct buf *out);
void front_states(const struct render_place *at, const struct model *m, struct buf *out);
/* A process's command as it could be typed, not escaped. */
void front_command(const struct model_process *p, struct buf *out);

/* hottest.c: lines and functions, by self and by total. */
void front_hottest(const struct render_place *at, const struct model *m, struct buf *out);

/* filelist.c: the tree of all files, and the table of them. */
void front_files(const struct render_place *at, const struct model *m, struct buf *out);
/* A bar of the row of a list: total behind self, as parts of n. */
void front_bar(struct buf *out, uint64_t self, uint64_t total, uint64_t n);

/* processes.c: the tree of processes with their threads, and the recording's facts. */
void front_processes(const struct model *m, struct buf *out);

#endif
