/* rewrite.h: one map of words that must not appear, and what stands in their place; applied to everything alike.
 *
 * Matches go from left to right, the longest first; what was put in is not looked at again. A value of other than ASCII
 * is also found in the forms in which programs write it: Latin-1, escapes of Python and JSON, and of URLs. */
#ifndef HEATMAP_REWRITE_H
#define HEATMAP_REWRITE_H

#include "src/base/buf.h"
#include "src/base/intern.h"

#define REWRITE_MAX_STEPS (UINT64_C(1) << 31) /* bytes of words that are compared: words made to be slow take more */

enum rewrite_mode {
    REWRITE_LITERAL,   /* wherever the very bytes are */
    REWRITE_ANYWHERE,  /* in any case of ASCII letters, within words too */
    REWRITE_WORD,      /* in any case, not within a word of letters and digits */
    REWRITE_COMPONENT, /* a whole component of a path */
    REWRITE_DIRECTORY, /* a path and all that lies below it */
};

struct rewrite_rule {
    struct slice from, to; /* in the arena */
    enum rewrite_mode mode;
    bool escaped; /* another form of a rule before it */
    uint64_t hits;
};

struct rewrite {
    struct arena arena;
    struct intern known;        /* modes and words of the rules */
    struct rewrite_rule *rules; /* owned; sorted by rewrite_ready */
    uint32_t n, cap;
    uint32_t first[257]; /* rules[first[b]] … are those that begin with the byte b */
    uint64_t steps;      /* over REWRITE_MAX_STEPS nothing is replaced any more: what was made is of no use */
};

void rewrite_fini(struct rewrite *r);
/* Nothing happens for an empty word, one with a line break, and one that is there already. */
MUST_CHECK bool rewrite_add(struct rewrite *r, struct slice from, struct slice to, enum rewrite_mode mode,
                            struct err *err);
/* Once, after the last rewrite_add. */
void rewrite_ready(struct rewrite *r);
/* Appends s, rewritten. The number of its lines stays. */
void rewrite_apply(struct rewrite *r, struct slice s, struct buf *out);
/* Whether all that was to be replaced was. ERR_LIMIT. */
MUST_CHECK bool rewrite_done(const struct rewrite *r, struct err *err);
/* How often a word was found. */
uint64_t rewrite_hits(const struct rewrite *r, struct slice word);

#endif
