/* linetable.h: from an instruction's position to its line and columns.
 *
 * Decodes the three formats that CPython has had: co_lnotab (to 3.9), co_linetable (3.10), and the location table
 * (3.11 on). Borrows the table. Tables come from a stranger's recording: any bytes are safe, and what makes no sense
 * has no line.
 *
 * Positions are in code units of 2 bytes, as in content.h. */
#ifndef HEATMAP_LINETABLE_H
#define HEATMAP_LINETABLE_H

#include "formats/content.h"
#include "src/base/cursor.h"

#define LINETABLE_NO_COLUMN UINT32_MAX

/* What holds for the bytecode from `start` up to and without `end`. */
struct linetable_range {
    uint64_t start, end; /* in bytes of bytecode: twice the code unit */
    uint32_t line;       /* from 1. Code without a line of its own has the line before it, or the first; 0: none */
    bool own_line;       /* the table gives this line for this very range */
    /* Physical line and columns where the expression ends: 3.11 on, and only where the compiler kept them.
     * Columns count bytes of UTF-8 from 0; end_column is the one after the last. */
    uint32_t end_line;           /* `line` where unknown */
    uint32_t column, end_column; /* or LINETABLE_NO_COLUMN */
};

struct linetable {
    struct cursor bytes;
    uint32_t first_line;
    int64_t line;   /* the accumulator of the format */
    uint32_t last;  /* the last line that was given, 0: none yet */
    uint64_t start; /* where the next range starts */
    enum { LINETABLE_LNOTAB, LINETABLE_310, LINETABLE_LOCATIONS } format;
    bool ended;
};

/* python is PY_VERSION_HEX >> 16, as in rec_code. */
struct linetable linetable_of(uint32_t python, uint32_t first_line, struct slice table);
/* The next range, in order of `start`; false after the last. Ranges do not overlap. */
bool linetable_next(struct linetable *t, struct linetable_range *range);

/* Steps on to the range that holds `unit`: for positions asked in ascending order. `range` is what the last call left,
 * zero at first. Behind the table's end: the last line, not its own. */
void linetable_seek(struct linetable *t, uint32_t unit, struct linetable_range *range);

#endif
