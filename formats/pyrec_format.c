/* format_pyrec: the reader of our recording: what pyrec_read.c finds, decoded, checked and handed to a sink. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "formats/pyrec_column.h"
#include "formats/pyrec_decode.h"
#include "formats/pyrec_frames.h"
#include "formats/pyrec_read.h"
#include "formats/pyrec_scope.h"
#include "src/base/arena.h"
#include "src/base/array.h"
#include "src/base/hash.h"

/* The text whose pieces are arriving. */
struct text {
    uint8_t hash[REC_HASH_SIZE];
    uint32_t total, next; /* bytes; the next piece must begin at `next` */
};

struct reader {
    const struct sink *sink;
    struct pyrec_decoder *decoder; /* owned */
    struct pyrec_scope scope;
    struct arena arena;
    struct rec_header header; /* recorder: in arena */
    bool has_header;
    uint32_t epoch;  /* 0: none yet */
    uint64_t offset; /* of the current frame */
    uint64_t weight; /* ticks of the samples that were pushed from it */
    struct text text;
    uint8_t (*file_keys)[HASH_SIZE]; /* owned; by file number: hash of name and path */
    uint32_t n_file_keys;
    struct buf key;
    uint64_t rows, max_rows;
    bool stopped; /* by the sink, or out of memory: not the recording's fault */
};

/* A failure that ends the reading, not damage that is stepped over. */
static bool stop(struct reader *r)
{
    r->stopped = true;
    return false;
}

#define PUSH(r, callback, what, err) \
    ((r)->sink->callback == NULL || (r)->sink->callback((r)->sink->self, (what), (err)) || stop(r))

static bool same_header(const struct rec_header *a, const struct rec_header *b)
{
    return slice_eq(a->recorder, b->recorder) && a->period_ns == b->period_ns && a->time_unit_ns == b->time_unit_ns &&
           a->started_ns == b->started_ns && a->monotonic_ns == b->monotonic_ns;
}

static bool on_header(struct reader *r, const struct pyrec_record *record, struct err *err)
{
    struct rec_header header;
    if (!record->first)
        return err_set(err, ERR_CORRUPT, "a header in the middle of a frame");
    if (!pyrec_decode_header(record->body, &header, err))
        return false;
    if (r->has_header)
        return same_header(&r->header, &header) || err_set(err, ERR_CORRUPT, "the headers of its parts differ");
    memcpy(header.id, record->head->id, sizeof header.id);
    header.recorder = arena_copy(&r->arena, header.recorder);
    if (header.recorder.p == NULL) {
        (void)err_nomem(err);
        return stop(r);
    }
    r->header = header;
    r->has_header = true;
    return PUSH(r, header, &header, err);
}

static bool on_host(struct reader *r, struct slice body, struct err *err)
{
    struct rec_host host;
    return pyrec_decode_host(body, &host, err) && PUSH(r, host, &host, err);
}

static bool on_process(struct reader *r, struct slice body, struct err *err)
{
    struct rec_process process;
    return pyrec_decode_process(body, &process, err) && pyrec_scope_process(&r->scope, &process, err) &&
           PUSH(r, process, &process, err);
}

static bool on_argv(struct reader *r, struct slice body, struct err *err)
{
    struct rec_argv argv;
    return pyrec_decode_argv(r->decoder, body, &argv, err) && pyrec_scope_knows(&r->scope, argv.process, err) &&
           PUSH(r, argv, &argv, err);
}

static bool on_env(struct reader *r, struct slice body, struct err *err)
{
    struct rec_env env;
    return pyrec_decode_env(r->decoder, body, &env, err) && pyrec_scope_knows(&r->scope, env.process, err) &&
           PUSH(r, env, &env, err);
}

static bool on_root(struct reader *r, struct slice body, struct err *err)
{
    struct rec_root root;
    return pyrec_decode_root(body, &root, err) && pyrec_scope_knows(&r->scope, root.process, err) &&
           PUSH(r, root, &root, err);
}

static bool on_thread(struct reader *r, struct slice body, struct err *err)
{
    struct rec_thread thread;
    return pyrec_decode_thread(body, &thread, err) && pyrec_scope_thread(&r->scope, &thread, err) &&
           PUSH(r, thread, &thread, err);
}

/* Notes what the hash of a file's code objects begins with. id has passed the scope. */
static bool keep_file_key(struct reader *r, const struct rec_file *file, struct err *err)
{
    if (!array_reserve(&r->file_keys, &r->n_file_keys, (uint64_t)file->id + 1, sizeof *r->file_keys, err))
        return stop(r);
    buf_clear(&r->key);
    buf_string(&r->key, file->name);
    buf_string(&r->key, file->path);
    if (!buf_ok(&r->key)) {
        (void)err_nomem(err);
        return stop(r);
    }
    hash128(buf_view(&r->key), r->file_keys[file->id]);
    return true;
}

static bool on_file(struct reader *r, struct slice body, struct err *err)
{
    struct rec_file file;
    return pyrec_decode_file(body, &file, err) && pyrec_scope_file(&r->scope, &file, err) &&
           keep_file_key(r, &file, err) && PUSH(r, file, &file, err);
}

/* Counts what a block makes to do: in a form without planes, thousands of rows take no bytes. */
static bool on_rows(struct reader *r, uint32_t n, struct err *err)
{
    r->rows += n;
    if (r->rows <= r->max_rows)
        return true;
    (void)err_set(err, ERR_LIMIT, "more than %" PRIu64 " rows, which is too many for its size: made to be large",
                  r->max_rows);
    return stop(r);
}

/* pyrec.md §5.8 */
static bool hash_code(struct reader *r, struct rec_code *code, struct err *err)
{
    struct buf *b = &r->key;
    buf_clear(b);
    buf_bytes(b, r->file_keys[code->file], HASH_SIZE);
    buf_varint(b, code->python);
    buf_varint(b, code->first_line);
    buf_varint(b, code->flags);
    buf_varint(b, code->units);
    buf_zigzag(b, code->first_traceable);
    buf_string(b, code->name);
    buf_string(b, code->qualname);
    buf_string(b, code->line_table);
    if (!buf_ok(b)) {
        (void)err_nomem(err);
        return stop(r);
    }
    hash128(buf_view(b), code->hash);
    return true;
}

static bool on_code(void *self, const struct rec_code *code, struct err *err)
{
    struct reader *r = self;
    struct rec_code hashed = *code;
    return pyrec_scope_code(&r->scope, code, err) && hash_code(r, &hashed, err) && PUSH(r, code, &hashed, err);
}

static bool on_nodes(struct reader *r, struct slice body, struct err *err)
{
    struct rec_nodes nodes;
    return pyrec_decode_nodes(r->decoder, body, &nodes, err) && on_rows(r, nodes.n, err) &&
           pyrec_scope_nodes(&r->scope, &nodes, err) && PUSH(r, nodes, &nodes, err);
}

static bool on_samples(struct reader *r, struct slice body, struct err *err)
{
    struct rec_samples samples;
    uint64_t weight;
    if (!pyrec_decode_samples(r->decoder, body, &samples, &weight, err) || !on_rows(r, samples.n, err) ||
        !pyrec_scope_samples(&r->scope, &samples, err) || !PUSH(r, samples, &samples, err))
        return false;
    r->weight += weight;
    return true;
}

static bool on_ticks(struct reader *r, struct slice body, struct err *err)
{
    struct rec_ticks ticks;
    return pyrec_decode_ticks(r->decoder, body, &ticks, err) && on_rows(r, ticks.n, err) &&
           pyrec_scope_knows(&r->scope, ticks.process, err) && PUSH(r, ticks, &ticks, err);
}

static bool on_losses(struct reader *r, struct slice body, struct err *err)
{
    struct rec_losses losses;
    return pyrec_decode_losses(r->decoder, body, &losses, err) && on_rows(r, losses.n, err) &&
           pyrec_scope_losses(&r->scope, &losses, err) && PUSH(r, losses, &losses, err);
}

static bool on_gone(struct reader *r, struct slice body, struct err *err)
{
    struct rec_exit gone;
    return pyrec_decode_exit(body, &gone, err) && pyrec_scope_knows(&r->scope, gone.process, err) &&
           PUSH(r, exit, &gone, err);
}

/* A piece that does not follow the one before belongs to a text that was damaged, which has been said: passed over. */
static bool on_source(struct reader *r, struct slice body, struct err *err)
{
    struct rec_source piece;
    if (!pyrec_decode_source(body, &piece, err))
        return false;
    struct text *t = &r->text;
    if (piece.offset == 0) {
        memcpy(t->hash, piece.hash, sizeof t->hash);
        t->total = piece.total;
        t->next = 0;
    }
    if (piece.offset != t->next || piece.total != t->total || memcmp(piece.hash, t->hash, sizeof t->hash) != 0)
        return true;
    t->next += (uint32_t)piece.bytes.n;
    return PUSH(r, source, &piece, err);
}

static bool on_note(struct reader *r, struct slice body, struct err *err)
{
    if (body.n > PYREC_MAX_NOTE)
        return err_set(err, ERR_LIMIT, "a note of %zu bytes", body.n);
    return PUSH(r, note, body, err);
}

static bool on_end(struct reader *r, struct slice body, struct err *err)
{
    struct rec_end end;
    return pyrec_decode_end(body, &end, err) && PUSH(r, end, &end, err);
}

/* In which frames a record may be, and whether it counts as an epoch's definitions. By the tag's number. */
static const struct kind {
    enum pyrec_tag tag;
    enum pyrec_frame_kind frame; /* of HEADER: any */
    bool definition;
} kinds[] = {
    {PYREC_NO_TAG, 0, false},
    {PYREC_HEADER, 0, false},
    {PYREC_HOST, PYREC_FRAME_EPOCH, true},
    {PYREC_PROCESS, PYREC_FRAME_EPOCH, true},
    {PYREC_ARGV, PYREC_FRAME_EPOCH, true},
    {PYREC_ENV, PYREC_FRAME_EPOCH, true},
    {PYREC_ROOT, PYREC_FRAME_EPOCH, true},
    {PYREC_THREAD, PYREC_FRAME_EPOCH, true},
    {PYREC_FILE, PYREC_FRAME_EPOCH, true},
    {PYREC_CODES, PYREC_FRAME_EPOCH, true},
    {PYREC_NODES, PYREC_FRAME_EPOCH, true},
    {PYREC_SAMPLES, PYREC_FRAME_EPOCH, false},
    {PYREC_TICKS, PYREC_FRAME_EPOCH, false},
    {PYREC_LOSSES, PYREC_FRAME_EPOCH, false},
    {PYREC_EXIT, PYREC_FRAME_EPOCH, false},
    {PYREC_SOURCE, PYREC_FRAME_TEXTS, false},
    {PYREC_NOTE, PYREC_FRAME_TEXTS, false},
    {PYREC_END, PYREC_FRAME_END, false},
};

/* NULL: made by a newer version. */
static const struct kind *kind_of(uint64_t tag)
{
    uint64_t number = tag >> 2;
    return number < sizeof kinds / sizeof *kinds && kinds[number].tag == tag ? &kinds[number] : NULL;
}

static bool unknown(struct reader *r, uint64_t tag, struct err *err)
{
    if ((tag & PYREC_TAG_REQUIRED) == 0)
        return true;
    (void)err_set(err, ERR_UNSUPPORTED, "made by a newer version: it has records of kind %" PRIu64 ", unknown here",
                  tag >> 2);
    return stop(r);
}

static bool on_record(struct reader *r, const struct pyrec_record *record, struct err *err)
{
    const struct pyrec_head *head = record->head;
    if (record->first)
        r->weight = 0;
    if (head->kind == PYREC_FRAME_EPOCH && head->epoch != r->epoch) {
        bool another = r->epoch != 0;
        r->epoch = head->epoch;
        pyrec_scope_epoch(&r->scope);
        if (another && r->sink->epoch != NULL && !r->sink->epoch(r->sink->self, err))
            return stop(r);
    }
    const struct kind *kind = kind_of(record->tag);
    if (kind == NULL)
        return unknown(r, record->tag, err);
    bool wants_header = record->first && (head->kind != PYREC_FRAME_EPOCH || head->part == 0);
    if (kind->tag != PYREC_HEADER && kind->tag != PYREC_NO_TAG && (wants_header || !r->has_header))
        return err_set(err, ERR_CORRUPT, "the header is missing");
    if (kind->frame != 0 && kind->frame != head->kind)
        return err_set(err, ERR_CORRUPT, "a record of kind %u in a frame of kind %u", kind->tag >> 2, head->kind);
    if (kind->definition && !pyrec_scope_definition(&r->scope, record->body.n, err))
        return false;
    switch (kind->tag) {
    case PYREC_HEADER:
        return on_header(r, record, err);
    case PYREC_HOST:
        return on_host(r, record->body, err);
    case PYREC_PROCESS:
        return on_process(r, record->body, err);
    case PYREC_ARGV:
        return on_argv(r, record->body, err);
    case PYREC_ENV:
        return on_env(r, record->body, err);
    case PYREC_ROOT:
        return on_root(r, record->body, err);
    case PYREC_THREAD:
        return on_thread(r, record->body, err);
    case PYREC_FILE:
        return on_file(r, record->body, err);
    case PYREC_CODES:
        return pyrec_decode_codes(r->decoder, record->body, r, on_code, err);
    case PYREC_NODES:
        return on_nodes(r, record->body, err);
    case PYREC_SAMPLES:
        return on_samples(r, record->body, err);
    case PYREC_TICKS:
        return on_ticks(r, record->body, err);
    case PYREC_LOSSES:
        return on_losses(r, record->body, err);
    case PYREC_EXIT:
        return on_gone(r, record->body, err);
    case PYREC_SOURCE:
        return on_source(r, record->body, err);
    case PYREC_NOTE:
        return on_note(r, record->body, err);
    case PYREC_END:
        return on_end(r, record->body, err);
    case PYREC_NO_TAG:
        break;
    }
    return err_set(err, ERR_CORRUPT, "a malformed record");
}

/* A record that breaks the rules is damage; the reading goes on behind it. */
static bool take_record(struct reader *r, struct pyrec_read *in, const struct pyrec_record *record, struct err *err)
{
    struct err why = {0};
    if (on_record(r, record, &why))
        return true;
    if (r->stopped || why.kind == ERR_SYSTEM) {
        *err = why;
        return false;
    }
    pyrec_read_reject(in, r->weight, &why);
    return true;
}

static bool take_all(struct reader *r, struct pyrec_read *in, struct err *err)
{
    for (;;) {
        struct pyrec_record record;
        struct damage damage;
        switch (pyrec_read_next(in, &record, &damage, err)) {
        case PYREC_STEP_RECORD:
            if (record.first && r->sink->progress != NULL)
                r->sink->progress(r->sink->self, record.offset);
            if (!take_record(r, in, &record, err))
                return false;
            break;
        case PYREC_STEP_DAMAGE:
            if (!PUSH(r, damage, &damage, err))
                return false;
            break;
        case PYREC_STEP_END:
            if (!r->has_header)
                return err_set(err, ERR_CORRUPT, "a recording, but damaged beyond use: it has no readable header");
            return true;
        default:
            return false;
        }
    }
}

static bool read_pyrec(const struct format_input *in, const struct sink *sink, struct err *err)
{
    bool ok = false;
    struct reader r = {.sink = sink, .decoder = malloc(sizeof *r.decoder), .max_rows = PYREC_MAX_ALL_ROWS(in->size)};
    struct pyrec_read *records = NULL;
    if (r.decoder == NULL) {
        (void)err_nomem(err);
        goto out;
    }
    records = pyrec_read_new(in, err);
    ok = records != NULL && take_all(&r, records, err);
out:
    pyrec_read_free(records);
    pyrec_scope_fini(&r.scope);
    arena_fini(&r.arena);
    buf_fini(&r.key);
    free(r.file_keys);
    free(r.decoder);
    return ok;
}

static int bid_pyrec(struct slice head)
{
    int version;
    return pyrec_frames_bid(head, &version);
}

const struct format format_pyrec = {
    .name = "pyrec",
    .title = "pyheatmap recording",
    .bid = bid_pyrec,
    .read = read_pyrec,
};
