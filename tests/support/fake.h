/* fake.h: invented recordings, pushed straight into a sink.
 *
 * Random trees with recursion, markers, half-started frames, several epochs with numbers of their own, processes,
 * threads, repeats, losses: all that counting has to cope with. The same seed gives the same calls. */
#ifndef TESTS_FAKE_H
#define TESTS_FAKE_H

#include "formats/format.h"

struct fake_options {
    unsigned seed;
    uint32_t processes, epochs, codes, nodes, rows;
    bool odd; /* markers, half-started frames, trimmed samples, samples without a frame */
};

/* Aborts when the sink fails. */
void fake_push(const struct fake_options *options, const struct sink *sink);

#endif
