/* report.h: the whole site in one file, with the recording in it: what is attached to a bug report.
 *
 * Every page is a section, every link leads to a fragment, and nothing is loaded: a policy allows one style and one
 * script by their hashes, and nothing else. It is readable without the script. */
#ifndef HEATMAP_REPORT_H
#define HEATMAP_REPORT_H

#include "src/base/buf.h"
#include "src/heatmap/model.h"

#define REPORT_LIMIT 25000000u /* bytes: GitHub takes attachments up to 25 MB */

struct report_options {
    uint64_t limit;
    bool redacted; /* so it says */
};

/* What was given up to stay below the limit; each level includes those before it. */
enum report_level {
    REPORT_WHOLE,
    REPORT_NO_COLD_LIBRARIES, /* pages of libraries without a sample in a line of theirs */
    REPORT_NO_COLD,           /* all such pages */
    REPORT_LESS_DETAIL,       /* RENDER_LESS */
    REPORT_NO_COLD_LINES,     /* source far from sampled lines */
    REPORT_BAREST,            /* RENDER_BAREST */
    REPORT_NO_TEXTS,          /* source in the pages */
    REPORT_NO_RECORDING,
    REPORT_LEVELS,
};

/* recording is what m was made of. *level is what was given up. ERR_LIMIT when nothing helps. */
MUST_CHECK bool report_make(const struct model *m, const struct format_input *recording,
                            const struct report_options *options, struct buf *out, enum report_level *level,
                            struct err *err);
/* "pages of libraries …; …": for people; nothing for REPORT_WHOLE. Failure (out of memory) is out's. */
void report_left_out(enum report_level level, struct buf *out);

#endif
