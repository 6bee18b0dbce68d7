/* recount.h: counts a recording a second time, the plainest way there is, to hold the model against.
 *
 * A sink of its own that walks the stack of every sample, with sets that are searched from end to end. Shares with
 * the converter the line tables' decoder (held against real interpreters elsewhere), and nothing else. */
#ifndef TESTS_RECOUNT_H
#define TESTS_RECOUNT_H

#include "src/heatmap/model.h"

struct recount;

struct recount *recount_new(enum basis basis);
void recount_free(struct recount *r);
const struct sink *recount_sink(struct recount *r);
/* Compares all that the model counts; prints what differs, ten lines at most. */
bool recount_agrees(const struct recount *r, const struct model *m);

#endif
