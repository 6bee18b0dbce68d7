#include "config.h"

#include "src/heatmap/js.h"

#include "src/heatmap/base64.h"
#include "src/heatmap/utf8.h"

static const char *escape_of(uint8_t c)
{
    switch (c) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\t':
        return "\\t";
    case '<':
        return "\\u003c"; /* no </script>, no <!-- */
    default:
        return NULL;
    }
}

void js_string(struct buf *out, struct slice s, size_t characters)
{
    struct buf shown = {0};
    const size_t n = utf8_characters(s, characters);
    const bool cut = n < s.n;
    s.n = n;
    if (utf8_visible_prefix(s) < s.n) {
        utf8_visible(&shown, s);
        s = buf_view(&shown);
    }
    buf_u8(out, '"');
    size_t done = 0;
    for (size_t i = 0; i < s.n; i++) {
        const char *e = escape_of(s.p[i]);
        if (e == NULL)
            continue;
        buf_bytes(out, s.p + done, i - done);
        buf_str(out, e);
        done = i + 1;
    }
    buf_slice(out, slice_skip(s, done));
    buf_str(out, cut ? "…\"" : "\"");
    out->failed |= shown.failed;
    buf_fini(&shown);
}

void js_base64(struct buf *out, struct slice bytes)
{
    buf_u8(out, '"');
    base64_put(out, bytes);
    buf_u8(out, '"');
}
