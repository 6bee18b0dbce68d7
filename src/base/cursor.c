#include "config.h"

#include "src/base/cursor.h"

static uint64_t little_endian(struct cursor *c, unsigned n)
{
    struct slice s = cursor_bytes(c, n);
    uint64_t v = 0;
    for (size_t i = s.n; i-- > 0;)
        v = v << 8 | s.p[i];
    return v;
}

void cursor_copy(struct cursor *c, void *p, size_t n)
{
    struct slice s = cursor_bytes(c, n);
    if (s.p != NULL)
        memcpy(p, s.p, n);
    else
        memset(p, 0, n);
}

uint8_t cursor_u8(struct cursor *c)
{
    return (uint8_t)little_endian(c, 1);
}

uint16_t cursor_u16(struct cursor *c)
{
    return (uint16_t)little_endian(c, 2);
}

uint32_t cursor_u32(struct cursor *c)
{
    return (uint32_t)little_endian(c, 4);
}

uint64_t cursor_u64(struct cursor *c)
{
    return little_endian(c, 8);
}

uint64_t cursor_varint(struct cursor *c)
{
    if (c->failed)
        return 0;
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 70 && c->off < c->n; shift += 7) {
        uint8_t b = c->p[c->off++];
        if (shift == 63 && b > 1)
            break; /* over 64 bits */
        v |= (uint64_t)(b & 0x7f) << shift;
        if (b < 0x80) {
            if (b == 0 && shift > 0)
                break; /* not the shortest form */
            return v;
        }
    }
    c->failed = true;
    return 0;
}

uint32_t cursor_varint32(struct cursor *c)
{
    uint64_t v = cursor_varint(c);
    if (v > UINT32_MAX) {
        c->failed = true;
        return 0;
    }
    return (uint32_t)v;
}

struct slice cursor_string(struct cursor *c, size_t max)
{
    uint64_t n = cursor_varint(c);
    if (n > max)
        c->failed = true;
    return cursor_bytes(c, n);
}
