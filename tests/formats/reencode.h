/* reencode.h: a sink that writes what it is told as a recording again: whatever the decoder lets through the encoder
 * must take. */
#ifndef TESTS_FORMATS_REENCODE_H
#define TESTS_FORMATS_REENCODE_H

#include "formats/format.h"
#include "formats/pyrec_write.h"
#include "src/base/buf.h"

struct reencode {
    struct pyrec_write *w; /* owned; NULL before the header */
    struct buf file;       /* owned; the recording */
    struct buf text;       /* owned; of the source whose pieces are arriving */
    bool ended;
};

void reencode_fini(struct reencode *r);
/* A sink that fills r. Source texts must come whole; they are written when their last piece has come. */
struct sink reencode_sink(struct reencode *r);

#endif
