#include "config.h"

#include "src/heatmap/utf8.h"

#include <inttypes.h>

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

uint32_t utf8_code_point(const uint8_t *p, unsigned n)
{
    static const uint8_t lead[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t c = p[0] & lead[n];
    for (unsigned i = 1; i < n; i++)
        c = c << 6 | (p[i] & 0x3f);
    return c;
}

/* Marks of direction, zero-width characters, fillers, the byte order mark, C1 controls, line separators. */
static bool is_invisible(uint32_t c)
{
    return (c >= 0x80 && c < 0xa0) || c == 0xad || c == 0x61c || c == 0x115f || c == 0x1160 || c == 0x180e ||
           (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
           c == 0x3164 || c == 0xfeff || c == 0xffa0 || (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

/* The character at p, of n bytes, can be seen. */
static bool is_visible(const uint8_t *p, unsigned n)
{
    return n == 1 ? (p[0] >= 0x20 && p[0] != 0x7f) || p[0] == '\t' : n > 1 && !is_invisible(utf8_code_point(p, n));
}

size_t utf8_visible_prefix(struct slice s)
{
    size_t i = 0;
    while (i < s.n) {
        if (s.p[i] >= 0x20 && s.p[i] < 0x7f) { /* nearly all there is */
            i++;
            continue;
        }
        const unsigned n = utf8_char(s.p + i, s.n - i);
        if (!is_visible(s.p + i, n))
            break;
        i += n;
    }
    return i;
}

void utf8_visible(struct buf *out, struct slice s)
{
    struct buf plain = {0};
    utf8_show(&plain, s);
    for (s = buf_view(&plain); s.n > 0;) {
        const size_t visible = utf8_visible_prefix(s);
        buf_bytes(out, s.p, visible);
        s = slice_skip(s, visible);
        if (s.n == 0)
            break;
        const unsigned n = utf8_char(s.p, s.n);
        if (n == 1)
            buf_printf(out, "\xe2\x90%c", s.p[0] == 0x7f ? 0xa1 : 0x80 + s.p[0]); /* U+2421, U+2400 + c */
        else
            buf_printf(out, "<U+%04" PRIX32 ">", utf8_code_point(s.p, n));
        s = slice_skip(s, n);
    }
    out->failed |= plain.failed;
    buf_fini(&plain);
}

size_t utf8_characters(struct slice s, size_t n)
{
    size_t i = s.n <= n ? s.n : 0;
    for (; i < s.n && n > 0; n--) {
        const unsigned k = utf8_char(s.p + i, s.n - i);
        i += k == 0 ? 1 : k;
    }
    return i;
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

void utf8_line(struct buf *out, struct slice s)
{
    struct buf text = {0};
    utf8_show(&text, s);
    for (size_t i = 0; i < text.n;) {
        const uint8_t *p = text.p + i;
        unsigned n = utf8_char(p, text.n - i);
        n = n == 0 ? 1 : n;
        bool control = p[0] < 0x20 || p[0] == 0x7f || (p[0] == 0xc2 && p[1] < 0xa0);
        bool format =
            p[0] == 0xe2 && ((p[1] == 0x80 && ((p[2] >= 0x8b && p[2] <= 0x8f) || (p[2] >= 0xa8 && p[2] <= 0xae))) ||
                             (p[1] == 0x81 && p[2] >= 0xa0));
        if (p[0] == '\t')
            buf_str(out, " ");
        else if (control || format)
            buf_str(out, "?");
        else
            buf_bytes(out, p, n);
        i += n;
    }
    out->failed |= text.failed;
    buf_fini(&text);
}
