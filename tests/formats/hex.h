/* hex.h: bytes written as annotated hex, assembled (tests/formats/README.md has the language). */
#ifndef TESTS_FORMATS_HEX_H
#define TESTS_FORMATS_HEX_H

#include "src/base/buf.h"
#include "src/base/err.h"

/* Appends what one stretch of bytes says; no frames. */
MUST_CHECK bool hex_bytes(struct slice text, struct buf *out, struct err *err);
/* A whole fixture: frames of our recording and plain bytes, appended to `out` as a file's contents. */
MUST_CHECK bool hex_recording(struct slice text, struct buf *out, struct err *err);

/* A whole file; NULL-terminated behind n. */
MUST_CHECK bool hex_load(const char *path, struct buf *out, struct err *err);

#endif
