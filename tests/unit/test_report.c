/* A report fits its limit, by giving up what it says it gives up; and what it is made of. */
#include "config.h"

#include "tests/unit/unit.h"

#include <stdio.h>

#include "src/heatmap/report.h"
#include "src/heatmap/sha256.h"
#include "src/heatmap/unpack.h"
#include "tests/support/fake.h"

static struct err err;

static void sha_is(const char *text, size_t times, const char *want)
{
    struct buf b = {0};
    uint8_t hash[SHA256_SIZE];
    char hex[2 * SHA256_SIZE + 1];
    for (size_t i = 0; i < times; i++)
        buf_str(&b, text);
    sha256(buf_view(&b), hash);
    for (size_t i = 0; i < sizeof hash; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", hash[i]);
    assert_string_equal(hex, want);
    buf_fini(&b);
}

/* FIPS 180-2, appendix B; the lengths around a block are from sha256sum(1). */
static void sha256_is_right(void **state)
{
    (void)state;
    sha_is("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    sha_is("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha_is("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
           "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    sha_is("a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    sha_is("a", 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
    sha_is("a", 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
}

enum { RECORDING = 5000, FAR = 1000 /* lines */ };

static bool read_zeros(void *self, uint64_t offset, void *p, size_t n, size_t *got, struct err *e)
{
    (void)self;
    (void)e;
    *got = offset >= RECORDING ? 0 : n < RECORDING - offset ? n : RECORDING - offset;
    memset(p, 0, *got);
    return true;
}

static bool has(const struct buf *b, const char *words)
{
    return memmem(b->p, b->n, words, strlen(words)) != NULL;
}

static bool has_left_out(const struct buf *b, enum report_level level)
{
    struct buf words = {0};
    report_left_out(level, &words);
    const bool found = memmem(b->p, b->n, words.p, words.n) != NULL;
    buf_fini(&words);
    return found;
}

static void it_gives_up_in_order_until_it_fits(void **state)
{
    (void)state;
    const struct fake_options fake = {4, 2, 2, 20, 400, 400, true};
    const struct format_input recording = {.name = "r", .size = RECORDING, .read = read_zeros};
    const struct model_options none = {0};
    struct profile *p = profile_new(BASIS_ACTIVE, &err);
    assert_non_null(p);
    fake_push(&fake, profile_sink(p));
    struct model *m = model_new(p, &none, &err);
    assert_non_null(m);
    struct model_file *files = m->files;
    assert_true(m->n_files >= 3);
    /* A definition, and many lines below all samples; a cold library, a cold file of the project. */
    static char text[FAR * 60 + 1];
    static uint32_t starts[FAR + 1];
    for (uint32_t i = 0; i < FAR; i++) {
        starts[i] = i * 60;
        (void)snprintf(text + starts[i], 61, "%-59s\n", i == 0 ? "def x(): pass" : i == FAR - 1 ? "# far" : "#");
    }
    starts[FAR] = sizeof text - 1;
    for (uint32_t i = 0; i < m->n_files; i++) {
        files[i].text = slice_str(text);
        files[i].starts = starts;
        files[i].text_lines = FAR;
    }
    files[0].self = 0;
    files[0].type = MODULE_STDLIB;
    files[1].self = 0;
    files[1].type = MODULE_PROJECT;
    files[2].self = files[2].self > 0 ? files[2].self : 1;
    struct buf html = {0};
    enum report_level level;
    struct report_options options = {.limit = UINT32_MAX, .redacted = true};
    assert_true(report_make(m, &recording, &options, &html, &level, &err));
    assert_int_equal(level, REPORT_WHOLE);
    assert_true(has(&html, "id=f0>") && has(&html, "id=f1>") && has(&html, "def x") && has(&html, "# far") &&
                has(&html, UNPACK_ELEMENT));
    assert_false(has(&html, "Left out"));
    size_t before = html.n;
    for (int want = REPORT_NO_COLD_LIBRARIES; want < REPORT_LEVELS; want++) {
        options.limit = before - 1;
        assert_true(report_make(m, &recording, &options, &html, &level, &err));
        assert_int_equal(level, want);
        assert_true(html.n <= options.limit);
        assert_true(has(&html, "Left out") && has_left_out(&html, level));
        assert_false(has(&html, "id=f0>") || has(&html, "href=\"#f0"));
        assert_int_equal(has(&html, "id=f1>"), want < REPORT_NO_COLD);
        assert_true(has(&html, "id=f2>"));
        assert_int_equal(has(&html, "(95 %: "), want < REPORT_LESS_DETAIL);
        assert_int_equal(has(&html, "# far"), want < REPORT_NO_COLD_LINES);
        assert_int_equal(has(&html, "def x"), want < REPORT_NO_TEXTS);
        assert_int_equal(has(&html, UNPACK_ELEMENT), want < REPORT_NO_RECORDING);
        before = html.n;
    }
    options.limit = before - 1;
    assert_false(report_make(m, &recording, &options, &html, &level, &err));
    assert_int_equal(err.kind, ERR_LIMIT);
    buf_fini(&html);
    model_free(m);
    profile_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_is_right),
        cmocka_unit_test(it_gives_up_in_order_until_it_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
