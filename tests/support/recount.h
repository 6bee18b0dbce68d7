/* recount.h: counts a recording a second time, the plainest way there is, to hold the model against.
 *
 * A sink of its own that walks the stack of every sample, with sets that are searched from end to end. Shares with
 * the converter the line tables' decoder (held against real interpreters elsewhere), and nothing else. */
#ifndef TESTS_RECOUNT_H
#define TESTS_RECOUNT_H

#include "src/heatmap/model.h"

struct recount;

/* Which samples count, besides the basis. Each look of a row counts for itself, at its own time. */
struct recount_filter {
    uint32_t process;     /* its number; 0: all */
    uint64_t tid;         /* 0: all */
    uint64_t from, until; /* time units; until 0: all */
    struct {
        struct slice caller_path, caller; /* qualnames */
        uint32_t line;
        struct slice callee_path, callee;
    } through; /* caller_path empty: all */
};

struct recount *recount_new(enum basis basis);
void recount_only(struct recount *r, const struct recount_filter *filter);
void recount_free(struct recount *r);
const struct sink *recount_sink(struct recount *r);
/* Compares all that the model counts; prints what differs, ten lines at most. */
bool recount_agrees(const struct recount *r, const struct model *m);

/* Of all samples. */
uint64_t recount_n(const struct recount *r);
uint64_t recount_unattributed(const struct recount *r);
/* By names. */
void recount_line(struct recount *r, struct slice path, uint32_t line, uint64_t *self, uint64_t *total);
void recount_file(struct recount *r, struct slice path, uint64_t *self, uint64_t *total);
/* Of all functions of that name there. */
void recount_function(struct recount *r, struct slice path, struct slice qualname, uint64_t *self, uint64_t *total);
uint64_t recount_call(struct recount *r, struct slice caller_path, uint32_t line, struct slice caller,
                      struct slice callee_path, struct slice callee);

#endif
