/* The examples of formats/pyrec.md, through the decoder and the encoder, and its numbers against pyrec.h. */
#include "config.h"

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "formats/pyrec.h"
#include "formats/pyrec_column.h"
#include "formats/pyrec_frames.h"
#include "tests/formats/dump.h"
#include "tests/formats/hex.h"
#include "tests/formats/reencode.h"

static struct buf spec; /* the text of pyrec.md */

/* One block of the specification. Both borrow from it. */
struct example {
    char kind[16];      /* "column", "epoch", … */
    uint32_t rows;      /* of a column */
    struct buf bytes;   /* owned */
    struct buf meaning; /* owned; what its = lines say */
};

static void example_fini(struct example *e)
{
    buf_fini(&e->bytes);
    buf_fini(&e->meaning);
}

static struct slice next_line(size_t *at)
{
    const uint8_t *start = spec.p + *at;
    const uint8_t *end = memchr(start, '\n', spec.n - *at);
    size_t n = end == NULL ? spec.n - *at : (size_t)(end - start);
    *at += n + (end != NULL);
    return slice_of(start, n);
}

/* The next block marked pyrec at or after *at; false: there is none. */
static bool next_example(size_t *at, struct example *e)
{
    struct err err = {0};
    *e = (struct example){.rows = 0};
    for (bool inside = false; *at < spec.n;) {
        struct slice line = next_line(at);
        if (!inside) {
            char start[64];
            (void)snprintf(start, sizeof start, "%.*s", (int)line.n, (const char *)line.p);
            inside = sscanf(start, "```pyrec %15s %u", e->kind, &e->rows) >= 1;
        } else if (slice_starts(line, SLICE("```"))) {
            buf_u8(&e->meaning, '\0');
            return true;
        } else if (slice_starts(line, SLICE("= "))) {
            buf_slice(&e->meaning, slice_skip(line, 2));
            buf_u8(&e->meaning, '\n');
        } else if (!hex_bytes(line, &e->bytes, &err)) {
            fail_msg("%.*s: %s", (int)line.n, (const char *)line.p, err.msg);
        }
    }
    return false;
}

static void columns_say_what_they_are_said_to(void **state)
{
    (void)state;
    size_t at = 0;
    int seen = 0;
    for (struct example e; next_example(&at, &e); example_fini(&e)) {
        if (strcmp(e.kind, "column") != 0)
            continue;
        int64_t rows[16] = {0};
        struct buf said = {0}, again = {0};
        struct cursor c = cursor_of(buf_view(&e.bytes));
        column_get_i64(&c, e.rows, INT64_MIN, INT64_MAX, rows);
        assert_true(cursor_done(&c));
        for (uint32_t i = 0; i < e.rows; i++)
            buf_printf(&said, "%s%lld", i == 0 ? "" : " ", (long long)rows[i]);
        buf_bytes(&said, "\n", 2);
        assert_string_equal(said.p, e.meaning.p);
        column_put(&again, rows, e.rows);
        assert_true(slice_eq(buf_view(&again), buf_view(&e.bytes)));
        buf_fini(&said);
        buf_fini(&again);
        seen++;
    }
    assert_int_equal(seen, 4);
}

static void read_into(const struct buf *file, const struct sink *sink)
{
    struct err err = {0};
    struct slice bytes = buf_view(file);
    struct format_input in = memory_input(&bytes);
    if (!format_pyrec.read(&in, sink, &err))
        fail_msg("%s", err.msg);
}

static void check_dump(const struct buf *file, const char *expected)
{
    struct dump dump = {.rows = true};
    struct sink sink = dump_sink(&dump);
    read_into(file, &sink);
    buf_u8(&dump.text, '\0');
    assert_string_equal(dump.text.p, expected);
    dump_fini(&dump);
}

/* The records of one frame of a file, which is whole. Moves *at behind it. */
static void check_frame(const struct buf *file, uint64_t *at, struct slice records)
{
    struct err err = {0};
    struct slice bytes = buf_view(file);
    struct format_input in = memory_input(&bytes);
    struct pyrec_frames frames;
    struct pyrec_frame frame;
    assert_true(pyrec_frames_init(&frames, &in, &err));
    assert_int_equal(pyrec_frames_open(&frames, *at, &frame, &err), FRAME_OK);
    assert_int_equal(frame.records.n, records.n);
    assert_memory_equal(frame.records.p, records.p, records.n);
    *at += frame.size;
    pyrec_frames_fini(&frames);
}

/* All examples together are one recording, of one frame of each kind. */
static void records_say_what_they_are_said_to(void **state)
{
    (void)state;
    struct buf kinds[3] = {{0}}, header = {0}, meaning = {0}, file = {0};
    static const char *const names[] = {"epoch", "texts", "end"};
    uint32_t seen = 0;
    size_t at = 0;
    for (struct example e; next_example(&at, &e); example_fini(&e)) {
        for (size_t k = 0; k < 3; k++) {
            if (strcmp(e.kind, names[k]) != 0)
                continue;
            if (header.n == 0)
                buf_slice(&header, buf_view(&e.bytes));
            if (kinds[k].n == 0 && k > 0)
                buf_slice(&kinds[k], buf_view(&header));
            buf_slice(&kinds[k], buf_view(&e.bytes));
            buf_bytes(&meaning, e.meaning.p, e.meaning.n - 1);
            seen |= 1u << (e.bytes.p[0] >> 2);
        }
    }
    buf_u8(&meaning, '\0');
    assert_int_equal(seen, (2u << 17) - 2); /* all kinds of records, 1 to 17 */

    struct buf fixture = {0};
    struct err err = {0};
    for (unsigned k = 0; k < 3; k++) {
        buf_printf(&fixture, "@frame kind=%u epoch=1 weight=%u until=307000\n", k + 1, k == 0 ? 303 : 0);
        for (size_t i = 0; i < kinds[k].n; i++)
            buf_printf(&fixture, "%02x ", kinds[k].p[i]);
        buf_u8(&fixture, '\n');
    }
    assert_true(hex_recording(buf_view(&fixture), &file, &err));
    check_dump(&file, (const char *)meaning.p);

    struct reencode again = {0};
    struct sink sink = reencode_sink(&again);
    read_into(&file, &sink);
    uint64_t offset = 0;
    for (size_t k = 0; k < 3; k++)
        check_frame(&again.file, &offset, buf_view(&kinds[k]));
    assert_int_equal(offset, again.file.n);

    reencode_fini(&again);
    buf_fini(&fixture);
    buf_fini(&file);
    buf_fini(&header);
    buf_fini(&meaning);
    for (size_t k = 0; k < 3; k++)
        buf_fini(&kinds[k]);
}

static void a_whole_recording_says_what_it_is_said_to(void **state)
{
    (void)state;
    size_t at = 0;
    int seen = 0;
    for (struct example e; next_example(&at, &e); example_fini(&e)) {
        if (strcmp(e.kind, "recording") != 0)
            continue;
        check_dump(&e.bytes, (const char *)e.meaning.p);
        /* The encoder would write the same, but for the compression. */
        struct reencode again = {0};
        struct sink sink = reencode_sink(&again);
        read_into(&e.bytes, &sink);
        struct slice bytes = buf_view(&e.bytes), more = buf_view(&again.file);
        struct format_input in = memory_input(&bytes), in_again = memory_input(&more);
        struct pyrec_frames frames, frames_again;
        struct err err = {0};
        assert_true(pyrec_frames_init(&frames, &in, &err) && pyrec_frames_init(&frames_again, &in_again, &err));
        struct pyrec_frame a = {0}, b = {0};
        for (uint64_t i = 0, j = 0; i < bytes.n; i += a.size, j += b.size) {
            assert_int_equal(pyrec_frames_open(&frames, i, &a, &err), FRAME_OK);
            assert_int_equal(pyrec_frames_open(&frames_again, j, &b, &err), FRAME_OK);
            assert_memory_equal(frames.payload, frames_again.payload, PYREC_HEAD_SIZE + a.records.n);
            seen++;
        }
        pyrec_frames_fini(&frames);
        pyrec_frames_fini(&frames_again);
        reencode_fini(&again);
    }
    assert_int_equal(seen, 2);
}

/* A number as the tables write it: 65,536 or 4 MiB or 2^52. */
static unsigned long long number(const char *s)
{
    unsigned long long v = 0;
    for (; (*s >= '0' && *s <= '9') || *s == ','; s++)
        v = *s == ',' ? v : v * 10 + (unsigned long long)(*s - '0');
    if (strncmp(s, " MiB", 4) == 0)
        return v << 20;
    return *s == '^' ? v == 2 ? 1ull << strtoull(s + 1, NULL, 10) : 0 : v;
}

static void limits_are_those_of_the_headers(void **state)
{
    (void)state;
#define LIMIT(name) \
    {               \
#name, name \
    }
    static const struct {
        const char *name;
        unsigned long long value;
    } limits[] = {
        LIMIT(PYREC_MAX_PAYLOAD),   LIMIT(PYREC_MAX_ROWS),   LIMIT(PYREC_MAX_STRING),
        LIMIT(PYREC_MAX_LINETABLE), LIMIT(PYREC_MAX_SOURCE), LIMIT(PYREC_MAX_CHUNK),
        LIMIT(PYREC_MAX_NOTE),      LIMIT(PYREC_MAX_ARGS),   LIMIT(PYREC_MAX_PROCESSES),
        LIMIT(PYREC_MAX_THREADS),   LIMIT(PYREC_MAX_FILES),  LIMIT(PYREC_MAX_ALL_THREADS),
        LIMIT(PYREC_MAX_CODES),     LIMIT(PYREC_MAX_NODES),  LIMIT(PYREC_MAX_DEFINITIONS),
        LIMIT(PYREC_MAX_WEIGHT),    LIMIT(PYREC_MAX_REPEAT), LIMIT(PYREC_MAX_PERIOD_NS),
        LIMIT(PYREC_MAX_TIME),
    };
    size_t rows = 0;
    for (const char *p = (const char *)spec.p; (p = strstr(p, "| PYREC_MAX_")) != NULL; p++)
        rows++;
    /* Two grow with the recording. */
    assert_non_null(strstr((const char *)spec.p, " | 2^30 + 64 n | PYREC_MAX_CONTENT |"));
    assert_true(PYREC_MAX_CONTENT(5ull) == (1ull << 30) + 64 * 5);
    assert_non_null(strstr((const char *)spec.p, " | 2^22 + 16 n | PYREC_MAX_ALL_ROWS |"));
    assert_true(PYREC_MAX_ALL_ROWS(5ull) == (1ull << 22) + 16 * 5);
    assert_int_equal(rows, sizeof limits / sizeof *limits + 2);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        char cell[64];
        (void)snprintf(cell, sizeof cell, " | %s |", limits[i].name);
        const char *end = strstr((const char *)spec.p, cell);
        if (end == NULL)
            fail_msg("%s is not in the table", limits[i].name);
        const char *start = end;
        while (start[-2] != '|')
            start--;
        if (number(start) != limits[i].value)
            fail_msg("%s is %llu, and %.*s in the table", limits[i].name, limits[i].value, (int)(end - start), start);
    }
}

static int load(void **state)
{
    (void)state;
    const char *top = getenv("abs_top_srcdir");
    char path[4096];
    struct err err = {0};
    (void)snprintf(path, sizeof path, "%s/formats/pyrec.md", top == NULL ? "." : top);
    if (hex_load(path, &spec, &err))
        return 0;
    (void)fprintf(stderr, "%s\n", err.msg);
    return -1;
}

static int unload(void **state)
{
    (void)state;
    buf_fini(&spec);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_say_what_they_are_said_to),
        cmocka_unit_test(records_say_what_they_are_said_to),
        cmocka_unit_test(a_whole_recording_says_what_it_is_said_to),
        cmocka_unit_test(limits_are_those_of_the_headers),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
