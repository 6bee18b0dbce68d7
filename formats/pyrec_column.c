#include "config.h"

#include "formats/pyrec_column.h"

#include "formats/pyrec.h"

void buf_zigzag(struct buf *b, int64_t v)
{
    buf_varint(b, (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0));
}

int64_t cursor_zigzag(struct cursor *c)
{
    uint64_t v = cursor_varint(c);
    return (int64_t)(v >> 1 ^ (0 - (v & 1)));
}

static size_t varint_size(uint64_t v)
{
    return v < 0x80 ? 1 : (size_t)(63 - __builtin_clzll(v)) / 7 + 1;
}

static void put_planes(struct buf *b, const int64_t *rows, uint32_t n, int64_t min, unsigned width)
{
    if (!buf_reserve(b, (size_t)n * width))
        return;
    for (unsigned k = 0; k < width; k++) {
        uint8_t *plane = b->p + b->n;
        for (uint32_t i = 0; i < n; i++)
            plane[i] = (uint8_t)(((uint64_t)rows[i] - (uint64_t)min) >> (8 * k));
        b->n += n;
    }
}

void column_put(struct buf *b, const int64_t *rows, uint32_t n)
{
    int64_t min = n == 0 ? 0 : rows[0], max = min;
    for (uint32_t i = 1; i < n; i++) {
        min = rows[i] < min ? rows[i] : min;
        max = rows[i] > max ? rows[i] : max;
    }
    unsigned width = 0;
    for (uint64_t range = (uint64_t)max - (uint64_t)min; range > 0; range >>= 8)
        width++;
    size_t varints = 0;
    for (uint32_t i = 0; i < n && width > 1; i++)
        varints += varint_size((uint64_t)rows[i] - (uint64_t)min);
    buf_zigzag(b, min);
    /* Measured on stacks of real programs behind zstd: shorter by a quarter is where varints begin to pay. */
    if (width > 1 && varints < (size_t)n * width * 3 / 4) {
        buf_u8(b, PYREC_COLUMN_VARINTS);
        for (uint32_t i = 0; i < n; i++)
            buf_varint(b, (uint64_t)rows[i] - (uint64_t)min);
    } else {
        buf_u8(b, (uint8_t)width);
        put_planes(b, rows, n, min, width);
    }
}

/* What every column begins with. */
struct column {
    int64_t base;
    unsigned form;       /* PYREC_COLUMN_VARINTS, or the width */
    struct slice planes; /* width × n bytes */
};

static struct column column_open(struct cursor *c, uint32_t n)
{
    struct column column = {.base = cursor_zigzag(c)};
    column.form = cursor_u8(c);
    if (column.form > PYREC_COLUMN_VARINTS)
        c->failed = true;
    else if (column.form < PYREC_COLUMN_VARINTS)
        column.planes = cursor_bytes(c, (uint64_t)column.form * n);
    return column;
}

static uint64_t next_varint(struct cursor *c)
{
    if (c->n - c->off >= 2) {
        const uint8_t *p = c->p + c->off;
        if (p[0] < 0x80) {
            c->off++;
            return p[0];
        }
        if (p[1] < 0x80 && p[1] > 0) {
            c->off += 2;
            return (p[0] & 0x7fu) | (uint64_t)p[1] << 7;
        }
    }
    return cursor_varint(c);
}

static uint32_t at_most_u32(uint64_t v)
{
    return v > UINT32_MAX ? UINT32_MAX : (uint32_t)v;
}

/* The largest of varints, which are added to the base. */
static uint32_t take_varints(struct cursor *c, uint32_t n, uint32_t base, uint32_t *rows)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < n; i++) {
        const uint64_t v = next_varint(c);
        most = v > most ? at_most_u32(v) : most;
        rows[i] = base + (uint32_t)v;
    }
    return most;
}

/* Likewise of one plane, two, three or four. The loops are kept plain, so that the compiler makes vectors of them. */
static uint32_t take_1(const uint8_t *p, uint32_t n, uint32_t base, uint32_t *rows)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t v = p[i];
        most = v > most ? v : most;
        rows[i] = base + v;
    }
    return most;
}

static uint32_t take_2(const uint8_t *p, uint32_t n, uint32_t base, uint32_t *rows)
{
    const uint8_t *p1 = p + n;
    uint32_t most = 0;
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t v = p[i] | (uint32_t)p1[i] << 8;
        most = v > most ? v : most;
        rows[i] = base + v;
    }
    return most;
}

static uint32_t take_3(const uint8_t *p, uint32_t n, uint32_t base, uint32_t *rows)
{
    const uint8_t *p1 = p + n, *p2 = p1 + n;
    uint32_t most = 0;
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t v = p[i] | (uint32_t)p1[i] << 8 | (uint32_t)p2[i] << 16;
        most = v > most ? v : most;
        rows[i] = base + v;
    }
    return most;
}

static uint32_t take_4(const uint8_t *p, uint32_t n, uint32_t base, uint32_t *rows)
{
    const uint8_t *p1 = p + n, *p2 = p1 + n, *p3 = p2 + n;
    uint32_t most = 0;
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t v = p[i] | (uint32_t)p1[i] << 8 | (uint32_t)p2[i] << 16 | (uint32_t)p3[i] << 24;
        most = v > most ? v : most;
        rows[i] = base + v;
    }
    return most;
}

void column_get_u32(struct cursor *c, uint32_t n, uint32_t min, uint32_t max, uint32_t *rows)
{
    static uint32_t (*const take[])(const uint8_t *p, uint32_t n, uint32_t base, uint32_t *rows) = {take_1, take_2,
                                                                                                    take_3, take_4};
    struct column column = column_open(c, n);
    if (c->failed || n == 0)
        return;
    if (column.base < min || column.base > max) {
        c->failed = true;
        return;
    }
    const uint32_t base = (uint32_t)column.base;
    uint32_t most = 0;
    if (column.form == PYREC_COLUMN_VARINTS)
        most = take_varints(c, n, base, rows);
    else if (column.form == 0)
        for (uint32_t i = 0; i < n; i++)
            rows[i] = base;
    else if (column.form <= sizeof take / sizeof *take)
        most = take[column.form - 1](column.planes.p, n, base, rows);
    else
        c->failed = true;
    if (most > max - base)
        c->failed = true;
}

void column_get_u8(struct cursor *c, uint32_t n, uint8_t min, uint8_t max, uint8_t *rows)
{
    struct column column = column_open(c, n);
    if (c->failed || n == 0)
        return;
    if (column.base < min || column.base > max || column.form > 1) {
        c->failed = true;
        return;
    }
    const uint8_t base = (uint8_t)column.base;
    if (column.form == 0) {
        memset(rows, base, n);
        return;
    }
    uint8_t most = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint8_t v = column.planes.p[i];
        most = v > most ? v : most;
        rows[i] = (uint8_t)(base + v);
    }
    if (most > max - base)
        c->failed = true;
}

void column_get_i64(struct cursor *c, uint32_t n, int64_t min, int64_t max, int64_t *rows)
{
    struct column column = column_open(c, n);
    if (c->failed || n == 0)
        return;
    if (column.base < min || column.base > max) {
        c->failed = true;
        return;
    }
    const uint64_t base = (uint64_t)column.base;
    const uint64_t room = (uint64_t)max - base;
    uint64_t over = 0;
    if (column.form == PYREC_COLUMN_VARINTS) {
        for (uint32_t i = 0; i < n; i++)
            rows[i] = (int64_t)next_varint(c);
    } else {
        memset(rows, 0, n * sizeof *rows);
    }
    for (unsigned k = 0; k < column.form && column.form < PYREC_COLUMN_VARINTS; k++) {
        const uint8_t *plane = column.planes.p + (size_t)k * n;
        for (uint32_t i = 0; i < n; i++)
            rows[i] |= (int64_t)((uint64_t)plane[i] << (8 * k));
    }
    for (uint32_t i = 0; i < n; i++) {
        over |= (uint64_t)rows[i] > room;
        rows[i] = (int64_t)((uint64_t)rows[i] + base);
    }
    if (over != 0)
        c->failed = true;
}
