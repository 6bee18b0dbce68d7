/* pyrec_read.h: the decoder of our recording (pyrec.md).
 *
 * Two layers: an iterator over frames and their records, which checks the container (checksums, sequence, limits) and
 * finds its way past damage; and on top of it format_pyrec (format.h), which decodes records and feeds a sink.
 * The iterator is for tools that copy or count records without understanding all of them (--redact, --info). */
#ifndef FORMATS_PYREC_READ_H
#define FORMATS_PYREC_READ_H

#include "formats/format.h"
#include "formats/pyrec.h"
#include "formats/pyrec_head.h"

struct pyrec_read;

/* One record, borrowed until the next call. */
struct pyrec_record {
    uint64_t tag; /* as written, enum pyrec_tag when known; PYREC_NO_TAG: malformed, to be rejected */
    struct slice body;
    const struct pyrec_head *head; /* of its frame */
    uint64_t offset;               /* of its frame in the input, bytes */
    bool first;                    /* of its frame */
};

/* NULL on failure: not a recording, or one of another version. in is borrowed until pyrec_read_free. */
MUST_CHECK struct pyrec_read *pyrec_read_new(const struct format_input *in, struct err *err);
void pyrec_read_free(struct pyrec_read *r);

enum pyrec_step { PYREC_STEP_RECORD, PYREC_STEP_DAMAGE, PYREC_STEP_END, PYREC_STEP_FAILED };
/* The next record, or a piece of damage that was stepped over, or the end of what can be read. After damage inside an
 * epoch the rest of that epoch is skipped. */
enum pyrec_step pyrec_read_next(struct pyrec_read *r, struct pyrec_record *record, struct damage *damage,
                                struct err *err);
/* Tells the iterator that the content of the last record broke the rules: the rest of its epoch, or of its frame if
 * that lies outside epochs, is skipped, as damage. weight: ticks of this frame's samples before that record. */
void pyrec_read_reject(struct pyrec_read *r, uint64_t weight, const struct err *why);

#endif
