/* redact_list.h: what a redaction removed and what remains, for a person. */
#ifndef HEATMAP_REDACT_LIST_H
#define HEATMAP_REDACT_LIST_H

#include <stdio.h>

#include "src/heatmap/identity.h"

#define REDACT_LISTED 20 /* of each kind of thing; of more only the number is said */

struct redact_counts {
    uint32_t texts, notes; /* that remain */
    uint64_t text_bytes;
    uint32_t blanked; /* lines that look like secrets */
    struct buf where; /* owned; the first ones: "path:line", one a line */
};

void redact_counts_fini(struct redact_counts *c);
void redact_counts_blanked(struct redact_counts *c, struct slice path, uint32_t line);

/* Fails only when out of memory. */
MUST_CHECK bool redact_list(const struct profile *p, const struct identity *id, struct rewrite *map,
                            const struct redact_counts *counts, FILE *out);

#endif
