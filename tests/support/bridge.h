/* bridge.h: the encoder as a sink, so that an invented recording becomes a real one. */
#ifndef TESTS_BRIDGE_H
#define TESTS_BRIDGE_H

#include "formats/format.h"
#include "formats/pyrec_write.h"

struct bridge {
    struct pyrec_write_options options;
    bool no_end;                /* leave the end record out, as a killed recorder does */
    struct pyrec_write *writer; /* made when the header comes */
    uint32_t epochs;
};

/* What fake_push calls, and sources. The caller frees b->writer. */
struct sink bridge_sink(struct bridge *b);

#endif
