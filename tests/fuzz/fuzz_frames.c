/* fuzz_frames: the container: frames of any order, number and damage. What is read and what is said to be lost must not
 * contradict what the frames say; what an iterator lets through, it must let through again. */
#include "config.h"

#include <stdlib.h>

#include "formats/pyrec_frames.h"
#include "formats/pyrec_read.h"
#include "tests/fuzz/container.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

struct seen {
    uint64_t records, bytes, damages, lost, skipped;
    uint32_t sequence; /* of the last frame */
    enum err_kind kind;
};

static void walk(struct slice recording, bool reject, struct seen *s)
{
    struct err err = {0};
    const struct format_input in = container_input(&recording);
    struct pyrec_read *r = pyrec_read_new(&in, &err);
    bool any = false;
    while (r != NULL) {
        struct pyrec_record record;
        struct damage damage;
        enum pyrec_step step = pyrec_read_next(r, &record, &damage, &err);
        if (step == PYREC_STEP_RECORD) {
            if (record.first && ((any && record.head->sequence <= s->sequence) || record.offset >= recording.n))
                abort();
            any = true;
            s->sequence = record.head->sequence;
            s->records++;
            s->bytes += record.body.n;
            if (record.tag == PYREC_NO_TAG || (reject && record.body.n > 0 && record.body.p[0] == 0xff)) {
                (void)err_set(&err, ERR_CORRUPT, "rejected");
                pyrec_read_reject(r, 0, &err);
                err_clear(&err);
            }
        } else if (step == PYREC_STEP_DAMAGE) {
            if (damage.offset > recording.n || damage.bytes > recording.n || damage.what[0] == '\0')
                abort();
            s->damages++;
            s->skipped += damage.bytes;
            s->lost += damage.weight;
        } else {
            if ((step == PYREC_STEP_FAILED) != (err.kind != ERR_NONE))
                abort();
            break;
        }
    }
    if (r == NULL && err.kind == ERR_NONE)
        abort();
    s->kind = err.kind;
    pyrec_read_free(r);
    if (s->skipped > recording.n || s->bytes > recording.n)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    if (n == 0)
        return 0;
    struct buf recording = {0};
    struct seen once = {0}, again = {0};
    int version;
    container_unfold(slice_of(p + 1, n - 1), &recording);
    (void)pyrec_frames_bid(buf_view(&recording), &version);
    walk(buf_view(&recording), (p[0] & 1) != 0, &once);
    walk(buf_view(&recording), (p[0] & 1) != 0, &again);
    if (memcmp(&once, &again, sizeof once) != 0)
        abort();
    buf_fini(&recording);
    return 0;
}
