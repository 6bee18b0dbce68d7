/* pyrec_read.h: the decoder of our recording (pyrec.md).
 *
 * Two layers: an iterator over frames and their records, which checks the container (checksums, sequence, limits) and
 * finds its way past damage; and on top of it format_pyrec (format.h), which decodes records and feeds a sink.
 * The iterator is for tools that copy or count records without understanding all of them (--redact, --info). */
#ifndef FORMATS_PYREC_READ_H
#define FORMATS_PYREC_READ_H

#include "formats/format.h"
#include "formats/pyrec.h"

struct pyrec_read;

/* One record, borrowed until the next call. */
struct pyrec_record {
    uint64_t tag;      /* as written, enum pyrec_tag when known */
    struct slice body;
    uint32_t frame_kind; /* enum pyrec_frame_kind */
    uint32_t epoch;      /* 0 outside epochs */
    uint64_t offset;     /* of the frame in the input, bytes */
};

/* NULL on failure: not a recording, or one of another version. in is borrowed until pyrec_read_free. */
MUST_CHECK struct pyrec_read *pyrec_read_new(const struct format_input *in, struct err *err);
void pyrec_read_free(struct pyrec_read *r);

enum pyrec_step { PYREC_STEP_RECORD, PYREC_STEP_DAMAGE, PYREC_STEP_END, PYREC_STEP_FAILED };
/* The next record, or a piece of damage that was stepped over, or the end of what can be read. After damage inside an
 * epoch the rest of that epoch is skipped. */
enum pyrec_step pyrec_read_next(struct pyrec_read *r, struct pyrec_record *record, struct damage *damage,
                                struct err *err);
/* Tells the iterator that a record's content broke the rules: the rest of its epoch is skipped, as damage. */
void pyrec_read_reject(struct pyrec_read *r);

#endif
