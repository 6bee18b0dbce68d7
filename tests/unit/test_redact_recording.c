/* A recording in which every string is private: none of them is in the redacted one's bytes, cut or whole. */
#include "config.h"

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include <zstd.h>

#include "formats/pyrec_write.h"
#include "src/heatmap/profile.h"
#include "src/heatmap/redact.h"

static struct err err;

static bool to_memory(void *self, const uint8_t *p, size_t n, struct err *e)
{
    buf_bytes(self, p, n);
    return buf_ok(self) || err_nomem(e);
}

static bool from_memory(void *self, uint64_t offset, void *p, size_t n, size_t *got, struct err *e)
{
    const struct slice *all = self;
    (void)e;
    const struct slice rest = slice_skip(*all, offset < all->n ? (size_t)offset : all->n);
    *got = n < rest.n ? n : rest.n;
    memcpy(p, rest.p, *got);
    return true;
}

static const char source[] = "# of canaryada\nx = '/home/canaryada/x'\npassword = 'canary-password'\n"
                             "def canaryada_f():\n    return 'canaryhost'\n";

static void definitions(struct pyrec_write *w)
{
    const struct rec_host host = {.kernel = SLICE("Linux canaryhost"),
                                  .machine = SLICE("canaryada"),
                                  .cpu_model = SLICE("canaryada"),
                                  .libc = SLICE("canaryada"),
                                  .container = SLICE("canaryada")};
    const struct rec_process process = {.id = 1,
                                        .pid = 7,
                                        .python = 0x030d00f0,
                                        .python_build = SLICE("by canaryada@canaryhost"),
                                        .executable = SLICE("/home/canaryada/bin/python3"),
                                        .cwd = SLICE("/home/canaryada/proj"),
                                        .root = SLICE("/home/canaryada")};
    const struct slice args[] = {SLICE("/home/canaryada/bin/python3"), SLICE("/home/canaryada/proj/a.py"),
                                 SLICE("canary-value"), SLICE("--token=canary-token-1")};
    const struct slice names[] = {SLICE("HOSTNAME"), SLICE("X"), SLICE("MY_SECRET")},
                       values[] = {SLICE("canaryhost"), SLICE("canary-env"), SLICE("canary-secret-2")};
    const struct rec_argv argv = {1, 4, args};
    const struct rec_env env = {1, 3, names, values};
    const struct rec_root root = {1, REC_ROOT_SCRIPT, false, SLICE("/home/canaryada/proj")};
    const struct rec_thread thread = {1, 1, 7, SLICE("canaryada's, with canary-secret-2 and canary-token-1"), 0};
    struct rec_file file = {.id = 1,
                            .process = 1,
                            .name = SLICE("/home/canaryada/proj/a.py"),
                            .path = SLICE("/home/canaryada/proj/a.py"),
                            .size = sizeof source - 1,
                            .source = REC_SOURCE_SEEN};
    const struct rec_code code = {.id = 16,
                                  .file = 1,
                                  .python = 0x030d,
                                  .first_line = 4,
                                  .flags = 3,
                                  .units = 1,
                                  .name = SLICE("canaryada_f"),
                                  .qualname = SLICE("C.canaryada_f"),
                                  .line_table = SLICE("\xe8\x00")};
    static const uint32_t parent = 0, number = 16, offset = 1;
    const struct rec_nodes nodes = {1, 1, 1, &parent, &number, &offset};
    pyrec_hash(slice_str(source), file.hash);
    assert_true(pyrec_write_host(w, &host, &err) && pyrec_write_process(w, &process, &err) &&
                pyrec_write_argv(w, &argv, &err) && pyrec_write_env(w, &env, &err) &&
                pyrec_write_root(w, &root, &err) && pyrec_write_thread(w, &thread, &err) &&
                pyrec_write_file(w, &file, &err) && pyrec_write_code(w, &code, &err) &&
                pyrec_write_nodes(w, &nodes, &err));
}

/* Three epochs of ten samples, in three frames each. */
static struct buf recording(void)
{
    struct buf out = {0};
    const struct pyrec_write_options options = {.self = &out, .output = to_memory};
    const struct rec_header header = {
        .id = "sixteen letters!", .recorder = SLICE("test"), .period_ns = 1000000, .time_unit_ns = 1000};
    const struct rec_end end = {.time = 40000, .reason = REC_END_EXIT};
    uint8_t hash[REC_HASH_SIZE];
    static const uint32_t one = 1, none = 0;
    static const uint8_t state = REC_STATE_CPU, quality = REC_EXACT;
    struct pyrec_write *w = pyrec_write_new(&options, &header, &err);
    assert_non_null(w);
    for (uint64_t i = 0; i < 30; i++) {
        const uint64_t now = 1000 * i;
        const struct rec_samples s = {1, 1, &one, &now, &one, &one, &state, &quality, &none, &none};
        if (i % 10 == 0) {
            assert_true(i == 0 || pyrec_write_epoch(w, &err));
            definitions(w);
        }
        assert_true(pyrec_write_samples(w, &s, &err) && pyrec_write_flush(w, now, &err));
    }
    pyrec_hash(slice_str(source), hash);
    assert_true(pyrec_write_source(w, hash, slice_str(source), &err));
    assert_true(pyrec_write_note(w, SLICE("A note of canaryada, on canaryhost, canary-secret-2"), &err));
    assert_true(pyrec_write_end(w, &end, &err));
    pyrec_write_free(w);
    return out;
}

static struct buf unpacked(struct slice frames)
{
    struct buf out = {0};
    while (frames.n > 0) {
        const size_t size = ZSTD_findFrameCompressedSize(frames.p, frames.n);
        assert_false(ZSTD_isError(size));
        const unsigned long long content = ZSTD_getFrameContentSize(frames.p, frames.n);
        assert_true(buf_reserve(&out, content));
        assert_int_equal(ZSTD_decompress(out.p + out.n, content, frames.p, size), content);
        out.n += content;
        frames = slice_skip(frames, size);
    }
    return out;
}

static bool has_canary(const struct buf *b)
{
    for (size_t i = 0; i + 6 <= b->n; i++) {
        size_t k = 0;
        while (k < 6 && (b->p[i + k] | 0x20) == "canary"[k])
            k++;
        if (k == 6)
            return true;
    }
    return false;
}

/* Redacts; the result's samples, damages and end. */
static void hold(struct slice bytes, enum redact_sources keep, uint64_t samples, bool has_text)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    const struct format_input in = {.self = &bytes, .name = "test", .size = bytes.n, .read = from_memory};
    const struct redact_options options = {.sources = keep};
    if (!redact(&format_pyrec, &in, &options, out, NULL, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(fclose(out), 0);
    struct slice redacted = slice_of(text, n);
    struct buf all = unpacked(redacted);
    assert_false(has_canary(&all));
    uint8_t hash[REC_HASH_SIZE]; /* would confirm a guess of the text */
    pyrec_hash(slice_str(source), hash);
    assert_null(memmem(all.p, all.n, hash, sizeof hash));
    assert_int_equal(memmem(all.p, all.n, "def user_f", 10) != NULL, has_text);
    buf_fini(&all);
    struct profile *p = profile_new(BASIS_WALL, &err);
    const struct format_input again = {.self = &redacted, .name = "redacted", .size = n, .read = from_memory};
    assert_true(format_pyrec.read(&again, profile_sink(p), &err));
    assert_true(p->ended);
    assert_int_equal(p->n_damages, 0);
    assert_int_equal(p->n, samples);
    profile_free(p);
    free(text);
}

static void no_string_survives(void **state)
{
    (void)state;
    struct buf whole = recording();
    struct buf all = unpacked(buf_view(&whole));
    assert_true(has_canary(&all));
    buf_fini(&all);
    hold(buf_view(&whole), REDACT_ALL, 30, true);
    hold(buf_view(&whole), REDACT_PROJECT, 30, true);
    hold(buf_view(&whole), REDACT_HOT, 30, true);
    hold(buf_view(&whole), REDACT_NONE, 30, false);
    buf_fini(&whole);
}

/* Cut anywhere, or with a byte flipped: what the reader gets is what is written. */
static void damage_is_left_behind(void **state)
{
    (void)state;
    struct buf whole = recording();
    unsigned redacted = 0;
    for (size_t cut = 0; cut < whole.n; cut += 31) {
        struct slice part = slice_of(whole.p, cut);
        struct profile *p = profile_new(BASIS_WALL, &err);
        const struct format_input in = {.self = &part, .name = "cut", .size = cut, .read = from_memory};
        if (format_pyrec.read(&in, profile_sink(p), &err)) {
            hold(part, REDACT_NONE, p->n, false);
            redacted++;
        }
        profile_free(p);
        err_clear(&err);
    }
    assert_true(redacted > 20);
    for (size_t at = 100; at < whole.n; at += 101) {
        whole.p[at] ^= 0x20;
        struct slice all = buf_view(&whole);
        struct profile *p = profile_new(BASIS_WALL, &err);
        const struct format_input in = {.self = &all, .name = "flipped", .size = all.n, .read = from_memory};
        if (format_pyrec.read(&in, profile_sink(p), &err))
            hold(all, REDACT_NONE, p->n, false);
        profile_free(p);
        err_clear(&err);
        whole.p[at] ^= 0x20;
    }
    buf_fini(&whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_string_survives),
        cmocka_unit_test(damage_is_left_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
