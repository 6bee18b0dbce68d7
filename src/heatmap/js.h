/* js.h: pieces of scripts: the data that a page's script loads on first use. */
#ifndef HEATMAP_JS_H
#define HEATMAP_JS_H

#include "src/base/buf.h"

/* s as text that can be seen (utf8_visible), at most so many characters, in double quotes: valid as JSON, in a script
 * of its own and inside a page. */
void js_string(struct buf *out, struct slice s, size_t characters);
/* Bytes as a string in base64 (RFC 4648, with padding). */
void js_base64(struct buf *out, struct slice bytes);

#endif
