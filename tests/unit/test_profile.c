#include "config.h"

#include "tests/unit/unit.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "src/heatmap/profile.h"

static struct err err;

static struct profile *fresh(void)
{
    struct profile *p = profile_new(BASIS_WALL, &err);
    assert_non_null(p);
    return p;
}

static bool push_process(struct profile *p, uint32_t id)
{
    struct rec_process process = {.id = id, .pid = 10 * id};
    struct rec_thread thread = {.process = id, .id = 1, .tid = id, .name = SLICE("t")};
    const struct sink *s = profile_sink(p);
    return s->process(p, &process, &err) && s->thread(p, &thread, &err);
}

static bool push_file(struct profile *p, uint32_t id, const char *name, const char *path, uint64_t inode)
{
    struct rec_file file = {
        .id = id, .process = 1, .name = slice_str(name), .path = slice_str(path), .device = 1, .inode = inode};
    return profile_sink(p)->file(p, &file, &err);
}

static bool push_code(struct profile *p, uint32_t id, uint32_t file, uint8_t hash)
{
    struct rec_code code = {.id = id, .file = file, .hash = {hash}, .name = SLICE("f"), .line_table = SLICE("x")};
    return profile_sink(p)->code(p, &code, &err);
}

static bool push_node(struct profile *p, uint32_t process, uint32_t number, uint32_t parent, uint32_t code)
{
    const uint32_t offset = 1;
    struct rec_nodes nodes = {process, number, 1, &parent, &code, &offset};
    return profile_sink(p)->nodes(p, &nodes, &err);
}

static bool push_sample(struct profile *p, uint32_t process, uint32_t node, uint32_t weight, uint32_t repeat)
{
    const uint32_t thread = 1, span = 0;
    const uint64_t time = 5;
    const uint8_t state = 0, quality = REC_EXACT;
    struct rec_samples s = {process, 1, &thread, &time, &weight, &node, &state, &quality, &repeat, &span};
    return profile_sink(p)->samples(p, &s, &err);
}

/* Fails, says what, and the error is taken away. */
static void refuses(bool done, const char *what)
{
    assert_false(done);
    assert_non_null(strstr(err.msg, what));
    err_clear(&err);
}

static void epochs_and_processes_share_stacks(void **state)
{
    (void)state;
    struct profile *p = fresh();
    for (uint32_t epoch = 0; epoch < 3; epoch++) {
        assert_true(profile_sink(p)->epoch(p, &err));
        assert_true(push_process(p, 1) && push_process(p, 2));
        /* The numbers differ from epoch to epoch: file and code are 1 + epoch and 16 + epoch. */
        for (uint32_t i = 0; i <= epoch; i++)
            assert_true(
                push_file(p, i + 1, i == epoch ? "./a.py" : "b.py", i == epoch ? "/x/a.py" : "/x/b.py", i == epoch));
        assert_true(push_code(p, 16 + epoch, 1 + epoch, 1));
        for (uint32_t process = 1; process <= 2; process++) {
            assert_true(push_node(p, process, 1, 0, 16 + epoch) && push_node(p, process, 2, 1, 16 + epoch));
            assert_true(push_node(p, process, 3, 2, REC_CODE_GC));
            assert_true(push_sample(p, process, 3, 2, 4));
        }
    }
    assert_int_equal(p->n_codes, 1);
    assert_int_equal(p->n_files, 2);
    assert_int_equal(p->tree.n, 4);
    assert_int_equal(p->tree.nodes[3].code, REC_CODE_GC);
    assert_int_equal(p->tree.weights[3].all, 3 * 2 * 2 * 5);
    assert_int_equal(p->repeated, 3 * 2 * 2 * 4);
    assert_int_equal(p->rows_read, 6);
    assert_int_equal(p->processes[1].samples, 30);
    assert_int_equal(p->processes[1].threads[0].wall, 30);
    profile_free(p);
}

static void files_are_told_apart_by_what_they_are(void **state)
{
    (void)state;
    struct profile *p = fresh();
    assert_true(push_process(p, 1));
    assert_true(push_file(p, 1, "a.py", "/x/a.py", 1));
    assert_true(push_file(p, 2, "./a.py", "/x/a.py", 1)); /* the same */
    assert_true(push_file(p, 3, "a.py", "/x/a.py", 2));   /* replaced */
    assert_true(push_file(p, 4, "a.py", "", 0));          /* led nowhere */
    assert_true(push_file(p, 5, "a.py", "", 0));
    assert_int_equal(p->n_files, 3);
    assert_true(slice_eq(p->files[0].rec.name, SLICE("./a.py"))); /* the first in byte order */
    /* One code in two files is two: a relative name may mean different files. */
    assert_true(push_code(p, 16, 1, 7) && push_code(p, 17, 3, 7) && push_code(p, 18, 2, 7));
    assert_int_equal(p->n_codes, 2);
    profile_free(p);
}

static void later_definitions_add_what_was_missing(void **state)
{
    (void)state;
    struct profile *p = fresh();
    const struct sink *s = profile_sink(p);
    assert_true(push_process(p, 1));
    struct rec_file file = {.id = 1, .process = 1, .name = SLICE("a"), .path = SLICE("/a"), .source = REC_SOURCE_NONE};
    assert_true(s->file(p, &file, &err));
    file.source = REC_SOURCE_SEEN;
    file.hash[0] = 1;
    assert_true(s->file(p, &file, &err));
    assert_int_equal(p->files[0].rec.source, REC_SOURCE_SEEN);
    assert_false(p->files[0].rewritten);
    file.hash[0] = 2;
    assert_true(s->file(p, &file, &err));
    assert_true(p->files[0].rewritten);
    assert_int_equal(p->files[0].rec.hash[0], 1);
    struct rec_thread thread = {.process = 1, .id = 1, .tid = 77, .name = SLICE("renamed")};
    assert_true(s->thread(p, &thread, &err));
    thread.name = SLICE("");
    assert_true(s->thread(p, &thread, &err));
    assert_true(slice_eq(p->processes[0].threads[0].name, SLICE("renamed")));
    struct rec_root root = {1, REC_ROOT_SITE, false, SLICE("/s")};
    assert_true(s->root(p, &root, &err) && s->root(p, &root, &err));
    assert_int_equal(p->processes[0].n_roots, 1);
    assert_true(s->note(p, SLICE("one"), &err) && s->note(p, SLICE("two"), &err));
    assert_true(slice_eq(buf_view(&p->notes), SLICE("one\n\ntwo")));
    profile_free(p);
}

static void wrong_numbers_are_refused(void **state)
{
    (void)state;
    struct profile *p = fresh();
    const struct sink *s = profile_sink(p);
    refuses(push_file(p, 1, "a", "/a", 1), "process 1");
    assert_true(push_process(p, 1));
    assert_true(push_file(p, 2, "a", "/a", 1));
    refuses(push_code(p, 16, 1, 1), "file 1");
    refuses(push_code(p, 16, 3, 1), "file 3");
    refuses(push_code(p, 15, 2, 1), "code 15");
    assert_true(push_code(p, 17, 2, 1));
    refuses(push_node(p, 1, 1, 0, 16), "code 16");
    refuses(push_node(p, 1, 2, 0, 17), "node 1");
    refuses(push_node(p, 1, 1, 1, 17), "node 1");
    assert_true(push_node(p, 1, 1, 0, 17));
    refuses(push_sample(p, 1, 2, 1, 0), "node 2");
    refuses(push_sample(p, 2, 1, 1, 0), "process 2");
    assert_true(push_sample(p, 1, 1, 1, 0));
    assert_true(s->epoch(p, &err));
    refuses(push_node(p, 1, 1, 0, 17), "code 17"); /* of the epoch before */
    refuses(push_sample(p, 1, 1, 1, 0), "node 1");
    profile_free(p);
}

static void weights_have_a_limit(void **state)
{
    (void)state;
    struct profile *p = fresh();
    assert_true(push_process(p, 1));
    /* 2^20 ticks, 2^24 times: 2^44; 512 such rows are 2^53. */
    for (int i = 0; i < 511; i++)
        assert_true(push_sample(p, 1, 0, 1u << 20, (1u << 24) - 1));
    assert_true(push_sample(p, 1, 0, 1u << 20, (1u << 24) - 1));
    refuses(push_sample(p, 1, 0, 1, 0), "2^53");
    profile_free(p);
}

/* --- texts -------------------------------------------------------------------------------------------------------- */

static struct rec_source piece(const char *text, uint32_t offset, uint32_t n)
{
    struct rec_source s = {.total = (uint32_t)strlen(text), .offset = offset};
    XXH128_canonical_t hash;
    XXH128_canonicalFromHash(&hash, XXH3_128bits(text, strlen(text)));
    memcpy(s.hash, hash.digest, REC_HASH_SIZE);
    s.bytes = slice_of(text + offset, n);
    return s;
}

static void texts_are_whole_or_not_there(void **state)
{
    (void)state;
    struct texts t = {0};
    struct slice text;
    const char *poem = "one two three";
    struct rec_source a = piece(poem, 0, 4), b = piece(poem, 4, 9);
    assert_true(texts_add(&t, &a, &err));
    assert_int_equal(texts_find(&t, a.hash, &text), INTERN_NONE);
    assert_true(texts_add(&t, &b, &err));
    assert_int_not_equal(texts_find(&t, a.hash, &text), INTERN_NONE);
    assert_true(slice_eq(text, slice_str(poem)));
    assert_true(texts_add(&t, &a, &err)); /* again: still whole */
    assert_int_not_equal(texts_find(&t, a.hash, &text), INTERN_NONE);

    const char *other = "four five six";
    a = piece(other, 0, 4), b = piece(other, 5, 8);
    assert_true(texts_add(&t, &a, &err) && texts_add(&t, &b, &err)); /* a hole */
    assert_int_equal(texts_find(&t, a.hash, &text), INTERN_NONE);
    b = piece(other, 4, 9);
    assert_true(texts_add(&t, &b, &err)); /* too late */
    assert_int_equal(texts_find(&t, a.hash, &text), INTERN_NONE);
    assert_true(texts_add(&t, &a, &err) && texts_add(&t, &b, &err)); /* sent once more */
    assert_int_not_equal(texts_find(&t, a.hash, &text), INTERN_NONE);

    struct rec_source lie = piece("seven", 0, 5);
    lie.hash[3] ^= 1;
    assert_true(texts_add(&t, &lie, &err));
    assert_int_equal(texts_find(&t, lie.hash, &text), INTERN_NONE);
    struct rec_source empty = piece("", 0, 0);
    assert_true(texts_add(&t, &empty, &err));
    assert_int_not_equal(texts_find(&t, empty.hash, &text), INTERN_NONE);
    assert_int_equal(t.bytes, 26);
    texts_fini(&t);
}

/* --- timeline ------------------------------------------------------------------------------------------------------
 */

static uint64_t sum(const struct timeline *t, unsigned column)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < TIMELINE_BINS; i++)
        n += t->bins[i][column];
    return n;
}

static void time_is_spread_exactly(void **state)
{
    (void)state;
    srand(2);
    for (int round = 0; round < 300; round++) {
        struct timeline t = {0}, one = {0};
        uint64_t all = 0;
        for (int i = 0; i < 20; i++) {
            uint64_t time = (uint64_t)rand() % 5000, weight = 1 + (uint64_t)rand() % 3;
            uint32_t looks = 1 + (uint32_t)rand() % 50, span = looks == 1 ? 0 : (uint32_t)rand() % 3000;
            timeline_add(&t, 1, time, span, looks, weight);
            all += looks * weight;
            for (uint32_t k = 0; k < looks; k++) /* the definition, look by look */
                timeline_add(&one, 1, time + (looks == 1 ? 0 : (uint64_t)span * k / (looks - 1)), 0, 1, weight);
        }
        assert_int_equal(sum(&t, 1), all);
        assert_int_equal(t.shift, one.shift);
        assert_memory_equal(t.bins, one.bins, sizeof t.bins);
    }
    struct timeline t = {0};
    timeline_add(&t, 0, 1ull << 52, UINT32_MAX, UINT32_MAX, 1 << 20);
    timeline_add(&t, 0, 0, UINT32_MAX, UINT32_MAX, 1);
    assert_int_equal(sum(&t, 0), UINT32_MAX * ((1ull << 20) + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(epochs_and_processes_share_stacks),
        cmocka_unit_test(files_are_told_apart_by_what_they_are),
        cmocka_unit_test(later_definitions_add_what_was_missing),
        cmocka_unit_test(wrong_numbers_are_refused),
        cmocka_unit_test(weights_have_a_limit),
        cmocka_unit_test(texts_are_whole_or_not_there),
        cmocka_unit_test(time_is_spread_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
