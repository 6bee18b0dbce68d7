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

static void escape(struct buf *out, struct slice s, bool attribute)
{
    struct buf shown = {0};
    if (utf8_visible_prefix(s) < s.n) {
        utf8_visible(&shown, s);
        s = buf_view(&shown);
        if (!buf_ok(&shown))
            out->failed = true;
    }
    size_t done = 0;
    for (size_t i = 0; i < s.n; i++) {
        const char *e = entity(s.p[i], attribute);
        if (e == NULL)
            continue;
        buf_bytes(out, s.p + done, i - done);
        buf_str(out, e);
        done = i + 1;
    }
    buf_slice(out, slice_skip(s, done));
    buf_fini(&shown);
}

void html_visible(struct buf *out, struct slice character)
{
    const uint32_t c = utf8_code_point(character.p, (unsigned)character.n);
    if (utf8_visible_prefix(character) < character.n && c != '\n' && c != '\r')
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

void html_cut(struct buf *out, struct slice s, size_t characters)
{
    const size_t n = utf8_characters(s, characters);
    html_text(out, slice_of(s.p, n));
    if (n < s.n)
        buf_str(out, "…");
}

void html_line(struct buf *out, struct slice s)
{
    const size_t n = utf8_characters(s, HTML_LINE_MAX);
    html_text(out, slice_of(s.p, n));
    if (n == s.n)
        return;
    buf_str(out, "<i>… and ");
    html_count(out, s.n - n);
    buf_str(out, " bytes more in this line</i>");
}

void html_count(struct buf *out, uint64_t n)
{
    uint8_t digits[27];
    size_t at = sizeof digits, length = 0;
    do {
        if (length > 0 && length % 3 == 0)
            digits[--at] = ',';
        digits[--at] = (uint8_t)('0' + n % 10);
        length++;
    } while ((n /= 10) > 0);
    buf_bytes(out, digits + at, sizeof digits - at);
}

void html_count_of(struct buf *out, uint64_t n, const char *one, const char *many)
{
    html_count(out, n);
    buf_u8(out, ' ');
    buf_str(out, n == 1 ? one : many);
}

static double percent(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0 : 100.0 * (double)part / (double)whole;
}

/* As "%.1f" or "%.2f", and much faster, since a site is full of these. What is (nearly) in the middle between two
 * numbers is left to printf, which knows all of the value's bits. v: up to 1e9. */
static void fixed(struct buf *out, double v, unsigned decimals)
{
    const unsigned scale = decimals == 1 ? 10 : 100;
    const double scaled = v * scale;
    const uint64_t below = (uint64_t)scaled;
    const double rest = scaled - (double)below;
    if (rest > 0.4999 && rest < 0.5001) {
        buf_printf(out, "%.*f", (int)decimals, v);
        return;
    }
    const uint64_t n = below + (rest > 0.5);
    buf_decimal(out, n / scale);
    buf_u8(out, '.');
    if (decimals == 2)
        buf_u8(out, (uint8_t)('0' + n / 10 % 10));
    buf_u8(out, (uint8_t)('0' + n % 10));
}

void html_percent(struct buf *out, uint64_t part, uint64_t whole)
{
    const double p = percent(part, whole);
    if (part == 0)
        return;
    if (p >= 0.995) {
        fixed(out, p, 1);
        buf_str(out, FIGURE_SPACE);
    } else if (p >= 0.0095) {
        fixed(out, p, 2);
    } else {
        buf_str(out, "&lt;.01");
    }
}

void html_percent_word(struct buf *out, uint64_t part, uint64_t whole)
{
    html_share(out, percent(part, whole) / 100);
}

void html_share(struct buf *out, double share)
{
    const double p = 100 * share;
    if (p <= 0)
        buf_str(out, "0");
    else if (p >= 0.995)
        fixed(out, p, 1);
    else if (p >= 0.0095)
        fixed(out, p, 2);
    else
        buf_printf(out, "%.1g", p);
}

void html_samples(struct buf *out, uint64_t samples, uint64_t whole)
{
    buf_decimal(out, samples);
    html_samples_words(out, samples, whole);
}

void html_samples_words(struct buf *out, uint64_t samples, uint64_t whole)
{
    buf_str(out, samples == 1 ? " sample" : " samples");
    if (whole == 0)
        return;
    buf_str(out, ", ");
    html_percent_word(out, samples, whole);
    buf_str(out, " %");
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
