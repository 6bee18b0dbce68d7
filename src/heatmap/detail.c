#include "config.h"

#include "src/heatmap/detail.h"

#include <assert.h>
#include <stdlib.h>

#include "src/base/array.h"

void detail_fini(struct detail *d)
{
    free(d->pieces);
    *d = (struct detail){0};
}

uint32_t detail_begin(struct detail *d, const struct buf *text, unsigned first_level, unsigned last_level)
{
    assert(first_level <= last_level && last_level < DETAIL_LEVELS);
    struct err err;
    if (!array_reserve(&d->pieces, &d->cap, (uint64_t)d->n + 1, sizeof *d->pieces, &err)) {
        d->failed = true;
        return 0;
    }
    d->pieces[d->n] = (struct detail_piece){text->n, text->n, first_level, last_level};
    return d->n++;
}

void detail_end(struct detail *d, const struct buf *text, uint32_t piece)
{
    if (!d->failed)
        d->pieces[piece].to = text->n;
}

/* The next piece, from *i on, that the level lacks: what is inside of one is gone with it. */
static const struct detail_piece *next_lacking(const struct detail *d, uint32_t *i, size_t from, unsigned level)
{
    while (*i < d->n) {
        const struct detail_piece *piece = &d->pieces[(*i)++];
        if (piece->from >= from && (level < piece->first_level || level > piece->last_level))
            return piece;
    }
    return NULL;
}

size_t detail_size(const struct detail *d, const struct buf *text, size_t from, unsigned level)
{
    size_t size = text->n - from;
    const struct detail_piece *piece;
    for (uint32_t i = 0; (piece = next_lacking(d, &i, from, level)) != NULL; from = piece->to)
        size -= piece->to - piece->from;
    return size;
}

void detail_cut(struct detail *d, struct buf *text, unsigned level)
{
    size_t from = 0, kept = 0;
    const struct detail_piece *piece;
    for (uint32_t i = 0; (piece = next_lacking(d, &i, from, level)) != NULL; from = piece->to) {
        if (kept != from)
            memmove(text->p + kept, text->p + from, piece->from - from);
        kept += piece->from - from;
    }
    if (kept != from)
        memmove(text->p + kept, text->p + from, text->n - from);
    text->n -= from - kept;
    d->n = 0;
}
