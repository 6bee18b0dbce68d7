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
    utf8_visible(&shown, s);
    buf_u8(out, '"');
    for (size_t i = 0, done = 0; i <= shown.n; i++) {
        const char *e = i == shown.n ? "" : escape_of(shown.p[i]);
        if (e == NULL)
            continue;
        buf_bytes(out, shown.p + done, i - done);
        buf_str(out, e);
        done = i + 1;
    }
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
