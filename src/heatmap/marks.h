/* marks.h: the parts of a source line that samples were in, to be underlined.
 *
 * A line has marks where its samples were in several parts of it, and where its text is what ran: columns of another
 * text would say nothing. Borrows from the model. */
#ifndef HEATMAP_MARKS_H
#define HEATMAP_MARKS_H

#include "src/base/buf.h"
#include "src/heatmap/model.h"

enum { MARKS_MAX = 12 };

struct mark {
    uint32_t from, to; /* bytes of the line's text; a part that goes on in the next line ends with this one */
    const struct model_expression *expression;
    bool goes_on;
};

/* By column, then the longest first; of too many, those with the most samples. */
struct marks {
    struct mark items[MARKS_MAX];
    uint32_t n;
    uint64_t whole; /* the line's total */
};

/* text: the line's, without its ending. */
void marks_of(struct marks *marks, const struct model *m, const struct model_file *f, const struct model_line *line,
              struct slice text);
/* The text as HTML, with the larger parts in <u>: nested like them, of class h from half of the line's samples on, of
 * class w from a fifth. */
void marks_text(const struct marks *marks, struct buf *out, struct slice text);

#endif
