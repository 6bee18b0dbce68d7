#include "config.h"

#include "src/heatmap/linetable.h"

struct linetable linetable_of(uint32_t python, uint32_t first_line, struct slice table)
{
    struct linetable t = {.bytes = cursor_of(table), .first_line = first_line, .line = first_line};
    if (python < 0x030a)
        t.format = LINETABLE_LNOTAB;
    else if (python == 0x030a)
        t.format = LINETABLE_310;
    else
        t.format = LINETABLE_LOCATIONS;
    return t;
}

/* Gives `range` the accumulated line, or the one before where there is none or it is nonsense. */
static void set_line(struct linetable *t, struct linetable_range *range, bool has_line)
{
    range->own_line = has_line && t->line >= 1 && t->line <= INT32_MAX;
    if (range->own_line)
        t->last = (uint32_t)t->line;
    range->line = t->last != 0 ? t->last : t->first_line;
    range->end_line = range->line;
    range->column = range->end_column = LINETABLE_NO_COLUMN;
}

static void add_line(struct linetable *t, int64_t delta)
{
    if (__builtin_add_overflow(t->line, delta, &t->line))
        t->line = 0;
}

/* To 3.9: pairs (bytes, line step); a step counts from the byte that its pair reaches (Objects/lnotab_notes.txt). */
static bool next_lnotab(struct linetable *t, struct linetable_range *range)
{
    uint8_t bytes = 0;
    int8_t step = 0;
    while (bytes == 0 && cursor_left(&t->bytes) >= 2) {
        add_line(t, step);
        bytes = cursor_u8(&t->bytes);
        step = (int8_t)cursor_u8(&t->bytes);
    }
    if (bytes == 0) {
        add_line(t, step);
        t->ended = true;
    }
    range->start = t->start;
    range->end = t->start = bytes == 0 ? UINT64_MAX : t->start + bytes;
    set_line(t, range, true);
    add_line(t, step);
    return true;
}

/* 3.10: pairs (bytes, line step); the step counts for the bytes of its own pair, -128 is "no line". */
static bool next_310(struct linetable *t, struct linetable_range *range)
{
    while (cursor_left(&t->bytes) >= 2) {
        uint8_t bytes = cursor_u8(&t->bytes);
        int8_t step = (int8_t)cursor_u8(&t->bytes);
        if (step != -128)
            add_line(t, step);
        if (bytes == 0)
            continue;
        range->start = t->start;
        range->end = t->start += bytes;
        set_line(t, range, step != -128);
        return true;
    }
    t->ended = true;
    return false;
}

/* 6 bits a byte, lowest first, bit 6 continues. What has more than 32 bits is cut. */
static uint32_t varint6(struct cursor *c)
{
    uint32_t value = 0;
    for (unsigned shift = 0;; shift += 6) {
        uint8_t b = cursor_u8(c);
        if (shift < 32)
            value |= (uint32_t)(b & 63) << shift;
        if ((b & 64) == 0)
            return value;
    }
}

static int64_t svarint6(struct cursor *c)
{
    uint32_t u = varint6(c);
    return (u & 1) != 0 ? -(int64_t)(u >> 1) : (int64_t)(u >> 1);
}

/* 3.11 on: Objects/locations.md. A byte 1 cccc lll begins an entry of lll + 1 code units, cccc says what follows. */
static bool next_location(struct linetable *t, struct linetable_range *range)
{
    struct cursor *c = &t->bytes;
    if (cursor_left(c) == 0) {
        t->ended = true;
        return false;
    }
    uint8_t head = cursor_u8(c);
    unsigned code = head >> 3 & 15;
    uint32_t end_lines = 0, column = LINETABLE_NO_COLUMN, end_column = LINETABLE_NO_COLUMN;
    if (code <= 9) {
        uint8_t b = cursor_u8(c);
        column = code * 8 + (b >> 4);
        end_column = column + (b & 15);
    } else if (code <= 12) {
        add_line(t, code - 10);
        column = cursor_u8(c);
        end_column = cursor_u8(c);
    } else if (code == 13) {
        add_line(t, svarint6(c));
    } else if (code == 14) {
        add_line(t, svarint6(c));
        end_lines = varint6(c);
        column = varint6(c) - 1; /* 0 means none, which wraps to LINETABLE_NO_COLUMN */
        end_column = varint6(c) - 1;
    }
    if ((head & 0x80) == 0 || !cursor_ok(c)) {
        t->ended = true;
        return false;
    }
    range->start = t->start;
    range->end = t->start += 2 * ((uint64_t)(head & 7u) + 1);
    set_line(t, range, code != 15);
    if (range->own_line) {
        if (end_lines <= INT32_MAX - range->line)
            range->end_line = range->line + end_lines;
        range->column = column;
        range->end_column = end_column;
    }
    return true;
}

bool linetable_next(struct linetable *t, struct linetable_range *range)
{
    if (t->ended)
        return false;
    switch (t->format) {
    case LINETABLE_LNOTAB:
        return next_lnotab(t, range);
    case LINETABLE_310:
        return next_310(t, range);
    default:
        return next_location(t, range);
    }
}

void linetable_seek(struct linetable *t, uint32_t unit, struct linetable_range *range)
{
    uint64_t at = 2 * (uint64_t)unit;
    while (at >= range->end) {
        if (!linetable_next(t, range)) {
            range->start = range->end;
            range->end = UINT64_MAX;
            set_line(t, range, false);
        }
    }
}
