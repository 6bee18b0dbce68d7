#include "config.h"

#include "src/heatmap/texts.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "src/base/array.h"
#include "src/base/buf.h"

struct text {
    struct buf bytes;
    enum { TEXT_PARTIAL, TEXT_WHOLE, TEXT_SPOILT } state;
};

void texts_fini(struct texts *t)
{
    for (uint32_t i = 0; i < t->hashes.n; i++)
        buf_fini(&t->items[i].bytes);
    free(t->items);
    intern_fini(&t->hashes);
    *t = (struct texts){0};
}

static bool has_hash(struct slice text, struct slice hash)
{
    XXH128_canonical_t have;
    XXH128_canonicalFromHash(&have, XXH3_128bits(text.p, text.n));
    return slice_eq(slice_of(have.digest, sizeof have.digest), hash);
}

static void spoil(struct texts *t, struct text *text)
{
    t->bytes -= text->bytes.n;
    buf_fini(&text->bytes);
    text->state = TEXT_SPOILT;
}

bool texts_add(struct texts *t, const struct rec_source *piece, struct err *err)
{
    uint32_t id;
    struct slice hash = {piece->hash, REC_HASH_SIZE};
    if (t->hashes.n >= TEXTS_MAX_COUNT && intern_find(&t->hashes, hash) == INTERN_NONE)
        return true;
    if (!array_reserve(&t->items, &t->cap, (uint64_t)t->hashes.n + 1, sizeof *t->items, err) ||
        !intern_put(&t->hashes, hash, &id, NULL, err))
        return false;
    struct text *text = &t->items[id];
    if (piece->offset == 0 && text->state != TEXT_WHOLE) { /* the start, or once more from the start */
        spoil(t, text);
        text->state = TEXT_PARTIAL;
    }
    if (text->state != TEXT_PARTIAL)
        return true;
    if (piece->offset != text->bytes.n || piece->bytes.n > piece->total - piece->offset ||
        piece->bytes.n > TEXTS_MAX - t->bytes) {
        spoil(t, text);
        return true;
    }
    buf_slice(&text->bytes, piece->bytes);
    if (!buf_ok(&text->bytes))
        return err_nomem(err);
    t->bytes += piece->bytes.n;
    if (text->bytes.n < piece->total)
        return true;
    if (!has_hash(buf_view(&text->bytes), hash)) {
        spoil(t, text);
        return true;
    }
    text->state = TEXT_WHOLE;
    if (text->bytes.n < text->bytes.cap && text->bytes.n > 0) { /* what growing took too much */
        uint8_t *p = realloc(text->bytes.p, text->bytes.n);
        if (p != NULL) {
            text->bytes.p = p;
            text->bytes.cap = text->bytes.n;
        }
    }
    return true;
}

uint32_t texts_find(const struct texts *t, const uint8_t hash[REC_HASH_SIZE], struct slice *text)
{
    uint32_t id = intern_find(&t->hashes, slice_of(hash, REC_HASH_SIZE));
    if (id == INTERN_NONE || t->items[id].state != TEXT_WHOLE)
        return INTERN_NONE;
    *text = buf_view(&t->items[id].bytes);
    return id;
}
