/* redact_text.h: a source text, or a note, without what is private: lines that look like secrets are blanked, lines
 * that are not wanted are emptied, the rest is rewritten. Lines stay lines, so numbers still sit on theirs. */
#ifndef HEATMAP_REDACT_TEXT_H
#define HEATMAP_REDACT_TEXT_H

#include "src/heatmap/rewrite.h"

#define REDACT_BLANKED "# [removed: looks like a secret]"
#define REDACT_BLANKED_NOTE "[removed: looks like a secret]"

struct redact_text {
    const char *instead; /* of a blanked line */
    const uint8_t *keep; /* a bit a line, from line 1 at bit 0; NULL: all lines. Borrowed */
    uint32_t keep_lines; /* that it has bits for */
    /* Told of every blanked line. May be NULL. */
    void (*blanked)(void *self, uint32_t line);
    void *self;
};

void redact_text(const struct redact_text *how, struct rewrite *map, struct slice text, struct buf *out);

#endif
