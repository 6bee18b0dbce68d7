#include "config.h"

#include "formats/pyrec_write.h"

#include <stdlib.h>

#include <zstd.h>

#include "formats/pyrec_check.h"
#include "formats/pyrec_encode.h"
#include "formats/pyrec_head.h"
#include "formats/pyrec_scope.h"
#include "src/base/arena.h"
#include "src/base/hash.h"

enum {
    DEFAULT_LEVEL = 3,
    MAX_PENDING_CODES = 1024,
    MAX_PENDING_BYTES = 512 * 1024,
    RECORD_OVERHEAD = 16, /* tag and length, at most */
    CODE_COLUMNS = 64,    /* bytes of a code object in its block's columns, at most */
    CODES_OVERHEAD = 256, /* bytes of a block of code objects without any, at most */
};

/* A payload that is being filled: room for the head, then records. */
struct frame {
    enum pyrec_frame_kind kind;
    struct buf payload; /* owned */
    uint32_t part;      /* of the next frame of this kind or, for an epoch's frames, of this epoch */
    uint64_t weight;    /* ticks of the samples in it */
};

struct pyrec_write {
    struct pyrec_write_options options;
    struct rec_header header; /* recorder: in header_arena */
    struct arena header_arena;
    ZSTD_CCtx *zstd; /* owned */
    uint8_t *out;    /* owned; a compressed frame */
    size_t out_cap;
    struct pyrec_encoder encoder;
    struct pyrec_scope scope;
    struct buf body; /* of the record that is being made */

    struct frame epoch_frame, texts_frame, end_frame;
    bool epoch_open; /* its HEADER is written or pending */
    uint32_t epoch;
    uint32_t sequence;
    uint64_t weight; /* ticks of the samples in all frames that are out */
    uint64_t now;    /* what was written up to here is complete */
    uint64_t until;  /* `now` of the last frame that is out */

    struct rec_code codes[MAX_PENDING_CODES]; /* strings: in code_arena */
    uint32_t n_codes;
    size_t code_bytes;
    struct arena code_arena;

    uint64_t size, source_size;
    bool failed, ended;
};

void pyrec_hash(struct slice text, uint8_t hash[REC_HASH_SIZE])
{
    hash128(text, hash);
}

uint64_t pyrec_write_size(const struct pyrec_write *w)
{
    return w->size;
}

uint64_t pyrec_write_source_size(const struct pyrec_write *w)
{
    return w->source_size;
}

uint64_t pyrec_write_definitions(const struct pyrec_write *w)
{
    return w->scope.definitions;
}

static bool fail(struct pyrec_write *w)
{
    w->failed = true;
    return false;
}

static bool usable(const struct pyrec_write *w, struct err *err)
{
    if (w->failed)
        return err_set(err, ERR_SYSTEM, "the recording cannot be written any further");
    if (w->ended)
        return err_set(err, ERR_CORRUPT, "the recording has ended");
    return true;
}

static bool set_up_zstd(struct pyrec_write *w, struct err *err)
{
    int level = w->options.level == 0 ? DEFAULT_LEVEL : w->options.level;
    w->zstd = ZSTD_createCCtx();
    w->out_cap = ZSTD_compressBound(PYREC_MAX_PAYLOAD);
    w->out = malloc(w->out_cap);
    if (w->zstd == NULL || w->out == NULL)
        return err_nomem(err);
    /* The window covers the largest payload, so that every frame is of the one form that §2.1 allows. */
    if (ZSTD_isError(ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_compressionLevel, level)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_checksumFlag, 1)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_contentSizeFlag, 1)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_windowLog, PYREC_MAX_PAYLOAD_LOG)))
        return err_set(err, ERR_USAGE, "zstd refuses level %d", level);
    return true;
}

struct pyrec_write *pyrec_write_new(const struct pyrec_write_options *options, const struct rec_header *header,
                                    struct err *err)
{
    if (!pyrec_check_header(header, err))
        return NULL;
    struct pyrec_write *w = calloc(1, sizeof *w);
    if (w == NULL) {
        (void)err_nomem(err);
        return NULL;
    }
    w->options = *options;
    w->header = *header;
    w->header.recorder = arena_copy(&w->header_arena, header->recorder);
    w->epoch_frame.kind = PYREC_FRAME_EPOCH;
    w->texts_frame.kind = PYREC_FRAME_TEXTS;
    w->end_frame.kind = PYREC_FRAME_END;
    if (w->header.recorder.p == NULL)
        (void)err_nomem(err);
    else if (set_up_zstd(w, err))
        return w;
    pyrec_write_free(w);
    return NULL;
}

void pyrec_write_free(struct pyrec_write *w)
{
    if (w == NULL)
        return;
    arena_fini(&w->header_arena);
    arena_fini(&w->code_arena);
    (void)ZSTD_freeCCtx(w->zstd);
    free(w->out);
    pyrec_scope_fini(&w->scope);
    buf_fini(&w->body);
    buf_fini(&w->epoch_frame.payload);
    buf_fini(&w->texts_frame.payload);
    buf_fini(&w->end_frame.payload);
    free(w);
}

/* Compresses a frame and hands it out, then empties it. */
static bool frame_out(struct pyrec_write *w, struct frame *f, struct err *err)
{
    if (f->payload.n == 0)
        return true;
    struct pyrec_head head = {
        .version = PYREC_VERSION,
        .kind = (uint8_t)f->kind,
        .epoch = f->kind == PYREC_FRAME_EPOCH ? w->epoch : 0,
        .part = f->part,
        .sequence = w->sequence,
        .length = (uint32_t)(f->payload.n - PYREC_HEAD_SIZE),
        .weight_before = w->weight,
        .weight = f->weight,
        .since = w->until,
        .until = w->now,
    };
    memcpy(head.id, w->header.id, sizeof head.id);
    pyrec_head_pack(&head, f->payload.p);
    size_t n = ZSTD_compress2(w->zstd, w->out, w->out_cap, f->payload.p, f->payload.n);
    if (ZSTD_isError(n)) {
        (void)err_set(err, ERR_SYSTEM, "zstd: %s", ZSTD_getErrorName(n));
        return fail(w);
    }
    if (!w->options.output(w->options.self, w->out, n, err))
        return fail(w);
    w->size += n;
    if (f->kind == PYREC_FRAME_TEXTS)
        w->source_size += n;
    w->sequence++;
    w->weight += f->weight;
    w->until = w->now;
    f->part++;
    f->weight = 0;
    buf_clear(&f->payload);
    return true;
}

/* Appends w->body as a record, after handing out the frame if there is no room for it. */
static bool append(struct pyrec_write *w, struct frame *f, enum pyrec_tag tag, struct err *err)
{
    const size_t room = PYREC_MAX_PAYLOAD - RECORD_OVERHEAD;
    if (!buf_ok(&w->body)) {
        (void)err_nomem(err);
        return fail(w);
    }
    if (w->body.n > room - PYREC_HEAD_SIZE)
        return err_set(err, ERR_LIMIT, "a record of %zu bytes does not fit a frame", w->body.n);
    if (f->payload.n > room - w->body.n && !frame_out(w, f, err))
        return false;
    if (f->payload.n == 0) {
        static const uint8_t head[PYREC_HEAD_SIZE];
        buf_bytes(&f->payload, head, sizeof head);
    }
    buf_varint(&f->payload, tag);
    buf_varint(&f->payload, w->body.n);
    buf_slice(&f->payload, buf_view(&w->body));
    if (!buf_ok(&f->payload)) {
        (void)err_nomem(err);
        return fail(w);
    }
    return true;
}

static bool append_header(struct pyrec_write *w, struct frame *f, struct err *err)
{
    buf_clear(&w->body);
    return pyrec_encode_header(&w->body, &w->header, err) && append(w, f, PYREC_HEADER, err);
}

/* Before every record of an epoch. Leaves w->body empty for it. */
static bool begin(struct pyrec_write *w, struct err *err)
{
    if (!usable(w, err))
        return false;
    if (!w->epoch_open) {
        w->epoch++;
        w->epoch_frame.part = 0;
        pyrec_scope_epoch(&w->scope);
        if (!append_header(w, &w->epoch_frame, err))
            return false;
        w->epoch_open = true;
    }
    buf_clear(&w->body);
    return true;
}

static bool append_to_epoch(struct pyrec_write *w, enum pyrec_tag tag, struct err *err)
{
    return append(w, &w->epoch_frame, tag, err);
}

/* Whether the definition in w->body fits the epoch. Asked before the scope takes note of it. */
static bool has_room(struct pyrec_write *w, struct err *err)
{
    return pyrec_scope_definition(&w->scope, w->body.n, err);
}

/* Writes the code objects that were collected. */
static bool codes_out(struct pyrec_write *w, struct err *err)
{
    if (w->n_codes == 0)
        return true;
    buf_clear(&w->body);
    bool ok =
        pyrec_encode_codes(&w->encoder, &w->body, w->codes, w->n_codes, err) && append_to_epoch(w, PYREC_CODES, err);
    w->n_codes = 0;
    w->code_bytes = 0;
    arena_reset(&w->code_arena);
    return ok || fail(w);
}

/* The epoch's frame goes first: it may hold the header, without which a reader can make nothing of the others. */
static bool everything_out(struct pyrec_write *w, struct err *err)
{
    return codes_out(w, err) && frame_out(w, &w->epoch_frame, err) && frame_out(w, &w->texts_frame, err);
}

bool pyrec_write_flush(struct pyrec_write *w, uint64_t now, struct err *err)
{
    if (!begin(w, err))
        return false;
    if (now > PYREC_MAX_TIME)
        return err_set(err, ERR_LIMIT, "the recording is too long");
    w->now = now > w->now ? now : w->now;
    return everything_out(w, err);
}

bool pyrec_write_epoch(struct pyrec_write *w, struct err *err)
{
    if (!usable(w, err) || !everything_out(w, err))
        return false;
    w->epoch_open = false;
    return true;
}

bool pyrec_write_host(struct pyrec_write *w, const struct rec_host *host, struct err *err)
{
    return begin(w, err) && pyrec_encode_host(&w->body, host, err) && has_room(w, err) &&
           append_to_epoch(w, PYREC_HOST, err);
}

bool pyrec_write_process(struct pyrec_write *w, const struct rec_process *process, struct err *err)
{
    return begin(w, err) && pyrec_encode_process(&w->body, process, err) && has_room(w, err) &&
           pyrec_scope_process(&w->scope, process, err) && append_to_epoch(w, PYREC_PROCESS, err);
}

bool pyrec_write_argv(struct pyrec_write *w, const struct rec_argv *argv, struct err *err)
{
    return begin(w, err) && pyrec_encode_argv(&w->body, argv, err) && has_room(w, err) &&
           pyrec_scope_knows(&w->scope, argv->process, err) && append_to_epoch(w, PYREC_ARGV, err);
}

bool pyrec_write_env(struct pyrec_write *w, const struct rec_env *env, struct err *err)
{
    return begin(w, err) && pyrec_encode_env(&w->body, env, err) && has_room(w, err) &&
           pyrec_scope_knows(&w->scope, env->process, err) && append_to_epoch(w, PYREC_ENV, err);
}

bool pyrec_write_root(struct pyrec_write *w, const struct rec_root *root, struct err *err)
{
    return begin(w, err) && pyrec_encode_root(&w->body, root, err) && has_room(w, err) &&
           pyrec_scope_knows(&w->scope, root->process, err) && append_to_epoch(w, PYREC_ROOT, err);
}

bool pyrec_write_thread(struct pyrec_write *w, const struct rec_thread *thread, struct err *err)
{
    return begin(w, err) && pyrec_encode_thread(&w->body, thread, err) && has_room(w, err) &&
           pyrec_scope_thread(&w->scope, thread, err) && append_to_epoch(w, PYREC_THREAD, err);
}

bool pyrec_write_file(struct pyrec_write *w, const struct rec_file *file, struct err *err)
{
    return begin(w, err) && pyrec_encode_file(&w->body, file, err) && has_room(w, err) &&
           pyrec_scope_file(&w->scope, file, err) && append_to_epoch(w, PYREC_FILE, err);
}

bool pyrec_write_code(struct pyrec_write *w, const struct rec_code *code, struct err *err)
{
    if (!begin(w, err) || !pyrec_check_code(code, err))
        return false;
    size_t size = code->name.n + code->qualname.n + code->line_table.n + CODE_COLUMNS;
    if (!pyrec_scope_definition(&w->scope, w->n_codes == 0 ? size + CODES_OVERHEAD : size, err) ||
        !pyrec_scope_code(&w->scope, code, err))
        return false;
    struct rec_code *copy = &w->codes[w->n_codes];
    *copy = *code;
    copy->name = arena_copy(&w->code_arena, code->name);
    copy->qualname = arena_copy(&w->code_arena, code->qualname);
    copy->line_table = arena_copy(&w->code_arena, code->line_table);
    if (copy->name.p == NULL || copy->qualname.p == NULL || copy->line_table.p == NULL) {
        (void)err_nomem(err);
        return fail(w);
    }
    w->n_codes++;
    w->code_bytes += size;
    return w->n_codes < MAX_PENDING_CODES && w->code_bytes < MAX_PENDING_BYTES ? true : codes_out(w, err);
}

bool pyrec_write_nodes(struct pyrec_write *w, const struct rec_nodes *nodes, struct err *err)
{
    if (!begin(w, err) || !codes_out(w, err))
        return false;
    buf_clear(&w->body);
    return pyrec_encode_nodes(&w->encoder, &w->body, nodes, err) && has_room(w, err) &&
           pyrec_scope_nodes(&w->scope, nodes, err) && append_to_epoch(w, PYREC_NODES, err);
}

bool pyrec_write_samples(struct pyrec_write *w, const struct rec_samples *samples, struct err *err)
{
    uint64_t weight = 0;
    if (!begin(w, err) || !pyrec_encode_samples(&w->encoder, &w->body, samples, &weight, err) ||
        !pyrec_scope_samples(&w->scope, samples, err) || !append_to_epoch(w, PYREC_SAMPLES, err))
        return false;
    w->epoch_frame.weight += weight;
    return true;
}

bool pyrec_write_ticks(struct pyrec_write *w, const struct rec_ticks *ticks, struct err *err)
{
    return begin(w, err) && pyrec_encode_ticks(&w->encoder, &w->body, ticks, err) &&
           pyrec_scope_knows(&w->scope, ticks->process, err) && append_to_epoch(w, PYREC_TICKS, err);
}

bool pyrec_write_losses(struct pyrec_write *w, const struct rec_losses *losses, struct err *err)
{
    return begin(w, err) && pyrec_encode_losses(&w->encoder, &w->body, losses, err) &&
           pyrec_scope_losses(&w->scope, losses, err) && append_to_epoch(w, PYREC_LOSSES, err);
}

bool pyrec_write_exit(struct pyrec_write *w, const struct rec_exit *gone, struct err *err)
{
    return begin(w, err) && pyrec_encode_exit(&w->body, gone, err) &&
           pyrec_scope_knows(&w->scope, gone->process, err) && append_to_epoch(w, PYREC_EXIT, err);
}

/* Before every record outside epochs: each of these frames begins with the header too, so that it can be read alone. */
static bool begin_text(struct pyrec_write *w, size_t size, struct err *err)
{
    struct frame *f = &w->texts_frame;
    if (!begin(w, err))
        return false;
    if (f->payload.n + size + RECORD_OVERHEAD + REC_HASH_SIZE + RECORD_OVERHEAD > PYREC_MAX_PAYLOAD &&
        !everything_out(w, err))
        return false;
    if (f->payload.n == 0 && !append_header(w, f, err))
        return false;
    buf_clear(&w->body);
    return true;
}

bool pyrec_write_note(struct pyrec_write *w, struct slice markdown, struct err *err)
{
    return begin_text(w, markdown.n, err) && pyrec_encode_note(&w->body, markdown, err) &&
           append(w, &w->texts_frame, PYREC_NOTE, err);
}

bool pyrec_write_source(struct pyrec_write *w, const uint8_t hash[REC_HASH_SIZE], struct slice text, struct err *err)
{
    if (text.n > PYREC_MAX_SOURCE)
        return err_set(err, ERR_LIMIT, "a source text of %zu bytes is over the limit, %u", text.n, PYREC_MAX_SOURCE);
    struct rec_source piece = {.total = (uint32_t)text.n};
    memcpy(piece.hash, hash, sizeof piece.hash);
    do {
        size_t left = text.n - piece.offset;
        piece.bytes = slice_of(text.p + piece.offset, left < PYREC_MAX_CHUNK ? left : PYREC_MAX_CHUNK);
        if (!begin_text(w, piece.bytes.n, err) || !pyrec_encode_source(&w->body, &piece, err) ||
            !append(w, &w->texts_frame, PYREC_SOURCE, err))
            return false;
        piece.offset += (uint32_t)piece.bytes.n;
    } while (piece.offset < text.n);
    return true;
}

bool pyrec_write_end(struct pyrec_write *w, const struct rec_end *end, struct err *err)
{
    if (!begin(w, err) || !pyrec_check_end(end, err))
        return false;
    w->now = end->time > w->now ? end->time : w->now;
    if (!everything_out(w, err) || !append_header(w, &w->end_frame, err))
        return false;
    buf_clear(&w->body);
    if (!pyrec_encode_end(&w->body, end, err) || !append(w, &w->end_frame, PYREC_END, err) ||
        !frame_out(w, &w->end_frame, err))
        return false;
    w->ended = true;
    return true;
}
