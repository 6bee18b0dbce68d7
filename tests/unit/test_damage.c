/* A small recording, cut at every byte and flipped at every byte: what can be read is counted right, whatever it is. */
#include "config.h"

#include "tests/unit/unit.h"

#include "src/heatmap/model.h"
#include "tests/support/bridge.h"
#include "tests/support/fake.h"
#include "tests/support/recount.h"

static bool to_buf(void *self, const uint8_t *p, size_t n, struct err *err)
{
    struct buf *out = self;
    buf_bytes(out, p, n);
    return buf_ok(out) || err_nomem(err);
}

static bool from_slice(void *self, uint64_t offset, void *p, size_t n, size_t *got, struct err *err)
{
    struct slice bytes = slice_skip(*(struct slice *)self, offset);
    (void)err;
    *got = bytes.n < n ? bytes.n : n;
    if (*got > 0)
        memcpy(p, bytes.p, *got);
    return true;
}

/* Counts what can be read of it, in two ways. Returns how much that is; UINT64_MAX where it is refused. */
static uint64_t count(struct slice bytes, bool *damaged)
{
    struct err err = {0};
    const struct format_input in = {&bytes, "test", bytes.n, from_slice};
    const struct model_options options = {0};
    struct profile *p = profile_new(BASIS_WALL, &err);
    struct recount *r = recount_new(BASIS_WALL);
    assert_non_null(p);
    uint64_t n = UINT64_MAX;
    if (format_pyrec.read(&in, profile_sink(p), &err)) {
        assert_true(format_pyrec.read(&in, recount_sink(r), &err));
        struct model *m = model_new(p, &options, &err);
        assert_non_null(m);
        assert_true(recount_agrees(r, m));
        n = m->counts.n;
        *damaged = m->n_damages > 0;
        model_free(m);
    } else {
        assert_true(err.kind == ERR_NOT_THIS_FORMAT || err.kind == ERR_CORRUPT || err.kind == ERR_UNSUPPORTED);
        *damaged = true;
    }
    recount_free(r);
    profile_free(p);
    return n;
}

static int make_recording(void **state)
{
    static struct buf recording;
    struct bridge b = {.options = {.self = &recording, .output = to_buf}};
    const struct sink sink = bridge_sink(&b);
    const struct fake_options options = {
        .seed = 3, .processes = 1, .epochs = 3, .codes = 5, .nodes = 15, .rows = 30, .odd = true};
    fake_push(&options, &sink);
    pyrec_write_free(b.writer);
    *state = &recording;
    return buf_ok(&recording) ? 0 : 1;
}

static int free_recording(void **state)
{
    buf_fini(*state);
    return 0;
}

static void whole_it_is_all_there(void **state)
{
    bool damaged;
    uint64_t n = count(buf_view(*state), &damaged);
    assert_true(n > 0 && n != UINT64_MAX);
    assert_false(damaged);
}

static void cut_anywhere_it_counts_what_came_before(void **state)
{
    struct slice whole = buf_view(*state);
    uint64_t last = 0;
    bool damaged;
    for (size_t n = 0; n < whole.n; n++) {
        uint64_t counted = count(slice_of(whole.p, n), &damaged);
        assert_true(damaged);
        if (counted == UINT64_MAX) {
            assert_int_equal(last, 0); /* refused only while not one frame is whole */
            continue;
        }
        assert_true(counted >= last); /* more bytes, never fewer samples */
        last = counted;
    }
    assert_int_equal(last, count(whole, &damaged));
}

static void flipped_anywhere_it_counts_no_more_than_there_was(void **state)
{
    struct buf *recording = *state;
    bool damaged;
    uint64_t all = count(buf_view(recording), &damaged);
    for (size_t i = 0; i < recording->n; i++) {
        recording->p[i] ^= 0x55;
        uint64_t counted = count(buf_view(recording), &damaged);
        recording->p[i] ^= 0x55;
        assert_true(damaged);
        assert_true(counted == UINT64_MAX || counted <= all);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_it_is_all_there),
        cmocka_unit_test(cut_anywhere_it_counts_what_came_before),
        cmocka_unit_test(flipped_anywhere_it_counts_no_more_than_there_was),
    };
    return cmocka_run_group_tests(tests, make_recording, free_recording);
}
