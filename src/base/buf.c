#include "config.h"

#include "src/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { PRINTF_ROOM = 64 };

void buf_fini(struct buf *b)
{
    free(b->p);
    *b = (struct buf){0};
}

void buf_clear(struct buf *b)
{
    b->n = 0;
    b->failed = false;
}

bool buf_reserve(struct buf *b, size_t more)
{
    if (b->failed)
        return false;
    if (more <= b->cap - b->n)
        return true;
    size_t want, cap;
    if (__builtin_add_overflow(b->n, more, &want) || __builtin_mul_overflow(want, (size_t)2, &cap)) {
        b->failed = true;
        return false;
    }
    if (cap < 64)
        cap = 64;
    uint8_t *p = realloc(b->p, cap);
    if (p == NULL) {
        b->failed = true;
        return false;
    }
    b->p = p;
    b->cap = cap;
    return true;
}

void buf_bytes(struct buf *b, const void *p, size_t n)
{
    if (n == 0 || !buf_reserve(b, n))
        return;
    memcpy(b->p + b->n, p, n);
    b->n += n;
}

void buf_slice(struct buf *b, struct slice s)
{
    buf_bytes(b, s.p, s.n);
}

void buf_str(struct buf *b, const char *s)
{
    buf_bytes(b, s, strlen(s));
}

void buf_u8(struct buf *b, uint8_t v)
{
    buf_bytes(b, &v, 1);
}

static void little_endian(struct buf *b, uint64_t v, unsigned n)
{
    uint8_t bytes[8];
    for (unsigned i = 0; i < n; i++)
        bytes[i] = (uint8_t)(v >> (8 * i));
    buf_bytes(b, bytes, n);
}

void buf_u16(struct buf *b, uint16_t v)
{
    little_endian(b, v, 2);
}

void buf_u32(struct buf *b, uint32_t v)
{
    little_endian(b, v, 4);
}

void buf_u64(struct buf *b, uint64_t v)
{
    little_endian(b, v, 8);
}

void buf_varint(struct buf *b, uint64_t v)
{
    uint8_t bytes[10];
    unsigned n = 0;
    for (; v >= 0x80; v >>= 7)
        bytes[n++] = (uint8_t)(v | 0x80);
    bytes[n++] = (uint8_t)v;
    buf_bytes(b, bytes, n);
}

void buf_string(struct buf *b, struct slice s)
{
    buf_varint(b, s.n);
    buf_slice(b, s);
}

void buf_decimal(struct buf *b, uint64_t v)
{
    uint8_t digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (uint8_t)('0' + v % 10);
    while ((v /= 10) > 0);
    buf_bytes(b, digits + at, sizeof digits - at);
}

/* Mostly there is room already, and nothing has to be formatted twice. */
void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    if (!buf_reserve(b, PRINTF_ROOM))
        return;
    va_start(ap, fmt);
    int n = vsnprintf((char *)b->p + b->n, b->cap - b->n, fmt, ap);
    va_end(ap);
    if (n < 0) {
        b->failed = true;
        return;
    }
    if ((size_t)n >= b->cap - b->n) {
        if (!buf_reserve(b, (size_t)n + 1))
            return;
        va_start(ap, fmt);
        (void)vsnprintf((char *)b->p + b->n, (size_t)n + 1, fmt, ap);
        va_end(ap);
    }
    b->n += (size_t)n;
}
