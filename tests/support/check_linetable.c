/* check_linetable: reads code objects and what their own interpreter says of their lines, and compares.
 *
 * Standard input, little-endian u32s: version (PY_VERSION_HEX >> 16), first line, bytes of table, units, columns (0 or
 * 1), then the table, then for each unit its line (0: none) and with columns also end line, column, end column
 * (UINT32_MAX: none). Written by linetables.py. Prints the counts; exit 1 on the first ten mismatches. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/heatmap/linetable.h"

struct told {
    uint32_t line, end_line, column, end_column;
};

static void *grow(void *p, size_t n)
{
    p = realloc(p, n > 0 ? n : 1);
    if (p == NULL)
        abort();
    return p;
}

int main(void)
{
    uint32_t head[5];
    uint8_t *table = NULL;
    uint32_t *told = NULL;
    uint64_t codes = 0, units = 0, without = 0, wrong = 0;
    while (fread(head, sizeof head, 1, stdin) == 1) {
        uint32_t per = head[4] != 0 ? 4 : 1;
        table = grow(table, head[2]);
        told = grow(told, (size_t)head[3] * per * 4);
        if (fread(table, 1, head[2], stdin) != head[2] || fread(told, per * 4, head[3], stdin) != head[3]) {
            (void)fprintf(stderr, "check_linetable: input ends too early\n");
            return 2;
        }
        struct linetable t = linetable_of(head[0], head[1], slice_of(table, head[2]));
        struct linetable_range range = {0};
        for (uint32_t i = 0; i < head[3]; i++) {
            linetable_seek(&t, i, &range);
            const uint32_t *want = told + (size_t)i * per;
            struct told got = {range.own_line ? range.line : 0, range.own_line ? range.end_line : 0, range.column,
                               range.end_column};
            bool same = got.line == want[0] &&
                        (per == 1 || (got.end_line == want[1] && got.column == want[2] && got.end_column == want[3]));
            if (!same && wrong++ < 10)
                (void)fprintf(stderr, "version %x, code %" PRIu64 ", first line %u, unit %u: %u-%u:%u-%u, not %u\n",
                              head[0], codes, head[1], i, got.line, got.end_line, got.column, got.end_column, want[0]);
            without += want[0] == 0;
        }
        codes++;
        units += head[3];
    }
    free(table);
    free(told);
    (void)printf("%" PRIu64 " code objects, %" PRIu64 " units, %" PRIu64 " without a line, %" PRIu64 " wrong\n", codes,
                 units, without, wrong);
    return codes > 0 && wrong == 0 ? 0 : 1;
}
