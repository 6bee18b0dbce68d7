#include "config.h"

#include "src/heatmap/base64.h"

void base64_put(struct buf *out, struct slice bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (!buf_reserve(out, (bytes.n + 2) / 3 * 4))
        return;
    uint8_t *p = out->p + out->n;
    for (size_t i = 0; i < bytes.n; i += 3) {
        const size_t n = bytes.n - i < 3 ? bytes.n - i : 3;
        const uint32_t v = (uint32_t)bytes.p[i] << 16 | (n > 1 ? (uint32_t)bytes.p[i + 1] << 8 : 0) |
                           (n > 2 ? (uint32_t)bytes.p[i + 2] : 0);
        *p++ = (uint8_t)digits[v >> 18];
        *p++ = (uint8_t)digits[v >> 12 & 63];
        *p++ = (uint8_t)(n > 1 ? digits[v >> 6 & 63] : '=');
        *p++ = (uint8_t)(n > 2 ? digits[v & 63] : '=');
    }
    out->n = (size_t)(p - out->p);
}
