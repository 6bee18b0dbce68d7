/* base64.h: bytes as text (RFC 4648, with padding). */
#ifndef HEATMAP_BASE64_H
#define HEATMAP_BASE64_H

#include "src/base/buf.h"

void base64_put(struct buf *out, struct slice bytes);

#endif
