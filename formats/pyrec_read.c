#include "config.h"

#include "formats/pyrec_read.h"

#include <stdio.h>
#include <stdlib.h>

#include "formats/pyrec_frames.h"
#include "src/base/cursor.h"

struct pyrec_read {
    struct pyrec_frames frames;
    uint8_t id[PYREC_ID_SIZE];
    uint64_t size; /* of the input */
    uint64_t pos;  /* where the next frame should be */
    enum { READING, OVER, CLOSED } state;
    bool ended; /* the end frame was seen */

    struct pyrec_frame frame; /* the current one, while records has some left */
    struct cursor records;
    bool first;

    uint32_t next_sequence;
    uint32_t epoch, next_part; /* the epoch that is being read, and which of its frames comes next */
    bool epoch_broken;         /* the rest of it is skipped */
    uint64_t until;            /* of the last frame that was read */
    uint64_t content;          /* bytes of payloads so far */
    uint64_t weight;           /* ticks that were read or are accounted for as lost */
    uint64_t weight_seen;      /* ticks up to the last whole frame, read or not */

    bool gap_open;
    struct damage gap; /* what is being stepped over */
};

static void open_gap(struct pyrec_read *r, uint64_t offset, const char *what)
{
    if (r->gap_open)
        return;
    r->gap_open = true;
    r->gap = (struct damage){.offset = offset, .from = r->until, .kind = DAMAGE_CORRUPT};
    (void)snprintf(r->gap.what, sizeof r->gap.what, "%.*s", (int)sizeof r->gap.what - 1, what);
}

/* Weights come from heads, which may say anything. */
static uint64_t sum(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* weight_before and since are of the frame with which reading goes on. */
static void close_gap(struct pyrec_read *r, uint64_t weight_before, uint64_t since, struct damage *damage)
{
    r->gap.weight = weight_before > r->weight ? weight_before - r->weight : 0;
    r->gap.until = since;
    r->weight = sum(r->weight, r->gap.weight);
    r->gap_open = false;
    *damage = r->gap;
}

static bool same_id(const struct pyrec_read *r, const struct pyrec_frame *frame)
{
    return memcmp(frame->head.id, r->id, PYREC_ID_SIZE) == 0;
}

static bool other_version(const struct pyrec_head *head, struct err *err)
{
    if (head->version > PYREC_VERSION)
        return err_set(err, ERR_UNSUPPORTED,
                       "a recording made by a newer version of pyrecord (format %u, this reads %u)", head->version,
                       PYREC_VERSION);
    return err_set(
        err, ERR_UNSUPPORTED,
        "a recording made by a development build of pyrecord, before the format was settled (draft %u): record "
        "again with the pyrecord that belongs to this pyheatmap",
        head->draft);
}

/* Nothing in the input is a whole frame of ours. */
static bool nothing_found(struct pyrec_read *r, struct err *err)
{
    struct slice head;
    int version;
    if (!pyrec_frames_look(&r->frames, 0, FORMAT_HEAD, &head, err))
        return false;
    if (pyrec_frames_bid(head, &version) < 100)
        return err_set(err, ERR_NOT_THIS_FORMAT, "not a recording");
    if (version > PYREC_VERSION)
        return other_version(&(struct pyrec_head){.version = (uint8_t)version}, err);
    return err_set(err, ERR_CORRUPT, "a recording, but damaged beyond use: not one part of it is whole");
}

/* Finds the first frame: it says which recording this is. */
static bool begin(struct pyrec_read *r, struct err *err)
{
    switch (pyrec_frames_search(&r->frames, 0, &r->frame, err)) {
    case FRAME_OK:
        memcpy(r->id, r->frame.head.id, sizeof r->id);
        return true;
    case FRAME_OTHER_VERSION:
        return other_version(&r->frame.head, err);
    case FRAME_BAD:
        return nothing_found(r, err);
    default:
        return false;
    }
}

struct pyrec_read *pyrec_read_new(const struct format_input *in, struct err *err)
{
    struct pyrec_read *r = calloc(1, sizeof *r);
    if (r == NULL) {
        (void)err_nomem(err);
        return NULL;
    }
    r->size = in->size;
    if (pyrec_frames_init(&r->frames, in, err) && begin(r, err))
        return r;
    pyrec_read_free(r);
    return NULL;
}

void pyrec_read_free(struct pyrec_read *r)
{
    if (r == NULL)
        return;
    pyrec_frames_fini(&r->frames);
    free(r);
}

void pyrec_read_reject(struct pyrec_read *r, uint64_t weight, const struct err *why)
{
    const struct pyrec_head *head = &r->frame.head;
    open_gap(r, r->frame.offset, why->msg);
    r->gap.bytes += r->frame.size;
    r->gap.frames++;
    if (head->kind == PYREC_FRAME_EPOCH) {
        r->epoch_broken = true;
        r->weight = sum(head->weight_before, weight);
        r->gap.from = head->since;
    }
    r->records = cursor_of(slice_of(NULL, 0));
}

/* Steps over a frame that is whole but cannot be used. */
static void skip_frame(struct pyrec_read *r, const char *what)
{
    open_gap(r, r->frame.offset, what);
    r->gap.bytes += r->frame.size;
}

/* Whether a frame of an epoch continues what has been read, or begins a new epoch. */
static bool fits_epoch(struct pyrec_read *r, const struct pyrec_head *head)
{
    if (head->epoch > r->epoch) {
        r->epoch = head->epoch;
        r->epoch_broken = head->part != 0;
        r->next_part = 0;
    }
    if (head->epoch < r->epoch || head->part != r->next_part)
        r->epoch_broken = true;
    if (!r->epoch_broken)
        r->next_part++;
    return !r->epoch_broken;
}

/* Decides what becomes of the frame in r->frame. true: its records are to be read; a gap that ends here is in *damage.
 */
static bool admit(struct pyrec_read *r, struct damage *damage, bool *damaged)
{
    const struct pyrec_head *head = &r->frame.head;
    if (head->sequence < r->next_sequence) {
        skip_frame(r, "a part of the recording is there twice or out of order");
        return false;
    }
    if (head->sequence > r->next_sequence) {
        open_gap(r, r->frame.offset, "a part of the recording is missing");
        r->gap.frames += head->sequence - r->next_sequence;
    }
    r->next_sequence = head->sequence == UINT32_MAX ? UINT32_MAX : head->sequence + 1;
    r->weight_seen = sum(head->weight_before, head->weight);
    if (head->kind >= PYREC_FRAME_OPTIONAL)
        return false; /* it is there, whatever it is */
    if (head->kind == PYREC_FRAME_EPOCH && !fits_epoch(r, head)) {
        skip_frame(r, "the beginning of a stretch of the recording is missing");
        r->gap.frames++;
        return false;
    }
    if (r->gap_open && (head->kind == PYREC_FRAME_EPOCH || head->kind == PYREC_FRAME_END)) {
        close_gap(r, head->weight_before, head->since, damage);
        *damaged = true;
    }
    if (head->kind == PYREC_FRAME_EPOCH) {
        r->weight = r->weight_seen;
        r->until = head->until;
    }
    r->ended = head->kind == PYREC_FRAME_END;
    r->records = cursor_of(r->frame.records);
    r->first = true;
    return true;
}

/* Finds the next frame of this recording: true, and r->frame is it. false: there is none; or err is set. */
static bool next_frame(struct pyrec_read *r, struct err *err)
{
    if (r->pos >= r->size)
        return false;
    enum frame_result result = pyrec_frames_open(&r->frames, r->pos, &r->frame, err);
    if (result == FRAME_BAD) {
        uint64_t from = r->pos;
        open_gap(r, from, "bytes are damaged or missing");
        result = pyrec_frames_search(&r->frames, from + 1, &r->frame, err);
        r->pos = result == FRAME_OK || result == FRAME_OTHER_VERSION ? r->frame.offset : r->size;
        r->gap.bytes += r->pos - from;
    }
    if (result != FRAME_OK || !same_id(r, &r->frame))
        return false;
    r->pos = r->frame.offset + r->frame.size;
    r->content += PYREC_HEAD_SIZE + r->frame.records.n;
    if (r->content > PYREC_MAX_CONTENT(r->size))
        return err_set(err, ERR_LIMIT, "%llu bytes hold more than %llu: made to be large", (unsigned long long)r->size,
                       (unsigned long long)PYREC_MAX_CONTENT(r->size));
    return true;
}

static bool all_zero(struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != 0)
            return false;
    }
    return true;
}

/* What follows the recording. */
static bool describe_trailer(struct pyrec_read *r, struct damage *damage, struct err *err)
{
    uint8_t bytes[256];
    size_t n = 0;
    const char *what = "something else";
    enum frame_result result = pyrec_frames_open(&r->frames, r->pos, &r->frame, err);
    if (result == FRAME_FAILED || !r->frames.in->read(r->frames.in->self, r->pos, bytes, sizeof bytes, &n, err))
        return false;
    if (result == FRAME_OK || result == FRAME_OTHER_VERSION)
        what = "another recording";
    else if (all_zero(slice_of(bytes, n)))
        what = "a stretch of zero bytes";
    *damage = (struct damage){
        .offset = r->pos, .bytes = r->size - r->pos, .from = r->until, .until = r->until, .kind = DAMAGE_TRAILING};
    (void)snprintf(damage->what, sizeof damage->what, "%s follows the recording and was not read", what);
    return true;
}

/* The last words, one a call: that the end is missing, that something follows, that it is over. */
static enum pyrec_step finish(struct pyrec_read *r, struct damage *damage, struct err *err)
{
    if (r->state == READING) {
        r->state = OVER;
        if (!r->ended) {
            open_gap(r, r->pos, "");
            close_gap(r, r->weight_seen, 0, damage);
            damage->kind = DAMAGE_CUT;
            (void)snprintf(damage->what, sizeof damage->what,
                           "the end is missing: the recorder was killed, or the file was cut");
            return PYREC_STEP_DAMAGE;
        }
    }
    if (r->state == OVER) {
        r->state = CLOSED;
        if (r->pos < r->size)
            return describe_trailer(r, damage, err) ? PYREC_STEP_DAMAGE : PYREC_STEP_FAILED;
    }
    return PYREC_STEP_END;
}

enum pyrec_step pyrec_read_next(struct pyrec_read *r, struct pyrec_record *record, struct damage *damage,
                                struct err *err)
{
    while (cursor_left(&r->records) == 0) {
        bool damaged = false;
        if (r->ended || r->state != READING)
            return finish(r, damage, err);
        if (!next_frame(r, err))
            return err->kind == ERR_NONE ? finish(r, damage, err) : PYREC_STEP_FAILED;
        const uint8_t kind = r->frame.head.kind;
        if (kind == 0 || (kind > PYREC_FRAME_END && kind < PYREC_FRAME_OPTIONAL)) {
            (void)err_at(err, ERR_UNSUPPORTED, r->frame.offset, "made by a newer version: it has frames of kind %u",
                         kind);
            return PYREC_STEP_FAILED;
        }
        if (admit(r, damage, &damaged) && damaged)
            return PYREC_STEP_DAMAGE;
    }
    *record = (struct pyrec_record){.head = &r->frame.head, .offset = r->frame.offset, .first = r->first};
    r->first = false;
    record->tag = cursor_varint(&r->records);
    record->body = cursor_bytes(&r->records, cursor_varint(&r->records));
    if (!cursor_ok(&r->records))
        record->tag = PYREC_NO_TAG;
    return PYREC_STEP_RECORD;
}
