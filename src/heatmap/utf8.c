#include "config.h"

#include "src/heatmap/utf8.h"

static bool tail(uint8_t b)
{
    return (b & 0xc0) == 0x80;
}

/* RFC 3629 §4, spelt out: no overlong forms, no surrogates, nothing above U+10FFFF. */
unsigned utf8_char(const uint8_t *p, size_t n)
{
    uint8_t a = p[0];
    if (a < 0x80)
        return 1;
    if (a >= 0xc2 && a <= 0xdf)
        return n >= 2 && tail(p[1]) ? 2 : 0;
    if (a >= 0xe0 && a <= 0xef) {
        if (n < 3 || !tail(p[1]) || !tail(p[2]))
            return 0;
        bool overlong = a == 0xe0 && p[1] < 0xa0;
        bool surrogate = a == 0xed && p[1] >= 0xa0;
        return overlong || surrogate ? 0 : 3;
    }
    if (a >= 0xf0 && a <= 0xf4) {
        if (n < 4 || !tail(p[1]) || !tail(p[2]) || !tail(p[3]))
            return 0;
        bool overlong = a == 0xf0 && p[1] < 0x90;
        bool beyond = a == 0xf4 && p[1] >= 0x90;
        return overlong || beyond ? 0 : 4;
    }
    return 0;
}

size_t utf8_plain(struct slice s)
{
    size_t i = 0;
    while (i < s.n && s.p[i] != '\0') {
        unsigned k = utf8_char(s.p + i, s.n - i);
        if (k == 0)
            break;
        i += k;
    }
    return i;
}

static bool surrogate(struct slice s)
{
    return s.n >= 3 && s.p[0] == 0xed && s.p[1] >= 0xa0 && s.p[1] <= 0xbf && tail(s.p[2]);
}

void utf8_show(struct buf *out, struct slice s)
{
    while (s.n > 0) {
        size_t plain = utf8_plain(s);
        buf_bytes(out, s.p, plain);
        s = slice_skip(s, plain);
        if (s.n == 0)
            return;
        if (surrogate(s)) {
            buf_printf(out, "\\u%04x", 0xd000u | (s.p[1] & 0x3fu) << 6 | (s.p[2] & 0x3fu));
            s = slice_skip(s, 3);
        } else {
            buf_printf(out, "\\x%02x", s.p[0]);
            s = slice_skip(s, 1);
        }
    }
}

struct slice utf8_shown(struct arena *a, struct slice s)
{
    if (utf8_plain(s) == s.n)
        return s;
    struct buf text = {0};
    utf8_show(&text, s);
    struct slice copy = buf_ok(&text) ? arena_copy(a, buf_view(&text)) : (struct slice){NULL, 0};
    buf_fini(&text);
    return copy;
}
