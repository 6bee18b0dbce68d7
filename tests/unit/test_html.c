#include "config.h"

#include "tests/unit/unit.h"

#include <math.h>
#include <stdio.h>

#include "src/heatmap/heat.h"
#include "src/heatmap/html.h"

static void shows(struct slice in, const char *out)
{
    struct buf b = {0};
    html_text(&b, in);
    buf_u8(&b, '\0');
    assert_true(buf_ok(&b));
    assert_string_equal((const char *)b.p, out);
    buf_fini(&b);
}

static void text_cannot_become_markup(void **state)
{
    (void)state;
    shows(SLICE("</script><b a=\"x\" c='y'>&amp;"), "&lt;/script&gt;&lt;b a=\"x\" c='y'&gt;&amp;amp;");
    shows(SLICE(""), "");
    shows(SLICE("plain \t text"), "plain \t text");
    shows(SLICE("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\x8d"),
          "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\x8d");
}

static void attributes_cannot_be_left(void **state)
{
    (void)state;
    struct buf b = {0};
    html_attribute(&b, SLICE("\"><script>'&\xff"));
    buf_u8(&b, '\0');
    assert_string_equal((const char *)b.p, "&quot;&gt;&lt;script&gt;&#39;&amp;\\xff");
    buf_fini(&b);
}

static void bytes_that_cannot_be_seen_are_shown(void **state)
{
    (void)state;
    shows(SLICE("a\xff"
                "b"),
          "a\\xffb");
    shows(SLICE("\xed\xb2\x80"), "\\udc80");
    shows(SLICE("nul\0."), "nul\\x00.");
    shows(SLICE("\x1b[31m\x7f"), "\xe2\x90\x9b[31m\xe2\x90\xa1"); /* U+241B, U+2421 */
    shows(SLICE("a\xe2\x80\xae"
                "b"),
          "a&lt;U+202E&gt;b");
    shows(SLICE("\xef\xbb\xbf"), "&lt;U+FEFF&gt;");
    shows(SLICE("\xc2\x85"), "&lt;U+0085&gt;");
    shows(SLICE("\xe3\x85\xa4\xe2\x80\xa8"), "&lt;U+3164&gt;&lt;U+2028&gt;");
    shows(SLICE("\xed\xa0\x80\xed\xb0\x80"), "\\ud800\\udc00"); /* a pair of surrogates is none in UTF-8 */
    shows(SLICE("cut\xe2\x80"), "cut\\xe2\\x80");
}

static void cuts(struct slice in, size_t characters, const char *out)
{
    struct buf b = {0};
    html_cut(&b, in, characters);
    buf_u8(&b, '\0');
    assert_string_equal((const char *)b.p, out);
    buf_fini(&b);
}

static void long_text_is_cut_between_characters(void **state)
{
    (void)state;
    cuts(SLICE("abc"), 3, "abc");
    cuts(SLICE("abcd"), 3, "abc…");
    cuts(SLICE("\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"), 2, "€€…");
    cuts(SLICE("<\xff>"), 2, "&lt;\\xff…");
    cuts(SLICE(""), 0, "");
}

static void percents(void **state)
{
    (void)state;
    static const struct {
        uint64_t part, whole;
        const char *cell, *word;
    } cases[] = {
        {0, 100, "", "0"},           {1, 1, "100.0\xe2\x80\x87", "100.0"}, {125, 1000, "12.5\xe2\x80\x87", "12.5"},
        {62, 10000, "0.62", "0.62"}, {1, 10000, "0.01", "0.01"},           {1, 1000000, "&lt;.01", "0.0001"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf b = {0};
        html_percent(&b, cases[i].part, cases[i].whole);
        buf_u8(&b, '\0');
        assert_string_equal((const char *)b.p, cases[i].cell);
        buf_clear(&b);
        html_percent_word(&b, cases[i].part, cases[i].whole);
        buf_u8(&b, '\0');
        assert_string_equal((const char *)b.p, cases[i].word);
        buf_fini(&b);
    }
}

static void numbers(void **state)
{
    (void)state;
    struct buf b = {0};
    html_count(&b, 1234567);
    buf_u8(&b, ' ');
    html_count(&b, 999);
    buf_u8(&b, ' ');
    html_seconds(&b, 18.71);
    buf_u8(&b, ' ');
    html_seconds(&b, 0.35);
    buf_u8(&b, ' ');
    html_seconds(&b, 7500);
    buf_u8(&b, '\0');
    assert_string_equal((const char *)b.p, "1,234,567 999 18.7 s 350 ms 2 h 5 min");
    buf_fini(&b);
}

static void heat_is_logarithmic_and_monotonic(void **state)
{
    (void)state;
    assert_int_equal(heat_step(0, 1000), 0);
    assert_int_equal(heat_step(1, 1000), 1); /* one sample looks like one */
    assert_int_equal(heat_step(1, 1), 1);
    assert_int_equal(heat_step(1000, 1000), 8);
    assert_int_equal(heat_step(2, 2), 2); /* the hottest of few is pale */
    assert_int_equal(heat_step(64, 64), 7);
    assert_int_equal(heat_step(65, 65), 8);
    assert_int_equal(heat_step(64, UINT64_MAX), 1);
    unsigned last = 0;
    for (uint64_t n = 0; n <= 100000; n++) {
        unsigned step = heat_step(n, 100000);
        assert_true(step >= last && step <= 8);
        last = step;
    }
}

/* Bounds as Wilson's paper gives them: the roots of |p - share| = z √(p (1 - p) / n). */
static void intervals_hold_the_share(void **state)
{
    (void)state;
    const double z = 1.959964;
    for (uint64_t n = 1; n <= 100000; n = n * 3 + 1) {
        for (uint64_t count = 0; count <= n; count += 1 + n / 7) {
            const double share = (double)count / (double)n;
            const struct heat_interval i = heat_interval(count, n);
            assert_true(i.low >= 0 && i.low <= share && share <= i.high && i.high <= 1);
            if (count > 0)
                assert_true(fabs(share - i.low - z * sqrt(i.low * (1 - i.low) / (double)n)) < 1e-9);
            if (count < n)
                assert_true(fabs(i.high - share - z * sqrt(i.high * (1 - i.high) / (double)n)) < 1e-9);
        }
    }
    assert_true(fabs(heat_interval(10, 100).low - 0.0552) < 0.0001); /* a textbook's */
    assert_true(fabs(heat_interval(10, 100).high - 0.1744) < 0.0001);
    assert_true(heat_interval(0, 10).low <= 0 && heat_interval(0, 0).high >= 1);
}

static void samples_are_said_with_their_share(void **state)
{
    (void)state;
    struct buf b = {0};
    html_samples(&b, 1, 0);
    buf_u8(&b, ' ');
    html_samples(&b, 12345, 20000);
    buf_u8(&b, ' ');
    html_share(&b, 0.000021);
    buf_u8(&b, '\0');
    assert_string_equal((const char *)b.p, "1 sample 12345 samples, 61.7 % 0.002");
    buf_fini(&b);
}

/* Ties, too: the shortest way to a number rounds no other way than the long one. */
static void percents_are_rounded_as_by_printf(void **state)
{
    (void)state;
    struct buf b = {0};
    for (uint64_t whole = 1; whole <= 800; whole++) {
        for (uint64_t part = 1; part <= whole; part++) {
            char want[16];
            const double p = 100.0 * (double)part / (double)whole / 100 * 100;
            (void)snprintf(want, sizeof want, p >= 0.995 ? "%.1f" : "%.2f", p);
            buf_clear(&b);
            html_percent_word(&b, part, whole);
            buf_u8(&b, '\0');
            assert_string_equal((const char *)b.p, want);
        }
    }
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_cannot_become_markup),
        cmocka_unit_test(attributes_cannot_be_left),
        cmocka_unit_test(bytes_that_cannot_be_seen_are_shown),
        cmocka_unit_test(long_text_is_cut_between_characters),
        cmocka_unit_test(percents),
        cmocka_unit_test(numbers),
        cmocka_unit_test(heat_is_logarithmic_and_monotonic),
        cmocka_unit_test(intervals_hold_the_share),
        cmocka_unit_test(samples_are_said_with_their_share),
        cmocka_unit_test(percents_are_rounded_as_by_printf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
