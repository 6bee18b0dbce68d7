/* texts.h: the source texts of a recording, put together from their pieces.
 *
 * A text counts only when it is whole and has the hash that it is filed under. Memory grows with the bytes that
 * really came, not with what a piece claims. */
#ifndef HEATMAP_TEXTS_H
#define HEATMAP_TEXTS_H

#include "formats/content.h"
#include "src/base/intern.h"

#define TEXTS_MAX (1ull << 30)     /* bytes of all texts together; what comes after that is left out */
#define TEXTS_MAX_COUNT (1u << 20) /* texts; likewise */

struct texts {
    struct intern hashes;
    struct text *items; /* owned; by number in hashes */
    uint32_t cap;
    uint64_t bytes;
};

void texts_fini(struct texts *t);
/* Pieces of one text come in order; one out of order spoils its text. Fails only when out of memory. */
MUST_CHECK bool texts_add(struct texts *t, const struct rec_source *piece, struct err *err);
/* The number of a text in hashes; INTERN_NONE when it is not there, or not whole. *text is valid as long as t. */
uint32_t texts_find(const struct texts *t, const uint8_t hash[REC_HASH_SIZE], struct slice *text);

#endif
