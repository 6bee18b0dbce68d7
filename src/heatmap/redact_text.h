/* redact_text.h: a source text, or a note, without what is private: lines that look like secrets are blanked, lines
 * that are not wanted are emptied, the rest is rewritten. Lines stay lines, so numbers still sit on theirs. */
#ifndef HEATMAP_REDACT_TEXT_H
#define HEATMAP_REDACT_TEXT_H

#include "src/heatmap/rewrite.h"

#define REDACT_BLANKED "# [removed: looks like a secret]"
#define REDACT_BLANKED_NOTE "[removed: looks like a secret]"

struct redact_text {
    const char *instead; /* of a blanked line */
    /* By line, from line 1 at 0: the last of the lines from there on that stay; 0: none does for its sake. So a range
     * costs the same however many lines it has. NULL: all lines stay. Borrowed. */
    const uint32_t *keep_to;
    uint32_t keep_lines; /* that it tells of */
    /* Told of every blanked line. May be NULL. */
    void (*blanked)(void *self, uint32_t line);
    void *self;
};

/* How many lines a text has: at least one. */
uint32_t redact_text_lines(struct slice text);
void redact_text(const struct redact_text *how, struct rewrite *map, struct slice text, struct buf *out);

#endif
