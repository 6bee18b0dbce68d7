/* redact.h: the same recording without what is private.
 *
 * Reads twice: once for what it has to look for (identity.h), once to write all of it anew. Memory is bounded as in a
 * conversion (profile.h), not by the number of samples. What can be read of a damaged recording is written, as a whole
 * one. The same recording on the same machine gives the same bytes. */
#ifndef HEATMAP_REDACT_H
#define HEATMAP_REDACT_H

#include <stdio.h>

#include "formats/format.h"
#include "src/heatmap/here.h"

enum redact_sources { REDACT_ALL, REDACT_PROJECT, REDACT_HOT, REDACT_NONE };

struct redact_options {
    enum redact_sources sources;
    bool no_notes;
    struct slice notes;       /* Markdown to add; borrowed. Not redacted: it is written for this */
    const struct here *here;  /* look for what this machine says as well; borrowed; may be NULL */
    FILE *warnings;           /* what is said of a damaged recording; may be NULL */
    const char *const *words; /* to be removed besides; borrowed */
    size_t n_words;
};

/* out: the recording; NULL: nothing is written. list: what was removed and what remains, for a person; NULL: nothing is
 * said. Of both the caller checks ferror. */
MUST_CHECK bool redact(const struct format *format, const struct format_input *in, const struct redact_options *options,
                       FILE *out, FILE *list, struct err *err);

#endif
