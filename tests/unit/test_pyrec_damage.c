/* Damaged recordings: what is delivered is true, what is missing is said, and no more is missing than §6.2 promises.
 *
 * A recording is cut at every byte, every byte of it is flipped in several ways, and its frames are removed, doubled,
 * swapped, zeroed and mixed with other things; each time the reader's dump is held against that of the whole. */
#include "config.h"

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "formats/pyrec.h"
#include "formats/pyrec_frames.h"
#include "formats/pyrec_write.h"
#include "tests/formats/dump.h"

enum { EPOCHS = 4, FRAMES = 3, ROWS = 120, MAX_FRAMES = 64, NODES = 200 };

/* The whole recording, and what is known of it. */
static struct buf whole;
static struct dump truth;
static struct frame {
    uint64_t offset, size;
    struct pyrec_head head;
} frames[MAX_FRAMES];
static size_t n_frames;
static uint64_t total;

static uint64_t seed = 1;

static uint32_t below(uint32_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((seed >> 32) * n >> 32);
}

static void put_definitions(struct pyrec_write *w, uint32_t epoch, struct err *err)
{
    /* `started` tells the epochs apart. */
    const struct rec_process process = {.id = 1, .pid = 10, .started = epoch, .cwd = SLICE("/tmp"), .root = SLICE("/")};
    const struct rec_thread threads[] = {{1, 1, 10, SLICE("MainThread"), 0}, {1, 2, 11, SLICE("worker"), 0}};
    const struct rec_file file = {.id = 1, .process = 1, .name = SLICE("a.py")};
    assert_true(pyrec_write_process(w, &process, err));
    assert_true(pyrec_write_thread(w, &threads[0], err) && pyrec_write_thread(w, &threads[1], err));
    assert_true(pyrec_write_file(w, &file, err));
    for (uint32_t i = 0; i < 10; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "f%u", epoch * 100 + i);
        const struct rec_code code = {.id = 16 + i,
                                      .file = 1,
                                      .name = slice_str(name),
                                      .qualname = slice_str(name),
                                      .line_table = SLICE("\x80\x01\x80\x02")};
        assert_true(pyrec_write_code(w, &code, err));
    }
    uint32_t parent[NODES], code[NODES], offset[NODES];
    for (uint32_t i = 0; i < NODES; i++) {
        parent[i] = below(i + 1);
        code[i] = 16 + below(10);
        offset[i] = below(1000);
    }
    const struct rec_nodes nodes = {1, 1, NODES, parent, code, offset};
    assert_true(pyrec_write_nodes(w, &nodes, err));
}

static void put_samples(struct pyrec_write *w, uint64_t time, struct err *err)
{
    uint32_t thread[ROWS], weight[ROWS], node[ROWS], repeat[ROWS], span[ROWS];
    uint64_t times[ROWS];
    uint8_t state[ROWS], quality[ROWS];
    for (uint32_t i = 0; i < ROWS; i++) {
        thread[i] = 1 + below(2);
        times[i] = time + i * 1000 + below(100);
        weight[i] = 1 + below(10) / 9;
        node[i] = below(NODES + 1);
        repeat[i] = below(10) == 0 ? below(100) : 0;
        span[i] = repeat[i] * 1000;
        state[i] = (uint8_t)below(4);
        quality[i] = (uint8_t)(below(20) == 0);
    }
    const struct rec_samples samples = {1, ROWS, thread, times, weight, node, state, quality, repeat, span};
    assert_true(pyrec_write_samples(w, &samples, err));
    const struct rec_ticks ticks = {1, 1, state, weight, times, span};
    assert_true(pyrec_write_ticks(w, &ticks, err));
}

static void put_source(struct pyrec_write *w, struct err *err)
{
    uint8_t text[300], hash[REC_HASH_SIZE];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)('a' + below(26));
    pyrec_hash(slice_of(text, sizeof text), hash);
    assert_true(pyrec_write_source(w, hash, slice_of(text, sizeof text), err));
}

static void write_recording(struct buf *out, const char *id)
{
    struct err err = {0};
    struct rec_header header = {.recorder = SLICE("test"), .period_ns = 1000000, .time_unit_ns = 1000};
    memcpy(header.id, id, sizeof header.id);
    const struct pyrec_write_options options = {.self = out, .output = memory_output};
    struct pyrec_write *w = pyrec_write_new(&options, &header, &err);
    assert_non_null(w);
    uint64_t now = 0;
    for (uint32_t e = 0; e < EPOCHS; e++) {
        assert_true(pyrec_write_epoch(w, &err));
        put_definitions(w, e, &err);
        for (uint32_t f = 0; f < FRAMES; f++, now += 1000000) {
            put_samples(w, now, &err);
            if (f % 2 == 1)
                put_source(w, &err);
            assert_true(pyrec_write_flush(w, now + 1000000, &err));
        }
    }
    assert_true(pyrec_write_note(w, SLICE("a note"), &err));
    const struct rec_end end = {.time = now, .reason = REC_END_EXIT};
    assert_true(pyrec_write_end(w, &end, &err));
    pyrec_write_free(w);
}

/* false: the reader gave up, with err set. */
static bool dump_of(struct slice bytes, struct dump *d, struct err *err)
{
    struct format_input in = memory_input(&bytes);
    *d = (struct dump){.rows = false};
    struct sink sink = dump_sink(d);
    bool ok = format_pyrec.read(&in, &sink, err);
    buf_u8(&d->text, '\0');
    return ok;
}

static int set_up(void **state)
{
    (void)state;
    struct err err = {0};
    write_recording(&whole, "the first one...");
    struct slice bytes = buf_view(&whole);
    assert_true(dump_of(bytes, &truth, &err));
    assert_int_equal(truth.damages, 0);
    struct format_input in = memory_input(&bytes);
    struct pyrec_frames f;
    assert_true(pyrec_frames_init(&f, &in, &err));
    struct pyrec_frame frame;
    for (uint64_t at = 0; at < whole.n; at += frame.size) {
        assert_true(n_frames < MAX_FRAMES);
        assert_int_equal(pyrec_frames_open(&f, at, &frame, &err), FRAME_OK);
        frames[n_frames++] = (struct frame){at, frame.size, frame.head};
        assert_int_equal(frame.head.weight_before, total);
        total += frame.head.weight;
    }
    pyrec_frames_fini(&f);
    assert_int_equal(total, truth.weight);
    assert_int_equal(n_frames, EPOCHS * FRAMES + EPOCHS + 2);
    assert_in_range(whole.n, 10000, 20480);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buf_fini(&whole);
    dump_fini(&truth);
    return 0;
}

/* --- What is delivered is true ----------------------------------------------------------------------------------- */

enum line { LINE_EPOCH, LINE_OF_EPOCH, LINE_TEXT, LINE_ONCE, LINE_DAMAGE };

static enum line kind_of(const char *line)
{
    static const struct {
        const char *word;
        enum line kind;
    } words[] = {{"epoch\n", LINE_EPOCH}, {"source ", LINE_TEXT}, {"note ", LINE_TEXT},
                 {"header ", LINE_ONCE},  {"end ", LINE_ONCE},    {"damage ", LINE_DAMAGE}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strncmp(line, words[i].word, strlen(words[i].word)) == 0)
            return words[i].kind;
    }
    return LINE_OF_EPOCH;
}

static size_t line_size(const char *p)
{
    return strcspn(p, "\n") + 1;
}

/* The next line of a kind at or after p, or before the end of the epoch; NULL: none. */
static const char *find_line(const char *p, enum line kind, bool in_epoch)
{
    for (; *p != '\0'; p += line_size(p)) {
        enum line k = kind_of(p);
        if (k == kind)
            return p;
        if (in_epoch && k == LINE_EPOCH)
            return NULL;
    }
    return NULL;
}

/* Every line of the dump is one of the truth, in its order; of an epoch there is the beginning, up to somewhere. */
static void check_truth(const char *dump)
{
    const char *epoch = (const char *)truth.text.p, *text = epoch, *once = epoch;
    bool at_start = true;
    for (const char *p = dump; *p != '\0'; p += line_size(p)) {
        size_t n = line_size(p);
        switch (kind_of(p)) {
        case LINE_EPOCH:
            at_start = true;
            break;
        case LINE_OF_EPOCH:
            epoch = find_line(epoch, LINE_OF_EPOCH, !at_start);
            /* Whole epochs may be missing. */
            while (at_start && epoch != NULL && strncmp(epoch, p, n) != 0) {
                epoch = find_line(epoch, LINE_EPOCH, false);
                epoch = epoch == NULL ? NULL : find_line(epoch, LINE_OF_EPOCH, false);
            }
            if (epoch == NULL || strncmp(epoch, p, n) != 0)
                fail_msg("not in the recording, or not there: %.*s", (int)n, p);
            epoch += n;
            at_start = false;
            break;
        case LINE_TEXT:
        case LINE_ONCE: {
            const char **in = kind_of(p) == LINE_TEXT ? &text : &once;
            while (*in != NULL && strncmp(*in, p, n) != 0)
                *in = find_line(*in + line_size(*in), kind_of(p), false);
            if (*in == NULL)
                fail_msg("not in the recording, or not there: %.*s", (int)n, p);
            *in += n;
            break;
        }
        case LINE_DAMAGE:
            break;
        }
    }
}

/* Reads damaged bytes and checks all that holds whatever the damage is. weight: what must have been delivered;
 * harmless: it may also be everything, without a word; then it returns false. */
static bool check_damaged(struct slice bytes, uint64_t weight, bool harmless, const char *how, size_t where)
{
    struct dump d;
    struct err err = {0};
    bool ok = dump_of(bytes, &d, &err);
    if (!ok && (err.kind != ERR_CORRUPT && err.kind != ERR_NOT_THIS_FORMAT))
        fail_msg("%s at %zu: %s", how, where, err.msg);
    bool same = ok && strcmp((const char *)d.text.p, (const char *)truth.text.p) == 0;
    bool noticed = !(harmless && same);
    if (noticed) {
        check_truth((const char *)d.text.p);
        if (d.weight != weight)
            fail_msg("%s at %zu: %llu of %llu ticks, not %llu\n%s", how, where, (unsigned long long)d.weight,
                     (unsigned long long)total, (unsigned long long)weight, (const char *)d.text.p);
        if (ok && d.damages == 0)
            fail_msg("%s at %zu: not a word", how, where);
        bool ended = strstr((const char *)d.text.p, "\nend ") != NULL;
        if (ended ? d.weight + d.lost != total : d.weight + d.lost > total)
            fail_msg("%s at %zu: %llu ticks read and %llu lost, of %llu", how, where, (unsigned long long)d.weight,
                     (unsigned long long)d.lost, (unsigned long long)total);
    }
    dump_fini(&d);
    return noticed;
}

/* --- The sweeps -------------------------------------------------------------------------------------------------- */

/* Ticks that must be delivered when frame k cannot be read: all but those of the rest of its epoch. */
static uint64_t weight_without(size_t k)
{
    uint64_t lost = 0;
    for (size_t i = k; i < n_frames && frames[k].head.kind == PYREC_FRAME_EPOCH; i++)
        lost += frames[i].head.epoch == frames[k].head.epoch ? frames[i].head.weight : 0;
    return total - lost;
}

static size_t frame_at(size_t offset)
{
    size_t k = 0;
    while (k + 1 < n_frames && frames[k + 1].offset <= offset)
        k++;
    return k;
}

static void cut_anywhere(void **state)
{
    (void)state;
    /* A copy that ends where it is cut, so that tools see a read behind it. */
    for (size_t n = 0; n < whole.n; n++) {
        uint8_t *copy = malloc(n == 0 ? 1 : n);
        assert_non_null(copy);
        memcpy(copy, whole.p, n);
        uint64_t weight = frames[frame_at(n)].head.weight_before;
        check_damaged(slice_of(copy, n), weight, false, "cut", n);
        free(copy);
    }
}

static void flip_anywhere(void **state)
{
    (void)state;
    static const uint8_t patterns[] = {0xff, 0x01, 0x80, 0x24};
    size_t unnoticed = 0;
    for (size_t i = 0; i < whole.n; i++) {
        size_t k = frame_at(i);
        for (size_t j = 0; j < sizeof patterns; j++) {
            whole.p[i] ^= patterns[j];
            if (!check_damaged(buf_view(&whole), weight_without(k), true, "flip", i))
                unnoticed++;
            whole.p[i] ^= patterns[j];
        }
    }
    /* Some bits of a compressed frame mean nothing to zstd: flipped, they change no byte of what is read, which the
     * checksums and the comparison above both say. 0.28 % of all flips were such. */
    print_message("%zu of %zu flips changed nothing\n", unnoticed, whole.n * sizeof patterns);
    assert_true(unnoticed * 100 < whole.n * sizeof patterns);
}

static void bytes_of(struct buf *b, size_t frame)
{
    buf_bytes(b, whole.p + frames[frame].offset, frames[frame].size);
}

/* Frames before k, then what `change` puts, then those from `next` on. */
static void put_changed(struct buf *b, size_t k, const struct buf *change, size_t next)
{
    buf_clear(b);
    buf_bytes(b, whole.p, frames[k].offset);
    buf_slice(b, buf_view(change));
    if (next < n_frames)
        buf_bytes(b, whole.p + frames[next].offset, whole.n - frames[next].offset);
    assert_true(buf_ok(b));
}

static void frames_go_missing(void **state)
{
    (void)state;
    struct buf b = {0}, nothing = {0}, zeros = {0}, rubbish = {0};
    for (size_t i = 0; i < 1000; i++)
        buf_bytes(&rubbish, i % 10 == 0 ? "\x28\xb5\x2f\xfd" : "rubb", 4);
    for (size_t k = 0; k < n_frames; k++) {
        put_changed(&b, k, &nothing, k + 1);
        check_damaged(buf_view(&b), weight_without(k), false, "removed frame", k);
        buf_clear(&zeros);
        for (size_t i = 0; i < frames[k].size; i++)
            buf_u8(&zeros, 0);
        put_changed(&b, k, &zeros, k + 1);
        check_damaged(buf_view(&b), weight_without(k), false, "zeroed frame", k);
        put_changed(&b, k, &rubbish, k + 1);
        check_damaged(buf_view(&b), weight_without(k), false, "frame replaced by rubbish", k);
        put_changed(&b, k, &rubbish, k);
        check_damaged(buf_view(&b), total, false, "rubbish before frame", k);
    }
    buf_fini(&b);
    buf_fini(&zeros);
    buf_fini(&rubbish);
}

static void frames_come_twice_or_out_of_order(void **state)
{
    (void)state;
    struct buf b = {0}, change = {0};
    for (size_t k = 0; k + 1 < n_frames; k++) {
        buf_clear(&change);
        bytes_of(&change, k);
        bytes_of(&change, k);
        put_changed(&b, k, &change, k + 1);
        check_damaged(buf_view(&b), total, false, "doubled frame", k);
        buf_clear(&change);
        bytes_of(&change, k + 1);
        bytes_of(&change, k);
        put_changed(&b, k, &change, k + 2);
        if (k + 2 < n_frames)
            check_damaged(buf_view(&b), weight_without(k), false, "swapped frames", k);
    }
    buf_fini(&b);
    buf_fini(&change);
}

static void tails_of_zeros(void **state)
{
    (void)state;
    struct buf b = {0};
    for (size_t n = 0; n < whole.n; n += 97) {
        buf_clear(&b);
        buf_bytes(&b, whole.p, n);
        for (size_t i = n; i < whole.n; i++)
            buf_u8(&b, 0);
        check_damaged(buf_view(&b), frames[frame_at(n)].head.weight_before, false, "zeros from", n);
    }
    buf_fini(&b);
}

/* Two flips, in two frames: the damages add up. */
static void several_damages(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_frames; i++) {
        for (size_t k = i + 1; k < n_frames; k++) {
            uint64_t weight = weight_without(i) + weight_without(k) - total;
            if (frames[i].head.kind == PYREC_FRAME_EPOCH && frames[i].head.epoch == frames[k].head.epoch)
                weight = weight_without(i);
            uint8_t *a = whole.p + frames[i].offset + frames[i].size / 2;
            uint8_t *c = whole.p + frames[k].offset + frames[k].size / 2;
            *a ^= 0x55;
            *c ^= 0x55;
            check_damaged(buf_view(&whole), weight, false, "two flips", i * 100 + k);
            *a ^= 0x55;
            *c ^= 0x55;
        }
    }
}

/* The first recording is read, whole or cut; the second is said to follow. */
static void another_recording_follows(void **state)
{
    (void)state;
    struct buf other = {0}, b = {0};
    write_recording(&other, "the second one..");
    for (size_t k = 1; k <= n_frames; k++) {
        size_t n = k < n_frames ? frames[k].offset : whole.n;
        buf_clear(&b);
        buf_bytes(&b, whole.p, n);
        buf_slice(&b, buf_view(&other));
        uint64_t weight = k < n_frames ? frames[k].head.weight_before : total;
        check_damaged(buf_view(&b), weight, false, "other recording after frame", k);
        struct dump d;
        struct err err = {0};
        assert_true(dump_of(buf_view(&b), &d, &err));
        assert_int_equal(d.damages, k < n_frames ? 2 : 1);
        assert_non_null(strstr((const char *)d.text.p, "damage trailing"));
        assert_non_null(strstr((const char *)d.text.p, "another recording follows"));
        dump_fini(&d);
    }
    buf_fini(&other);
    buf_fini(&b);
}

static void search_is_bounded(void **state)
{
    (void)state;
    /* Each of these looks like a frame of 4 MiB whose blocks go on to the end of the input. */
    static const uint8_t lure[] = {0x28, 0xb5, 0x2f, 0xfd, 0xa4, 0, 0, 0x40, 0, 0x48, 0, 0};
    struct buf b = {0};
    struct err err = {0};
    for (size_t i = 0; i < 1000000; i++)
        buf_bytes(&b, lure, sizeof lure);
    buf_slice(&b, buf_view(&whole));
    struct dump d;
    (void)dump_of(buf_view(&b), &d, &err); /* must come back soon: a timeout is the failure */
    dump_fini(&d);
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(flip_anywhere),
        cmocka_unit_test(frames_go_missing),
        cmocka_unit_test(frames_come_twice_or_out_of_order),
        cmocka_unit_test(tails_of_zeros),
        cmocka_unit_test(several_damages),
        cmocka_unit_test(another_recording_follows),
        cmocka_unit_test(search_is_bounded),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
