/* info.h: what a recording is, without converting it: --info.
 *
 * Reads what says what ran, and counts looks; stacks, code objects and texts are passed over. */
#ifndef HEATMAP_INFO_H
#define HEATMAP_INFO_H

#include <stdio.h>

#include "src/heatmap/identity.h"

#define INFO_SCHEMA 1

struct info_text {
    uint32_t total, have; /* bytes */
};

struct info {
    const char *name; /* of the recording; borrowed */
    uint64_t bytes;
    struct profile *p;                /* owned; without stacks, code objects, texts and samples' weights */
    uint64_t active, weight;          /* ticks */
    uint64_t rows, trimmed, repeated; /* looks that were read; of them; and looks that were inferred */
    uint32_t notes;
    struct intern hashes;    /* of texts */
    struct info_text *texts; /* owned; by number in hashes */
    uint32_t texts_cap;
    struct identity identity;
};

MUST_CHECK bool info_read(struct info *info, const struct format *format, const struct format_input *in,
                          struct err *err);
void info_fini(struct info *info);
/* Whether the text of a file is in the recording. */
bool info_has_text(const struct info *info, const struct rec_file *file);

/* For a person; fails only when out of memory. */
MUST_CHECK bool info_print(const struct info *info, FILE *out, struct err *err);
/* info_json.c: for programs: pyheatmap.1, "INFO". */
MUST_CHECK bool info_json(const struct info *info, FILE *out, struct err *err);

#endif
