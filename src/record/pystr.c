#include "config.h"

#include "src/record/pystr.h"

#include <string.h>

/* Bits of PyASCIIObject.state, 3.8 to 3.15, from str_kind on (Include/cpython/unicodeobject.h). */
enum { KIND = 7, COMPACT = 1 << 3, ASCII = 1 << 4 };

static uint32_t encode(uint32_t c, uint8_t *out)
{
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (uint8_t)(0xc0 | c >> 6);
        out[1] = (uint8_t)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (uint8_t)(0xe0 | c >> 12);
        out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        out[2] = (uint8_t)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (uint8_t)(0xf0 | (c >> 18 & 7));
    out[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
    out[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
    out[3] = (uint8_t)(0x80 | (c & 0x3f));
    return 4;
}

static uint32_t code_point(const uint8_t *p, uint32_t kind)
{
    uint32_t c = 0;
    memcpy(&c, p, kind); /* the target's byte order is ours */
    return c;
}

/* Reads and converts in pieces, so that no length of the target's decides how much is held. */
static bool convert(const struct remote *remote, uint64_t data, uint64_t length, uint32_t kind, uint8_t *out,
                    uint32_t max, uint32_t *n)
{
    uint8_t piece[1024];
    const uint32_t step = (uint32_t)sizeof piece / kind;
    *n = 0;
    for (uint64_t done = 0; done < length && *n + 4 <= max;) {
        uint32_t count = length - done < step ? (uint32_t)(length - done) : step;
        if (!remote_read(remote, data + done * kind, piece, (size_t)count * kind))
            return false;
        for (uint32_t i = 0; i < count && *n + 4 <= max; i++) {
            uint32_t c = code_point(piece + (size_t)i * kind, kind);
            if (c > 0x10ffff)
                return false;
            *n += encode(c, out + *n);
        }
        done += count;
    }
    return true;
}

bool pystr_find(const struct pyabi *a, const struct remote *remote, uint64_t address, uint64_t *data, uint64_t *bytes,
                uint32_t *kind)
{
    uint64_t length;
    uint32_t state;
    if (address == 0 || !remote_u64(remote, address + a->str_length, &length) ||
        !remote_u32(remote, address + a->str_state, &state))
        return false;
    state >>= a->str_kind;
    *kind = state & KIND;
    if ((*kind != 1 && *kind != 2 && *kind != 4) || length > INT32_MAX)
        return false;
    *bytes = length * *kind;
    if ((state & COMPACT) == 0)
        return remote_u64(remote, address + a->str_pointer, data);
    *data = address + ((state & ASCII) != 0 ? a->str_ascii_data : a->str_compact_data);
    return true;
}

bool pystr_read(const struct pyabi *a, const struct remote *remote, uint64_t address, uint8_t *out, uint32_t max,
                uint32_t *n)
{
    uint64_t data, bytes;
    uint32_t kind;
    return pystr_find(a, remote, address, &data, &bytes, &kind) &&
           convert(remote, data, bytes / kind, kind, out, max, n);
}
