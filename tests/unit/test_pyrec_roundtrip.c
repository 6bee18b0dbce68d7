/* What is written is read again: every kind of record, epochs, several frames, long texts. */
#include "config.h"

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "formats/pyrec.h"
#include "formats/pyrec_write.h"
#include "src/base/hash.h"
#include "tests/formats/dump.h"

static const struct rec_header header = {
    .id = "0123456789abcdef",
    .recorder = SLICE("pyrecord test"),
    .period_ns = 1000000,
    .time_unit_ns = 1000,
    .started_ns = 1790000000000000000,
    .monotonic_ns = 12345678901,
};

/* Everything that is written goes to the encoder, and to a dump that says what is to come out again. */
struct both {
    struct pyrec_write *w;
    struct dump expected;
    struct sink sink; /* of expected */
    struct buf file;
    struct err err;
};

static void begin(struct both *b)
{
    *b = (struct both){.expected = {.rows = true}};
    b->sink = dump_sink(&b->expected);
    const struct pyrec_write_options options = {.self = &b->file, .output = memory_output};
    b->w = pyrec_write_new(&options, &header, &b->err);
    assert_non_null(b->w);
    assert_true(b->sink.header(&b->expected, &header, &b->err));
}

static void read_back(struct both *b, struct dump *actual)
{
    struct slice bytes = buf_view(&b->file);
    struct format_input in = memory_input(&bytes);
    struct sink sink = dump_sink(actual);
    if (!format_pyrec.read(&in, &sink, &b->err))
        fail_msg("%s", b->err.msg);
    buf_u8(&actual->text, '\0');
}

static void finish(struct both *b)
{
    const struct rec_end end = {
        .time = 99999, .reason = REC_END_EXIT, .status = 256, .wakes = 7, .read = 6, .dropped = 1, .cpu_ns = 5};
    assert_true(pyrec_write_end(b->w, &end, &b->err));
    assert_true(b->sink.end(&b->expected, &end, &b->err));
    assert_false(pyrec_write_flush(b->w, 100000, &b->err));
    err_clear(&b->err);
    buf_u8(&b->expected.text, '\0');

    struct dump actual = {.rows = true};
    read_back(b, &actual);
    assert_string_equal(actual.text.p, b->expected.text.p);
    assert_int_equal(actual.weight, b->expected.weight);
    assert_int_equal(pyrec_write_size(b->w), b->file.n);

    pyrec_write_free(b->w);
    dump_fini(&b->expected);
    dump_fini(&actual);
    buf_fini(&b->file);
}

#define BOTH(b, what, value)                                             \
    do {                                                                 \
        if (!pyrec_write_##what((b)->w, (value), &(b)->err))             \
            fail_msg("%s", (b)->err.msg);                                \
        assert_true((b)->sink.what(&(b)->expected, (value), &(b)->err)); \
    } while (0)

/* The hash is the reader's to work out, so what is expected must be told: of these bytes (pyrec.md §5.8), of which the
 * first stand for the file. */
static void put_code(struct both *b, const struct rec_code *code, struct slice file, struct slice content)
{
    struct rec_code with_hash = *code;
    uint8_t bytes[256];
    hash128(file, bytes);
    memcpy(bytes + HASH_SIZE, content.p, content.n);
    hash128(slice_of(bytes, HASH_SIZE + content.n), with_hash.hash);
    assert_true(pyrec_write_code(b->w, code, &b->err));
    assert_true(b->sink.code(&b->expected, &with_hash, &b->err));
}

static void put_process(struct both *b, uint32_t id)
{
    const struct rec_process process = {
        .id = id,
        .parent = id - 1,
        .pid = 4000 + id,
        .ppid = 1,
        .exec_count = 2,
        .python = 0x030d00f0,
        .flags = REC_PROCESS_ATTACHED,
        .started = 77,
        .born_ns = -5,
        .python_build = SLICE("main, Oct  7 2024"),
        .executable = SLICE("/usr/bin/python3"),
        .cwd = SLICE("/tmp/\xff\xfe"),
        .root = SLICE("/"),
    };
    BOTH(b, process, &process);
}

static void put_definitions(struct both *b)
{
    const struct rec_host host = {SLICE("Linux 6.1"),  SLICE("x86_64"), SLICE("A CPU"),
                                  SLICE("glibc 2.36"), SLICE(""),       2};
    BOTH(b, host, &host);
    put_process(b, 1);
    put_process(b, 2);
    const struct slice args[] = {SLICE("python3"), SLICE(""), SLICE("a b")};
    const struct slice values[] = {SLICE("0"), SLICE("x=y"), SLICE("")};
    const struct rec_argv argv = {1, 3, args};
    BOTH(b, argv, &argv);
    const struct rec_env env = {1, 3, args, values};
    BOTH(b, env, &env);
    const struct rec_root root = {1, REC_ROOT_SITE, true, SLICE("/usr/lib/python3/dist-packages")};
    BOTH(b, root, &root);
    const struct rec_thread thread = {1, 1, 4001, SLICE("MainThread"), 0};
    BOTH(b, thread, &thread);
    const struct rec_thread worker = {1, 7, 1ull << 40, SLICE(""), 3};
    BOTH(b, thread, &worker);
    const struct rec_thread other = {2, 1, 4002, SLICE("MainThread"), 0};
    BOTH(b, thread, &other);
    const struct rec_file seen = {.id = 1,
                                  .process = 1,
                                  .name = SLICE("app.py"),
                                  .path = SLICE("/tmp/app.py"),
                                  .device = UINT64_MAX,
                                  .inode = 12,
                                  .size = 300,
                                  .mtime_ns = -1,
                                  .read_ns = INT64_MAX,
                                  .source = REC_SOURCE_SEEN,
                                  .hash = "fedcba9876543210",
                                  .pyc = REC_PYC_MTIME,
                                  .pyc_mtime_s = UINT32_MAX,
                                  .pyc_size = 4};
    BOTH(b, file, &seen);
    const struct rec_file frozen = {.id = 9, .process = 2, .name = SLICE("<frozen os>"), .pyc = REC_PYC_HASH};
    BOTH(b, file, &frozen);
    const struct rec_code code = {.id = 17,
                                  .file = 1,
                                  .python = 0x030d,
                                  .first_line = 3,
                                  .flags = 3,
                                  .units = 40,
                                  .first_traceable = 1,
                                  .name = SLICE("f"),
                                  .qualname = SLICE("C.f"),
                                  .line_table = SLICE("\x80\x00\xff")};
    put_code(b, &code,
             SLICE("\x06"
                   "app.py"
                   "\x0b"
                   "/tmp/app.py"),
             SLICE("\x8d\x06\x03\x03\x28\x02\x01"
                   "f"
                   "\x03"
                   "C.f"
                   "\x03\x80\x00\xff"));
    const struct rec_code module = {.id = 16,
                                    .file = 9,
                                    .python = 0x0308,
                                    .first_traceable = -1,
                                    .name = SLICE("<module>"),
                                    .qualname = SLICE("<module>")};
    put_code(b, &module,
             SLICE("\x0b"
                   "<frozen os>"
                   "\x00"),
             SLICE("\x88\x06\x00\x00\x00\x01\x08"
                   "<module>"
                   "\x08"
                   "<module>"
                   "\x00"));
    const uint32_t parent[] = {0, 1, 1, 3}, codes[] = {16, 17, REC_CODE_GC, 17}, offset[] = {0, 5, 0, 1000000};
    const struct rec_nodes nodes = {1, 1, 4, parent, codes, offset};
    BOTH(b, nodes, &nodes);
    const struct rec_nodes more = {1, 5, 1, parent + 2, codes, offset};
    BOTH(b, nodes, &more);
    const struct rec_nodes others = {2, 1, 1, parent, codes, offset};
    BOTH(b, nodes, &others);
}

static void put_blocks(struct both *b, uint64_t time)
{
    const uint32_t thread[] = {1, 7, 1}, weight[] = {1, 10, PYREC_MAX_WEIGHT}, node[] = {0, 5, 2};
    const uint32_t repeat[] = {0, PYREC_MAX_REPEAT, 3}, span[] = {0, UINT32_MAX, 3000};
    const uint64_t times[] = {time + 5, time, time + 1000000};
    const uint8_t state[] = {REC_STATE_CPU | REC_STATE_GIL, 0, REC_STATE_MAX}, quality[] = {0, 1, 0};
    const struct rec_samples samples = {1, 3, thread, times, weight, node, state, quality, repeat, span};
    BOTH(b, samples, &samples);
    const struct rec_samples one = {1, 1, thread, times, weight, node, state, quality, repeat, span};
    BOTH(b, samples, &one);
    const uint8_t tick_state[] = {REC_TICK_LOST, REC_TICK_IDLE, REC_TICK_GC};
    const struct rec_ticks ticks = {2, 3, tick_state, weight, times, span};
    BOTH(b, ticks, &ticks);
    const uint32_t lost_thread[] = {0, 7, 1};
    const uint8_t reason[] = {REC_LOSS_STOPPED, REC_LOSS_READ, REC_LOSS_FULL};
    const struct rec_losses losses = {1, 3, lost_thread, times, weight, reason};
    BOTH(b, losses, &losses);
    const struct rec_exit gone = {2, PYREC_MAX_TIME, -1};
    BOTH(b, exit, &gone);
}

static void every_record_comes_back(void **state)
{
    (void)state;
    struct both b;
    begin(&b);
    put_definitions(&b);
    put_blocks(&b, 1000);
    assert_true(pyrec_write_flush(b.w, 2000, &b.err));
    put_blocks(&b, 3000);
    assert_true(pyrec_write_epoch(b.w, &b.err));
    assert_true(pyrec_write_epoch(b.w, &b.err)); /* an epoch without anything leaves no trace */
    assert_true(b.sink.epoch(&b.expected, &b.err));
    put_definitions(&b);
    put_blocks(&b, PYREC_MAX_TIME - 1000000);
    assert_true(pyrec_write_flush(b.w, 2000, &b.err));
    const struct slice note = SLICE("# A *note*\n");
    BOTH(&b, note, note);
    finish(&b);
}

static void a_recording_may_be_empty(void **state)
{
    (void)state;
    struct both b;
    begin(&b);
    finish(&b);
}

static void long_texts_are_cut_into_pieces(void **state)
{
    (void)state;
    struct both b;
    uint8_t hash[REC_HASH_SIZE];
    uint8_t *text = malloc(PYREC_MAX_SOURCE);
    assert_non_null(text);
    for (size_t i = 0; i < PYREC_MAX_SOURCE; i++)
        text[i] = (uint8_t)(i * i >> 7);
    begin(&b);
    const size_t sizes[] = {0, 5, PYREC_MAX_CHUNK, PYREC_MAX_CHUNK + 1, PYREC_MAX_SOURCE};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        struct slice whole = slice_of(text, sizes[k]);
        pyrec_hash(whole, hash);
        assert_true(pyrec_write_source(b.w, hash, whole, &b.err));
        struct rec_source piece = {.total = (uint32_t)whole.n};
        memcpy(piece.hash, hash, sizeof hash);
        do {
            size_t left = whole.n - piece.offset;
            piece.bytes = slice_of(text + piece.offset, left < PYREC_MAX_CHUNK ? left : PYREC_MAX_CHUNK);
            assert_true(b.sink.source(&b.expected, &piece, &b.err));
            piece.offset += (uint32_t)piece.bytes.n;
        } while (piece.offset < whole.n);
    }
    assert_false(pyrec_write_source(b.w, hash, slice_of(text, PYREC_MAX_SOURCE + 1), &b.err));
    assert_int_equal(b.err.kind, ERR_LIMIT);
    err_clear(&b.err);
    assert_true(pyrec_write_source_size(b.w) > 0);
    finish(&b);
    free(text);
}

/* Full blocks of everything, more than a frame holds, so that frames go out by themselves. */
static void frames_go_out_by_themselves(void **state)
{
    (void)state;
    struct both b;
    begin(&b);
    put_definitions(&b);
    enum { N = PYREC_MAX_ROWS };
    uint32_t *u32 = calloc(N, sizeof *u32);
    uint64_t *times = calloc(N, sizeof *times);
    uint8_t *u8 = calloc(N, 1);
    uint32_t *random = calloc(N, sizeof *random);
    uint32_t *threads = calloc(N, sizeof *threads), *ones = calloc(N, sizeof *ones);
    assert_true(u32 && times && u8 && random && threads && ones);
    uint64_t seed = 1;
    for (uint32_t i = 0; i < N; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        random[i] = (uint32_t)(seed >> 32) >> (i % 32);
        times[i] = (seed >> 20) % PYREC_MAX_TIME;
        u8[i] = (uint8_t)(seed >> 60) % 2;
        u32[i] = (uint32_t)(seed >> 40) % 6;
        threads[i] = seed >> 63 != 0 ? 1 : 7;
        ones[i] = 1 + random[i] % PYREC_MAX_WEIGHT;
    }
    const struct rec_samples samples = {1, N, threads, times, ones, u32, u8, u8, u32, random};
    for (int k = 0; k < 40; k++)
        BOTH(&b, samples, &samples);
    uint32_t frames = 0;
    for (size_t i = 0; i + 5 < b.file.n; i++)
        frames += memcmp(b.file.p + i, "\x28\xb5\x2f\xfd\xa4", 5) == 0;
    assert_true(frames > 1);
    finish(&b);
    free(u32);
    free(times);
    free(u8);
    free(random);
    free(threads);
    free(ones);
}

static void what_breaks_the_rules_is_refused(void **state)
{
    (void)state;
    struct both b;
    begin(&b);
    put_definitions(&b);
    const uint32_t zero[] = {0}, one[] = {1}, six[] = {6}, many[] = {PYREC_MAX_WEIGHT + 1};
    const uint64_t now[] = {0}, late[] = {PYREC_MAX_TIME + 1};
    const uint8_t none[] = {0}, wrong[] = {64};
    const struct rec_samples bad_samples[] = {
        {3, 1, one, now, one, one, none, none, zero, zero},  /* no such process */
        {1, 1, six, now, one, one, none, none, zero, zero},  /* no such thread */
        {1, 1, one, now, one, six, none, none, zero, zero},  /* no such node */
        {1, 1, one, now, zero, one, none, none, zero, zero}, /* weighs nothing */
        {1, 1, one, now, many, one, none, none, zero, zero}, /* weighs too much */
        {1, 1, one, late, one, one, none, none, zero, zero}, /* too late */
        {1, 1, one, now, one, one, wrong, none, zero, zero}, /* no such state */
        {1, 1, one, now, one, one, none, wrong, zero, zero}, /* no such quality */
        {1, 0, one, now, one, one, none, none, zero, zero},  /* no rows */
    };
    for (size_t i = 0; i < sizeof bad_samples / sizeof *bad_samples; i++) {
        assert_false(pyrec_write_samples(b.w, &bad_samples[i], &b.err));
        err_clear(&b.err);
    }
    const struct rec_nodes bad_nodes[] = {
        {1, 7, 1, one, one, one},  /* leaves out a number */
        {1, 6, 1, six, one, one},  /* its own parent */
        {1, 6, 1, one, six, one},  /* no such code */
        {3, 1, 1, zero, one, one}, /* no such process */
    };
    for (size_t i = 0; i < sizeof bad_nodes / sizeof *bad_nodes; i++) {
        assert_false(pyrec_write_nodes(b.w, &bad_nodes[i], &b.err));
        err_clear(&b.err);
    }
    const struct rec_code bad_codes[] = {{.id = 15, .file = 1}, {.id = 20, .file = 2}, {.id = 17, .file = 1}};
    for (size_t i = 0; i < sizeof bad_codes / sizeof *bad_codes; i++) {
        assert_false(pyrec_write_code(b.w, &bad_codes[i], &b.err));
        err_clear(&b.err);
    }
    finish(&b);
}

static bool refuse(void *self, const uint8_t *p, size_t n, struct err *err)
{
    (void)self;
    (void)p;
    (void)n;
    return err_set(err, ERR_SYSTEM, "disk full");
}

static void a_failed_output_is_final(void **state)
{
    (void)state;
    struct err err = {0};
    const struct pyrec_write_options options = {.output = refuse};
    struct pyrec_write *w = pyrec_write_new(&options, &header, &err);
    assert_non_null(w);
    assert_false(pyrec_write_flush(w, 1, &err));
    assert_string_equal(err.msg, "disk full");
    err_clear(&err);
    assert_false(pyrec_write_note(w, SLICE("x"), &err));
    assert_int_equal(err.kind, ERR_SYSTEM);
    pyrec_write_free(w);
}

static void guessing_says_what_it_looks_like(void **state)
{
    (void)state;
    static const struct {
        struct slice bytes;
        const char *says;
    } cases[] = {
        {SLICE(""), "the file is empty"},      {SLICE("PK\x03\x04zip"), "begins with 50 4b 03 04: a zip file"},
        {SLICE("\x1f\x8b\x08"), "gzip"},       {SLICE("hello\n"), "a text file"},
        {SLICE("\0\0\0\0\0\0"), "zero bytes"}, {SLICE("{\"a\": 1}"), "JSON"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err err = {0};
        struct format_input in = memory_input(&cases[i].bytes);
        assert_null(format_guess(&in, &err));
        assert_int_equal(err.kind, ERR_NOT_THIS_FORMAT);
        if (strstr(err.msg, cases[i].says) == NULL)
            fail_msg("%s: %s", cases[i].says, err.msg);
    }
    assert_ptr_equal(format_by_name("pyrec"), &format_pyrec);
    assert_null(format_by_name("pyre"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_record_comes_back),          cmocka_unit_test(a_recording_may_be_empty),
        cmocka_unit_test(long_texts_are_cut_into_pieces),   cmocka_unit_test(frames_go_out_by_themselves),
        cmocka_unit_test(what_breaks_the_rules_is_refused), cmocka_unit_test(a_failed_output_is_final),
        cmocka_unit_test(guessing_says_what_it_looks_like),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
