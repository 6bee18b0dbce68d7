/* container.h: recordings whose checksums are right, whatever is in them, so that fuzzers come past the container.
 *
 * A fuzzer's bytes are frames, each of 12 bytes and its records:
 *   kind, epoch, part, sequence, twist: a byte each; weight_before, weight: 2 bytes each, length of the records: 3
 * bytes, little-endian; a length beyond the end means up to the end. */
#ifndef FUZZ_CONTAINER_H
#define FUZZ_CONTAINER_H

#include "formats/format.h"
#include "formats/pyrec_head.h"
#include "src/base/buf.h"

/* What is done to a frame when it is whole. */
enum twist {
    TWIST_VERSION = 1,
    TWIST_DRAFT = 2,
    TWIST_ID = 4, /* of another recording */
    TWIST_FLIP = 8,
    TWIST_CUT = 16,
    TWIST_RUBBISH = 32, /* behind it */
};

/* Appends the frames that the bytes say. */
void container_unfold(struct slice bytes, struct buf *recording);
/* Appends a frame with its records, as a fuzzer's bytes; the other way. */
void container_fold(const struct pyrec_head *head, struct slice records, struct buf *bytes);
/* Appends one frame: a valid one. The head's length and checksum are filled in. */
void container_frame(struct pyrec_head head, struct slice records, struct buf *recording);

/* A recording in memory. */
struct format_input container_input(const struct slice *bytes);

#endif
