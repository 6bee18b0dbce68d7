/* hostile: writes a recording that no recorder would, to standard output, for tests/integration/hostile.sh.
 *
 * Usage: hostile CASE; or hostile line WORD, for a text of one line of 16 MiB that is the word all along. Each breaks
 * no rule of the format but that of a limit of the whole, or none. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include <zstd.h>

#include "formats/pyrec_encode.h"
#include "formats/pyrec_head.h"
#include "src/base/hash.h"

enum { ROWS = PYREC_MAX_ROWS, FULL = PYREC_MAX_PAYLOAD / 2 /* room for one more record */ };

static struct pyrec_encoder encoder;
static struct buf records, body;
static struct pyrec_head head = {.version = PYREC_VERSION, .id = "made to be hosti"};
static uint32_t part;
static ZSTD_CCtx *zstd;
static struct rec_code like; /* what all code objects have in common */

static void check(bool ok, const struct err *err)
{
    if (!ok) {
        (void)fprintf(stderr, "hostile: %s\n", err->msg);
        exit(1);
    }
}

static void put(enum pyrec_tag tag)
{
    buf_varint(&records, tag);
    buf_varint(&records, body.n);
    buf_slice(&records, buf_view(&body));
    buf_clear(&body);
}

static void header(void)
{
    struct err err = {0};
    const struct rec_header h = {.recorder = SLICE("hostile"), .period_ns = 1000000, .time_unit_ns = 1000};
    check(pyrec_encode_header(&body, &h, &err), &err);
    put(PYREC_HEADER);
}

/* Hands the frame out. */
static void frame(enum pyrec_frame_kind kind)
{
    struct buf payload = {0};
    (void)buf_reserve(&payload, PYREC_HEAD_SIZE + records.n);
    payload.n = PYREC_HEAD_SIZE;
    buf_slice(&payload, buf_view(&records));
    head.kind = (uint8_t)kind;
    head.length = (uint32_t)records.n;
    pyrec_head_pack(&head, payload.p);
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
    head.sequence++;
}

static void epoch_frame(void)
{
    head.part = part++;
    frame(PYREC_FRAME_EPOCH);
}

static void next_epoch(void)
{
    if (records.n > 0)
        epoch_frame();
    part = 0;
    head.epoch++;
    header();
}

static void finish(void)
{
    struct err err = {0};
    if (records.n > 0)
        epoch_frame();
    head.epoch = head.part = 0;
    header();
    const struct rec_end end = {.time = 1000, .reason = REC_END_EXIT};
    check(pyrec_encode_end(&body, &end, &err), &err);
    put(PYREC_END);
    frame(PYREC_FRAME_END);
}

static void maybe_frame(void)
{
    if (records.n > FULL)
        epoch_frame();
}

static void process(uint32_t id, uint32_t parent)
{
    struct err err = {0};
    const struct rec_process p = {.id = id, .parent = parent, .pid = id, .python = 0x030d00f0};
    check(pyrec_encode_process(&body, &p, &err), &err);
    put(PYREC_PROCESS);
    maybe_frame();
}

static void thread(uint32_t of, uint32_t id)
{
    struct err err = {0};
    const struct rec_thread t = {.process = of, .id = id, .tid = id};
    check(pyrec_encode_thread(&body, &t, &err), &err);
    put(PYREC_THREAD);
    maybe_frame();
}

static void file(uint32_t id, uint32_t of, const char *name, const uint8_t *hash)
{
    struct err err = {0};
    struct rec_file f = {.id = id, .process = of, .name = slice_str(name), .path = slice_str(name), .inode = id};
    if (hash != NULL) {
        f.source = REC_SOURCE_SEEN;
        memcpy(f.hash, hash, sizeof f.hash);
    }
    check(pyrec_encode_file(&body, &f, &err), &err);
    put(PYREC_FILE);
    maybe_frame();
}

static void codes(uint32_t first, uint32_t n, bool one_file)
{
    static struct rec_code all[ROWS];
    struct err err = {0};
    for (uint32_t i = 0; i < n; i++) {
        all[i] = like;
        all[i].id = REC_CODE_FIRST + first + i;
        all[i].file = one_file ? 1 : first + i + 1;
        all[i].first_line = one_file ? first + i + 1 : 1;
    }
    check(pyrec_encode_codes(&encoder, &body, all, n, &err), &err);
    put(PYREC_CODES);
    maybe_frame();
}

/* Nodes first … on: each on top of the one before (a chain), or all of the root, of the codes `code` on. */
static void nodes(uint32_t of, uint32_t first, uint32_t n, bool chain, uint32_t code)
{
    static uint32_t parent[ROWS], codes_of[ROWS], offset[ROWS];
    struct err err = {0};
    for (uint32_t i = 0; i < n; i++) {
        parent[i] = chain ? first + i - 1 : 0;
        codes_of[i] = REC_CODE_FIRST + (chain ? 0 : code + i);
        offset[i] = 1;
    }
    const struct rec_nodes rows = {
        .process = of, .first = first, .n = n, .parent = parent, .code = codes_of, .offset = offset};
    check(pyrec_encode_nodes(&encoder, &body, &rows, &err), &err);
    put(PYREC_NODES);
    maybe_frame();
}

struct rows {
    uint32_t first, step, weight, repeat, span;
};

static void samples(uint32_t of, uint32_t n, struct rows rows)
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
    const struct rec_samples s = {.process = of,
                                  .n = n,
                                  .time = time,
                                  .thread = threads,
                                  .weight = weight,
                                  .node = node,
                                  .state = state,
                                  .quality = quality,
                                  .repeat = repeat,
                                  .span = span};
    check(pyrec_encode_samples(&encoder, &body, &s, &sum, &err), &err);
    put(PYREC_SAMPLES);
    maybe_frame();
}

/* One process, thread, file, code object and node, sampled once. */
static void little(const uint8_t *hash)
{
    next_epoch();
    process(1, 0);
    thread(1, 1);
    file(1, 1, "/a.py", hash);
    codes(0, 1, true);
    nodes(1, 1, 1, false, 0);
    samples(1, 1, (struct rows){1, 0, 1, 0, 0});
}

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

static void hash_of(size_t n, const char *word, uint8_t hash[HASH_SIZE])
{
    uint8_t *p = many(n, word);
    hash128(slice_of(p, n), hash);
    free(p);
}

/* A text of n bytes, of the same word all along. */
static void text(size_t n, const char *word, const uint8_t hash[HASH_SIZE])
{
    uint8_t *p = many(n, word);
    struct err err = {0};
    for (size_t at = 0; at < n; at += PYREC_MAX_CHUNK) {
        struct rec_source piece = {.total = (uint32_t)n, .offset = (uint32_t)at};
        memcpy(piece.hash, hash, HASH_SIZE);
        piece.bytes = slice_of(p + at, n - at < PYREC_MAX_CHUNK ? n - at : PYREC_MAX_CHUNK);
        header();
        check(pyrec_encode_source(&body, &piece, &err), &err);
        put(PYREC_SOURCE);
        head.epoch = 0;
        head.part = (uint32_t)(at / PYREC_MAX_CHUNK);
        frame(PYREC_FRAME_TEXTS);
    }
    free(p);
}

/* One process of n files, in each of which a function was sampled once. */
static void sampled_files(const char *before, const char *after, uint32_t n, const uint8_t *hash)
{
    next_epoch();
    process(1, 0);
    thread(1, 1);
    for (uint32_t i = 0; i < n; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "%s%u%s", before, i, after);
        file(i + 1, 1, name, hash);
    }
    for (uint32_t at = 0, some; at < n; at += some) {
        some = n - at < ROWS ? n - at : ROWS;
        codes(at, some, false);
        nodes(1, at + 1, some, false, at);
        samples(1, some, (struct rows){at + 1, 1, 1, 0, 0});
    }
}

static void with_text(size_t n, const char *word, uint32_t files)
{
    uint8_t hash[HASH_SIZE];
    hash_of(n, word, hash);
    sampled_files("/f", ".py", files, hash);
    epoch_frame();
    text(n, word, hash);
}

/* --- the cases --------------------------------------------------------------------------------------------------- */

/* 8 GB of nothing in a file of a few hundred KB. */
static void bomb(void)
{
    little(NULL);
    for (unsigned i = 0; i < 2000; i++) {
        epoch_frame();
        for (size_t n = 0; n < PYREC_MAX_CHUNK * 4 - 1024; n++)
            buf_u8(&body, 0);
        put((enum pyrec_tag)PYREC_TAG(100, 0, 0));
    }
}

static void rows(void)
{
    little(NULL);
    for (unsigned i = 0; i < 20000; i++)
        samples(1, ROWS, (struct rows){1, 0, 1, 0, 0});
}

/* Rows that each reach over the whole time. */
static void spans(void)
{
    little(NULL);
    for (unsigned i = 0; i < 200; i++)
        samples(1, ROWS, (struct rows){1, 0, 1, PYREC_MAX_REPEAT, UINT32_MAX});
}

static void counts(void)
{
    little(NULL);
    for (unsigned i = 0; i < 40; i++)
        samples(1, ROWS, (struct rows){1, 0, PYREC_MAX_WEIGHT, PYREC_MAX_REPEAT, 0});
}

/* Heads that say what cannot be; the frame between them is missing. */
static void heads(void)
{
    little(NULL);
    head.weight_before = 1ull << 63;
    head.weight = UINT64_MAX;
    head.since = head.until = UINT64_MAX;
    epoch_frame();
    head.sequence += 1000000;
    head.weight_before = 1;
    next_epoch();
    process(1, 0);
    thread(1, 1);
    file(1, 1, "/a.py", NULL);
    codes(0, 1, true);
    nodes(1, 1, 1, false, 0);
    samples(1, 1, (struct rows){1, 0, 1, 0, 0});
    head.weight_before = UINT64_MAX;
    epoch_frame();
    head.sequence++;
}

static void deep(void)
{
    little(NULL);
    const uint32_t depth = 1u << 21;
    for (uint32_t at = 2; at < depth; at += ROWS)
        nodes(1, at, at + ROWS < depth ? ROWS : depth - at, true, 0);
    for (uint32_t at = 2; at + 64 * ROWS < depth; at += 64 * ROWS)
        samples(1, ROWS, (struct rows){at, 64, 1, 0, 0});
}

static void processes(void)
{
    next_epoch();
    for (uint32_t id = 1; id <= PYREC_MAX_PROCESSES; id++)
        process(id, id < PYREC_MAX_PROCESSES ? id + 1 : 1); /* a ring */
    thread(1, 1);
    for (uint32_t id = 1; id <= 20000; id++) {
        char name[32];
        (void)snprintf(name, sizeof name, "/f%u.py", id);
        file(id, id, name, NULL);
    }
    for (uint32_t at = 0; at < 20000; at += 10000) {
        codes(at, 10000, false);
        nodes(1, at + 1, 10000, false, at);
        samples(1, 10000, (struct rows){at + 1, 1, 1, 0, 0});
    }
}

/* Many epochs that each say little, of high numbers. */
static void epochs(void)
{
    for (unsigned i = 0; i < 20000; i++) {
        next_epoch();
        process(PYREC_MAX_PROCESSES - i % 7, 0);
        epoch_frame();
    }
}

static void threads(void)
{
    for (uint32_t epoch = 0; epoch < 64; epoch++) {
        next_epoch();
        for (uint32_t i = 1; i <= 15; i++) {
            process(epoch * 15 + i, 0);
            thread(epoch * 15 + i, PYREC_MAX_THREADS);
        }
        epoch_frame();
    }
}

static void files(void)
{
    for (uint32_t epoch = 0; epoch < 4; epoch++) {
        next_epoch();
        process(1, 0);
        thread(1, 1);
        for (uint32_t i = 0; i < 250000; i++) {
            char name[32];
            (void)snprintf(name, sizeof name, "/%u.py", epoch * 250000 + i);
            file(i + 1, 1, name, NULL);
        }
        for (uint32_t at = 0; at < 250000; at += 10000) {
            codes(at, 10000, false);
            nodes(1, at + 1, 10000, false, at);
            samples(1, 10000, (struct rows){at + 1, 1, 1, 0, 0});
        }
    }
}

/* Names that lead elsewhere, meet others, or are no names. */
static void names(void)
{
    static char longest[10001], null[] = "/srv/nul\0.py";
    static const char *const all[] = {
        "/etc/passwd",
        "../../../../../../tmp/up.py",
        "/srv/../../etc/up.py",
        "..",
        "/",
        "/srv/Case.py",
        "/srv/case.py",
        "/srv/CASE.py",
        "/srv/con.py",
        "/srv/.hidden.py",
        "/srv/a\nb.py",
        "/srv/<script>.py",
        "/srv/\xff\xfe.py",
        "~",
        "/srv/..",
        "/srv/a.py/",
        "//srv//a.py",
        "/srv/./a.py",
        "/srv/index",
        "heatmap.css",
    };
    enum { N = sizeof all / sizeof *all };
    struct err err = {0};
    memset(longest, 'x', sizeof longest - 1);
    longest[0] = '/';
    next_epoch();
    process(1, 0);
    thread(1, 1);
    const struct rec_root root = {.process = 1, .kind = REC_ROOT_SCRIPT, .path = SLICE("/srv")};
    check(pyrec_encode_root(&body, &root, &err), &err);
    put(PYREC_ROOT);
    for (uint32_t i = 0; i < N; i++)
        file(i + 1, 1, all[i], NULL);
    file(N + 1, 1, longest, NULL);
    for (uint32_t i = 0; i < 3; i++) {
        /* The same name three times: with a NUL, and as a path and as no path. */
        const struct rec_file f = {.id = N + 2 + i,
                                   .process = 1,
                                   .name = i == 0 ? slice_of(null, sizeof null - 1) : SLICE("/srv/twice.py"),
                                   .path = i == 1 ? SLICE("/srv/twice.py") : SLICE("")};
        check(pyrec_encode_file(&body, &f, &err), &err);
        put(PYREC_FILE);
    }
    codes(0, N + 4, false);
    nodes(1, 1, N + 4, false, 0);
    samples(1, N + 4, (struct rows){1, 1, 1, 0, 0});
}

static void long_line(void)
{
    with_text(PYREC_MAX_SOURCE, "x", 1);
}

static void many_lines(void)
{
    with_text(PYREC_MAX_SOURCE, "\n", 1);
}

/* One text of 16 MiB as the text of each of many files. */
static void shared_text(void)
{
    with_text(PYREC_MAX_SOURCE, "\n", 1000);
}

/* A text of 16 Mi lines, of which each of half a million functions has all that follow. */
static void wide(void)
{
    enum { ALL = PYREC_MAX_CODES / 2 };
    uint8_t hash[HASH_SIZE];
    hash_of(PYREC_MAX_SOURCE, "\n", hash);
    little(hash);
    like.flags = 1; /* CO_OPTIMIZED: of a function */
    like.line_table = SLICE("\xf7\0\x7f\x7f\x7f\x3f\0\0");
    for (uint32_t first = 1, n; first < ALL; first += n) {
        n = ALL - first < ROWS ? ALL - first : ROWS;
        codes(first, n, true);
        nodes(1, 1 + first, n, false, first);
        samples(1, n, (struct rows){1 + first, 1, 1, 0, 0});
    }
    epoch_frame();
    text(PYREC_MAX_SOURCE, "\n", hash);
}

/* An argument that is a secret: letters a, and a number. */
static void secret(uint32_t of, size_t letters, uint32_t number)
{
    static char arg[PYREC_MAX_STRING];
    struct err err = {0};
    const struct slice args[] = {SLICE("python"), SLICE("a.py"), SLICE("--token"), slice_of(arg, letters + 8)};
    memset(arg, 'a', letters);
    (void)snprintf(arg + letters, sizeof arg - letters, "%08u", number);
    const struct rec_argv argv = {.process = of, .n = 4, .args = args};
    check(pyrec_encode_argv(&body, &argv, &err), &err);
    put(PYREC_ARGV);
    maybe_frame();
}

/* n secrets that begin alike, and a text that is nothing but how they begin. */
static void secrets(uint32_t n, size_t letters)
{
    uint8_t hash[HASH_SIZE];
    hash_of(PYREC_MAX_SOURCE, "a", hash);
    little(hash);
    for (uint32_t id = 1; id <= n; id++) {
        if (id > 1)
            process(id, 1);
        secret(id, letters, id);
    }
    epoch_frame();
    text(PYREC_MAX_SOURCE, "a", hash);
}

static void many_secrets(void)
{
    secrets(60000, 100);
}

static void long_secret(void)
{
    secrets(1, 60000);
}

static void homes(void)
{
    sampled_files("/home/", "/a.py", 200000, NULL);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*make)(void);
    } cases[] = {
        {"bomb", bomb},
        {"rows", rows},
        {"spans", spans},
        {"counts", counts},
        {"heads", heads},
        {"deep", deep},
        {"processes", processes},
        {"epochs", epochs},
        {"threads", threads},
        {"files", files},
        {"names", names},
        {"long-line", long_line},
        {"many-lines", many_lines},
        {"shared-text", shared_text},
        {"wide", wide},
        {"many-secrets", many_secrets},
        {"long-secret", long_secret},
        {"homes", homes},
    };
    like = (struct rec_code){.python = 0x030d,
                             .first_line = 1,
                             .units = 100,
                             .name = SLICE("f"),
                             .qualname = SLICE("f"),
                             .line_table = SLICE("\x80\x01")};
    zstd = ZSTD_createCCtx();
    if (zstd != NULL && argc == 3 && strcmp(argv[1], "line") == 0) {
        with_text(PYREC_MAX_SOURCE, argv[2], 1);
        finish();
        return fflush(stdout) == 0 ? 0 : 1;
    }
    for (size_t i = 0; zstd != NULL && argc == 2 && i < sizeof cases / sizeof *cases; i++) {
        if (strcmp(argv[1], cases[i].name) == 0) {
            cases[i].make();
            finish();
            return fflush(stdout) == 0 ? 0 : 1;
        }
    }
    return 2;
}
