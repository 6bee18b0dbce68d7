/* cursor.h: bounded reading of untrusted bytes.
 *
 * Failure is sticky: after a read past the end, or a malformed varint, every read returns zero and cursor_ok is false.
 * So a record is read straight through and checked once, at its end. */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include "src/base/slice.h"

struct cursor {
    const uint8_t *p; /* borrowed */
    size_t n;         /* bytes in all */
    size_t off;       /* bytes read */
    bool failed;
};

static inline struct cursor cursor_of(struct slice s)
{
    return (struct cursor){s.p, s.n, 0, false};
}

static inline bool cursor_ok(const struct cursor *c)
{
    return !c->failed;
}

static inline size_t cursor_left(const struct cursor *c)
{
    return c->failed ? 0 : c->n - c->off;
}

/* Everything was read, and nothing failed. */
static inline bool cursor_done(const struct cursor *c)
{
    return !c->failed && c->off == c->n;
}

static inline struct slice cursor_bytes(struct cursor *c, uint64_t n)
{
    if (c->failed || n > c->n - c->off) {
        c->failed = true;
        return (struct slice){NULL, 0};
    }
    struct slice s = {c->p + c->off, (size_t)n};
    c->off += (size_t)n;
    return s;
}

/* n bytes to p; zeros when there are fewer. */
void cursor_copy(struct cursor *c, void *p, size_t n);
uint8_t cursor_u8(struct cursor *c);
uint16_t cursor_u16(struct cursor *c); /* little-endian, as all below */
uint32_t cursor_u32(struct cursor *c);
uint64_t cursor_u64(struct cursor *c);
/* LEB128, at most 10 bytes, canonical: a longer form than needed fails. */
uint64_t cursor_varint(struct cursor *c);
/* A varint that must fit 32 bits. */
uint32_t cursor_varint32(struct cursor *c);
/* varint length, then that many bytes; fails when the length is over max. */
struct slice cursor_string(struct cursor *c, size_t max);

#endif
