/* pytext.h: Python source as lines of UTF-8.
 *
 * Decodes by byte order mark and PEP 263 cookie, as the interpreter does, and splits into physical lines: \n, \r\n, \r;
 * not form feeds, not the separators of Unicode. A byte that the encoding does not know is shown as the text \xNN. */
#ifndef HEATMAP_PYTEXT_H
#define HEATMAP_PYTEXT_H

#include "src/base/arena.h"
#include "src/base/err.h"

struct pytext {
    struct slice text; /* UTF-8 without a byte order mark; borrows the bytes where they are that already */
    uint32_t lines;
    const uint32_t *starts; /* lines + 1 offsets into text, in the arena; line i, from 1, is starts[i-1] … starts[i],
                               its line ending included */
    struct slice unknown;   /* the cookie, where its encoding is unknown: then text is decoded as UTF-8 */
};

/* bytes must outlive the result. Fails when out of memory. */
MUST_CHECK bool pytext_decode(struct arena *arena, struct slice bytes, struct pytext *out, struct err *err);
/* Line i, from 1, without its line ending; empty when there is none. */
struct slice pytext_line(const struct pytext *t, uint32_t line);
/* The line of the def or class statement `name` whose code object begins at first_line: that is the line of its first
 * decorator. first_line when the text does not tell: a lambda, a comprehension, a module. */
uint32_t pytext_def_line(const struct pytext *t, uint32_t first_line, struct slice name);

#endif
