#include "config.h"

#include "src/heatmap/celllists.h"

#include <stdlib.h>

#include "src/base/array.h"

uint32_t cell_bins(uint32_t n, unsigned by)
{
    return n == 0 ? 1 : ((n - 1) >> by) + 1;
}

void celllists_fini(struct cell_lists *l)
{
    free(l->cells);
    free(l->end);
    *l = (struct cell_lists){0};
}

bool celllists_add(struct cell_lists *l, const struct sum *cells, uint32_t n, struct err *err)
{
    if (!array_reserve(&l->cells, &l->cap, (uint64_t)l->n + n, sizeof *l->cells, err) ||
        !array_reserve(&l->end, &l->cap_owners, (uint64_t)l->n_owners + 1, sizeof *l->end, err))
        return false;
    if (n > 0)
        memcpy(l->cells + l->n, cells, n * sizeof *cells);
    l->n += n;
    l->end[l->n_owners++] = l->n;
    return true;
}

void celllists_widen(struct cell_lists *l, unsigned by)
{
    uint32_t n = 0, from = 0;
    for (uint32_t owner = 0; owner < l->n_owners; owner++) {
        const uint32_t first = n;
        for (; from < l->end[owner]; from++) {
            struct sum cell = l->cells[from], *last = n > first ? &l->cells[n - 1] : NULL;
            cell.bin >>= by;
            if (last != NULL && last->series == cell.series && last->bin == cell.bin)
                last->weight += cell.weight;
            else
                l->cells[n++] = cell;
        }
        l->end[owner] = n;
    }
    l->n = n;
    l->bins = cell_bins(l->bins, by);
    l->widened += by;
}

void cells_count(const struct sum *cells, uint32_t n, uint64_t counts[CELLLISTS_WIDEST + 1])
{
    for (uint32_t i = 0; i < n; i++) {
        const bool fresh = i == 0 || cells[i].series != cells[i - 1].series;
        const uint32_t differs = fresh ? UINT32_MAX : cells[i].bin ^ cells[i - 1].bin;
        for (unsigned by = 0; by <= CELLLISTS_WIDEST && differs >> by != 0; by++)
            counts[by]++;
    }
}

/* A cell has one or two bytes, and base64 makes four of three. */
unsigned cells_widened_to_fit(const uint64_t counts[CELLLISTS_WIDEST + 1], uint32_t bins, size_t limit)
{
    unsigned by = 0;
    while (cell_bins(bins, by) > 1 && counts[by] * 4 / 3 > limit)
        by++;
    return by;
}

void celllists_widen_to_fit(struct cell_lists *l, size_t limit)
{
    uint64_t cells[CELLLISTS_WIDEST + 1] = {0};
    for (uint32_t owner = 0, begin = 0; owner < l->n_owners; begin = l->end[owner++])
        cells_count(l->cells + begin, l->end[owner] - begin, cells);
    const unsigned by = cells_widened_to_fit(cells, l->bins, limit);
    if (by > 0)
        celllists_widen(l, by);
}

void celllists_put(const struct cell_lists *l, uint32_t owner, struct buf *out)
{
    const uint32_t begin = owner == 0 ? 0 : l->end[owner - 1];
    cells_put(l->cells + begin, l->end[owner] - begin, l->bins == 1, out);
}

void cells_put(const struct sum *cells, uint32_t n, bool one_bin, struct buf *out)
{
    uint32_t n_series = 0, series = UINT32_MAX;
    for (uint32_t i = 0; i < n; i++)
        n_series += i == 0 || cells[i].series != cells[i - 1].series;
    buf_varint(out, n_series);
    for (uint32_t i = 0; i < n;) {
        uint32_t end = i, bin = UINT32_MAX;
        while (end < n && cells[end].series == cells[i].series)
            end++;
        buf_varint(out, cells[i].series - series - 1);
        series = cells[i].series;
        if (one_bin) {
            buf_varint(out, cells[i++].weight);
            continue;
        }
        buf_varint(out, end - i);
        for (; i < end; i++) {
            buf_varint(out, (uint64_t)(cells[i].bin - bin - 1) << 1 | (cells[i].weight != 1));
            if (cells[i].weight != 1)
                buf_varint(out, cells[i].weight);
            bin = cells[i].bin;
        }
    }
}
