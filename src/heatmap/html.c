#include "config.h"

#include "src/heatmap/html.h"

#include <inttypes.h>
#include <stdio.h>

#include "src/heatmap/utf8.h"

#define FIGURE_SPACE "\xe2\x80\x87" /* U+2007: as wide as a digit */

/* Quotes are many in source and say nothing outside of an attribute: there they stay as they are. */
static const char *entity(uint8_t c, bool attribute)
{
    switch (c) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return attribute ? "&quot;" : NULL;
    case '\'':
        return attribute ? "&#39;" : NULL;
    default:
        return NULL;
    }
}

static uint32_t code_point(const uint8_t *p, unsigned n)
{
    static const uint8_t lead[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t c = p[0] & lead[n];
    for (unsigned i = 1; i < n; i++)
        c = c << 6 | (p[i] & 0x3f);
    return c;
}

/* Marks of direction, zero-width characters, the byte order mark, C1 controls, line separators. */
static bool is_invisible(uint32_t c)
{
    return (c >= 0x80 && c < 0xa0) || c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
           (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

static void character(struct buf *out, const uint8_t *p, unsigned n, bool attribute)
{
    const uint32_t c = code_point(p, n);
    const char *e = n == 1 ? entity(*p, attribute) : NULL;
    if (e != NULL)
        buf_str(out, e);
    else if ((c < 0x20 && c != '\t') || c == 0x7f)
        buf_printf(out, "\xe2\x90%c", (int)(c == 0x7f ? 0xa1 : 0x80 + c)); /* U+2400 + c, U+2421 */
    else if (is_invisible(c))
        buf_printf(out, "&lt;U+%04" PRIX32 "&gt;", c);
    else
        buf_bytes(out, p, n);
}

static void escape(struct buf *out, struct slice s, bool attribute)
{
    struct slice plain = s;
    struct buf shown = {0};
    if (utf8_plain(s) < s.n) {
        utf8_show(&shown, s);
        plain = buf_view(&shown);
        if (!buf_ok(&shown))
            out->failed = true;
    }
    size_t done = 0;
    for (size_t i = 0; i < plain.n;) {
        unsigned n = utf8_char(plain.p + i, plain.n - i);
        if (n == 0)
            n = 1; /* cannot be: it was made plain */
        const uint8_t c = plain.p[i];
        const bool common = c < 0x80 ? (c >= 0x20 && c != 0x7f && entity(c, attribute) == NULL) || c == '\t' : false;
        if (!common) {
            buf_bytes(out, plain.p + done, i - done);
            character(out, plain.p + i, n, attribute);
            done = i + n;
        }
        i += n;
    }
    buf_bytes(out, plain.p + done, plain.n - done);
    buf_fini(&shown);
}

void html_visible(struct buf *out, struct slice character)
{
    const uint32_t c = code_point(character.p, (unsigned)character.n);
    if (is_invisible(c) || (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
        buf_printf(out, "U+%04" PRIX32, c);
    else
        buf_slice(out, character);
}

void html_text(struct buf *out, struct slice s)
{
    escape(out, s, false);
}

void html_attribute(struct buf *out, struct slice s)
{
    escape(out, s, true);
}

void html_count(struct buf *out, uint64_t n)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, n);
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            buf_u8(out, ',');
        buf_u8(out, (uint8_t)digits[i]);
    }
}

static double percent(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0 : 100.0 * (double)part / (double)whole;
}

void html_percent(struct buf *out, uint64_t part, uint64_t whole)
{
    const double p = percent(part, whole);
    if (part == 0)
        return;
    if (p >= 0.995)
        buf_printf(out, "%.1f" FIGURE_SPACE, p);
    else if (p >= 0.0095)
        buf_printf(out, "%.2f", p);
    else
        buf_str(out, "&lt;.01");
}

void html_percent_word(struct buf *out, uint64_t part, uint64_t whole)
{
    const double p = percent(part, whole);
    if (part == 0)
        buf_str(out, "0");
    else if (p >= 0.995)
        buf_printf(out, "%.1f", p);
    else if (p >= 0.0095)
        buf_printf(out, "%.2f", p);
    else
        buf_printf(out, "%.1g", p);
}

void html_seconds(struct buf *out, double s)
{
    const uint64_t minutes = (uint64_t)(s / 60);
    if (s < 0.0995)
        buf_printf(out, "%.2g ms", s * 1000);
    else if (s < 1)
        buf_printf(out, "%.0f ms", s * 1000);
    else if (s < 120)
        buf_printf(out, "%.1f s", s);
    else if (minutes < 120)
        buf_printf(out, "%" PRIu64 " min %.0f s", minutes, s - 60.0 * (double)minutes);
    else
        buf_printf(out, "%" PRIu64 " h %" PRIu64 " min", minutes / 60, minutes % 60);
}
