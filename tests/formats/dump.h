/* dump.h: a sink that writes down what it is told, a line a fact, for tests to compare.
 *
 * And inputs and outputs in memory. */
#ifndef TESTS_FORMATS_DUMP_H
#define TESTS_FORMATS_DUMP_H

#include "formats/format.h"
#include "src/base/buf.h"

struct dump {
    struct buf text; /* owned */
    bool rows;       /* list the rows of blocks; else only digests of their columns */
    uint64_t weight; /* ticks of all samples */
    uint64_t lost;   /* ticks of all damage */
    uint32_t damages;
};

void dump_fini(struct dump *d);
/* A sink that fills d. */
struct sink dump_sink(struct dump *d);

/* A recording in memory. */
struct format_input memory_input(const struct slice *bytes);
/* For pyrec_write_options.output: appends to a struct buf. */
bool memory_output(void *self, const uint8_t *p, size_t n, struct err *err);

#endif
