/* buf.h: bytes that we own and append to.
 *
 * Failure (out of memory) is sticky: appends after it do nothing; check buf_ok once, at the end. Zero-initialise, and
 * release with buf_fini. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "src/base/err.h"
#include "src/base/slice.h"

struct buf {
    uint8_t *p; /* owned */
    size_t n;   /* bytes used */
    size_t cap; /* bytes allocated */
    bool failed;
};

void buf_fini(struct buf *b);
/* Forgets the contents, keeps the allocation, clears a failure. */
void buf_clear(struct buf *b);
/* Room for `more` further bytes; on success appends of that much cannot fail. */
bool buf_reserve(struct buf *b, size_t more);
void buf_bytes(struct buf *b, const void *p, size_t n);
void buf_slice(struct buf *b, struct slice s);
void buf_str(struct buf *b, const char *s);
void buf_u8(struct buf *b, uint8_t v);
void buf_u16(struct buf *b, uint16_t v); /* little-endian, as all below */
void buf_u32(struct buf *b, uint32_t v);
void buf_u64(struct buf *b, uint64_t v);
void buf_varint(struct buf *b, uint64_t v);     /* canonical LEB128 */
void buf_string(struct buf *b, struct slice s); /* varint length, then the bytes */
void buf_decimal(struct buf *b, uint64_t v);    /* as digits; many times faster than buf_printf */
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

static inline bool buf_ok(const struct buf *b)
{
    return !b->failed;
}

/* Valid until the next append. */
static inline struct slice buf_view(const struct buf *b)
{
    return (struct slice){b->p, b->n};
}

#endif
