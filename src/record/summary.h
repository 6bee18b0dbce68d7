/* summary.h: the numbers of a recording, in words. */
#ifndef RECORD_SUMMARY_H
#define RECORD_SUMMARY_H

#include "src/record/family.h"

#include <stddef.h>

struct summary {
    struct family_stats family;
    uint64_t dropped; /* by the writer */
    uint64_t period_ns;
    uint64_t elapsed_ns;
    uint64_t size; /* bytes written */
    const char *where;
};

/* One line, at the end. */
void summary_line(const struct summary *s, char *out, size_t n);
/* The same, shorter, while it goes on. */
void summary_progress(const struct summary *s, char *out, size_t n);
/* The rate that was reached, in Hz, if it stayed noticeably under the one that was asked for; else 0. */
double summary_missed_rate(const struct summary *s);

#endif
