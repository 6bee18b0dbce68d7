/* profile.h: what a recording said, merged: the sink behind every reader.
 *
 * Owns: merging of epochs and processes (codes by content hash, files by name and identity, stacks into one tree), and
 * the weight of every stack in the chosen basis. Memory is bounded by the number of distinct stacks, codes and source
 * bytes, not by the number of samples. Does not know lines, module types or percents: model.h does. */
#ifndef HEATMAP_PROFILE_H
#define HEATMAP_PROFILE_H

#include "formats/format.h"

enum basis { BASIS_ACTIVE, BASIS_WALL, BASIS_GIL };

struct profile;

MUST_CHECK struct profile *profile_new(enum basis basis, struct err *err);
void profile_free(struct profile *p);
/* The sink that fills it; valid as long as the profile. */
const struct sink *profile_sink(struct profile *p);

#endif
