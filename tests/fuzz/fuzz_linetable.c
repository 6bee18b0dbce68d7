/* fuzz_linetable: any bytes as a line table: 2 bytes of Python version, 4 of the first line, then the table. Ranges are
 * in order, and looking for a place finds the range that walking finds. */
#include "config.h"

#include <stdlib.h>

#include "src/heatmap/linetable.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void must(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct cursor c = cursor_of(slice_of(p, n));
    /* Versions that are, mostly. */
    uint32_t python = 0x0300 | cursor_u8(&c) % 20u;
    python |= (uint32_t)(cursor_u8(&c) == 0xff) << 31;
    uint32_t first_line = cursor_u32(&c);
    if (!cursor_ok(&c))
        return 0;
    struct slice bytes = cursor_bytes(&c, cursor_left(&c));
    struct linetable walk = linetable_of(python, first_line, bytes), seek = walk;
    struct linetable_range range = {0}, found = {0};
    uint64_t end = 0, ranges = 0;
    while (linetable_next(&walk, &range)) {
        must(range.start == end && range.end > range.start);
        must(range.line == first_line || (range.line >= 1 && range.line <= INT32_MAX));
        must(range.column != LINETABLE_NO_COLUMN || range.end_line >= range.line || !range.own_line);
        end = range.end;
        must(++ranges <= bytes.n + 1);
        if (range.start / 2 <= UINT32_MAX && range.start % 2 == 0) {
            linetable_seek(&seek, (uint32_t)(range.start / 2), &found);
            must(found.start == range.start && found.line == range.line && found.own_line == range.own_line);
        }
    }
    linetable_seek(&seek, UINT32_MAX, &found);
    must(found.end > 2 * (uint64_t)UINT32_MAX);
    return 0;
}
