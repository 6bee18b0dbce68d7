#include "config.h"

#include "tests/support/forge.h"

#include <stdio.h>
#include <stdlib.h>

#include <zstd.h>

enum { ROWS = PYREC_MAX_ROWS, FULL = PYREC_MAX_PAYLOAD / 2 /* room for one more record */ };

struct forge forge = {
    .head = {.version = PYREC_VERSION, .id = "made to be hosti"},
    .like = {.python = 0x030d,
             .first_line = 1,
             .units = 100,
             .name = SLICE("f"),
             .qualname = SLICE("f"),
             .line_table = SLICE("\x80\x01")},
};

static struct pyrec_encoder encoder;
static struct buf records;
static uint32_t part;
static ZSTD_CCtx *zstd;

/* --- frames ------------------------------------------------------------------------------------------------------ */

void forge_check(bool ok, const struct err *err)
{
    if (!ok) {
        (void)fprintf(stderr, "hostile: %s\n", err->msg);
        exit(1);
    }
}

/* The body as a record. */
static void put(enum pyrec_tag tag)
{
    buf_varint(&records, tag);
    buf_varint(&records, forge.body.n);
    buf_slice(&records, buf_view(&forge.body));
    buf_clear(&forge.body);
}

static void header(void)
{
    struct err err = {0};
    const struct rec_header h = {.recorder = SLICE("hostile"), .period_ns = 1000000, .time_unit_ns = 1000};
    forge_check(pyrec_encode_header(&forge.body, &h, &err), &err);
    put(PYREC_HEADER);
}

/* Hands the records out. */
static void frame(enum pyrec_frame_kind kind)
{
    struct buf payload = {0};
    (void)buf_reserve(&payload, PYREC_HEAD_SIZE + records.n);
    payload.n = PYREC_HEAD_SIZE;
    buf_slice(&payload, buf_view(&records));
    forge.head.kind = (uint8_t)kind;
    forge.head.length = (uint32_t)records.n;
    pyrec_head_pack(&forge.head, payload.p);
    size_t cap = ZSTD_compressBound(payload.n);
    uint8_t *out = malloc(cap);
    (void)ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1);
    (void)ZSTD_CCtx_setParameter(zstd, ZSTD_c_windowLog, PYREC_MAX_PAYLOAD_LOG);
    size_t n = out == NULL ? 0 : ZSTD_compress2(zstd, out, cap, payload.p, payload.n);
    if (n == 0 || ZSTD_isError(n) || fwrite(out, n, 1, stdout) != 1)
        exit(1);
    free(out);
    buf_fini(&payload);
    buf_clear(&records);
    forge.head.sequence++;
}

void forge_epoch_frame(void)
{
    if (records.n == 0)
        return;
    forge.head.part = part++;
    frame(PYREC_FRAME_EPOCH);
}

void forge_next_epoch(void)
{
    forge_epoch_frame();
    part = 0;
    forge.head.epoch++;
    header();
}

void forge_begin(void)
{
    zstd = ZSTD_createCCtx();
    if (zstd == NULL)
        exit(1);
}

void forge_end(void)
{
    struct err err = {0};
    forge_epoch_frame();
    forge.head.epoch = forge.head.part = 0;
    header();
    const struct rec_end end = {.time = 1000, .reason = REC_END_EXIT};
    forge_check(pyrec_encode_end(&forge.body, &end, &err), &err);
    put(PYREC_END);
    frame(PYREC_FRAME_END);
    if (fflush(stdout) != 0)
        exit(1);
}

void forge_record(enum pyrec_tag tag)
{
    put(tag);
    if (records.n > FULL)
        forge_epoch_frame();
}

/* --- records ----------------------------------------------------------------------------------------------------- */

void forge_process(uint32_t id, uint32_t parent)
{
    struct err err = {0};
    const struct rec_process p = {.id = id, .parent = parent, .pid = id, .python = 0x030d00f0};
    forge_check(pyrec_encode_process(&forge.body, &p, &err), &err);
    forge_record(PYREC_PROCESS);
}

void forge_thread(uint32_t process, uint32_t id)
{
    struct err err = {0};
    const struct rec_thread t = {.process = process, .id = id, .tid = id};
    forge_check(pyrec_encode_thread(&forge.body, &t, &err), &err);
    forge_record(PYREC_THREAD);
}

void forge_file(uint32_t id, uint32_t process, const char *name, const uint8_t *hash)
{
    struct err err = {0};
    struct rec_file f = {.id = id, .process = process, .name = slice_str(name), .path = slice_str(name), .inode = id};
    if (hash != NULL) {
        f.source = REC_SOURCE_SEEN;
        memcpy(f.hash, hash, sizeof f.hash);
    }
    forge_check(pyrec_encode_file(&forge.body, &f, &err), &err);
    forge_record(PYREC_FILE);
}

void forge_codes(uint32_t first, uint32_t n, bool one_file)
{
    static struct rec_code all[ROWS];
    struct err err = {0};
    for (uint32_t i = 0; i < n; i++) {
        all[i] = forge.like;
        all[i].id = REC_CODE_FIRST + first + i;
        all[i].file = one_file ? 1 : first + i + 1;
        all[i].first_line = one_file ? first + i + 1 : 1;
    }
    forge_check(pyrec_encode_codes(&encoder, &forge.body, all, n, &err), &err);
    forge_record(PYREC_CODES);
}

void forge_nodes(uint32_t process, uint32_t first, uint32_t n, bool chain, uint32_t code)
{
    static uint32_t parent[ROWS], codes_of[ROWS], offset[ROWS];
    struct err err = {0};
    for (uint32_t i = 0; i < n; i++) {
        parent[i] = chain ? first + i - 1 : 0;
        codes_of[i] = REC_CODE_FIRST + (chain ? 0 : code + i);
        offset[i] = 1;
    }
    const struct rec_nodes rows = {
        .process = process, .first = first, .n = n, .parent = parent, .code = codes_of, .offset = offset};
    forge_check(pyrec_encode_nodes(&encoder, &forge.body, &rows, &err), &err);
    forge_record(PYREC_NODES);
}

void forge_samples(uint32_t process, uint32_t n, struct forge_rows rows)
{
    static uint64_t time[ROWS];
    static uint32_t threads[ROWS], weight[ROWS], node[ROWS], repeat[ROWS], span[ROWS];
    static uint8_t state[ROWS], quality[ROWS];
    struct err err = {0};
    uint64_t sum;
    for (uint32_t i = 0; i < n; i++) {
        threads[i] = 1;
        weight[i] = rows.weight;
        node[i] = rows.first + i * rows.step;
        state[i] = REC_STATE_CPU;
        repeat[i] = rows.repeat;
        span[i] = rows.span;
    }
    const struct rec_samples s = {.process = process,
                                  .n = n,
                                  .time = time,
                                  .thread = threads,
                                  .weight = weight,
                                  .node = node,
                                  .state = state,
                                  .quality = quality,
                                  .repeat = repeat,
                                  .span = span};
    forge_check(pyrec_encode_samples(&encoder, &forge.body, &s, &sum, &err), &err);
    forge_record(PYREC_SAMPLES);
}

/* --- epochs ------------------------------------------------------------------------------------------------------ */

void forge_epoch_of_one(void)
{
    forge_next_epoch();
    forge_process(1, 0);
    forge_thread(1, 1);
}

void forge_sampled(uint32_t first, uint32_t n, bool one_file)
{
    for (const uint32_t end = first + n; first < end; first += n) {
        n = end - first < ROWS ? end - first : ROWS;
        forge_codes(first, n, one_file);
        forge_nodes(1, first + 1, n, false, first);
        forge_samples(1, n, (struct forge_rows){first + 1, 1, 1, 0, 0});
    }
}

void forge_little(const uint8_t *hash)
{
    forge_epoch_of_one();
    forge_file(1, 1, "/a.py", hash);
    forge_sampled(0, 1, true);
}

void forge_files(const char *before, uint32_t first, const char *after, uint32_t n, const uint8_t *hash)
{
    forge_epoch_of_one();
    for (uint32_t i = 0; i < n; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "%s%u%s", before, first + i, after);
        forge_file(i + 1, 1, name, hash);
    }
    forge_sampled(0, n, false);
}

/* --- texts ------------------------------------------------------------------------------------------------------- */

static uint8_t *many(size_t n, const char *word)
{
    const size_t length = strlen(word);
    uint8_t *p = malloc(n);
    if (p == NULL || length == 0)
        exit(1);
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)word[i % length];
    return p;
}

void forge_hash(size_t n, const char *word, uint8_t hash[HASH_SIZE])
{
    uint8_t *p = many(n, word);
    hash128(slice_of(p, n), hash);
    free(p);
}

void forge_text(size_t n, const char *word, const uint8_t hash[HASH_SIZE])
{
    uint8_t *p = many(n, word);
    struct err err = {0};
    forge_epoch_frame();
    forge.head.epoch = 0;
    for (size_t at = 0; at < n; at += PYREC_MAX_CHUNK) {
        struct rec_source piece = {.total = (uint32_t)n, .offset = (uint32_t)at};
        memcpy(piece.hash, hash, HASH_SIZE);
        piece.bytes = slice_of(p + at, n - at < PYREC_MAX_CHUNK ? n - at : PYREC_MAX_CHUNK);
        header();
        forge_check(pyrec_encode_source(&forge.body, &piece, &err), &err);
        put(PYREC_SOURCE);
        forge.head.part = (uint32_t)(at / PYREC_MAX_CHUNK);
        frame(PYREC_FRAME_TEXTS);
    }
    free(p);
}
