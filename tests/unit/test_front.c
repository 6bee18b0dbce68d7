#include "config.h"

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "src/heatmap/front.h"
#include "src/heatmap/js.h"
#include "src/heatmap/search.h"

static const struct render_place at = {.up = ""};

static unsigned count(const struct buf *b, const char *what)
{
    unsigned n = 0;
    const size_t size = strlen(what);
    for (size_t i = 0; i + size <= b->n; i++)
        n += memcmp(b->p + i, what, size) == 0;
    return n;
}

static void expect_text(const struct buf *b, const char *what)
{
    if (count(b, what) == 0)
        fail_msg("%s is not in:\n%.*s", what, (int)b->n, (const char *)b->p);
}

static void expect_balance(const struct buf *b)
{
    assert_int_equal(count(b, "<details"), count(b, "</details>"));
    assert_int_equal(count(b, "<summary>"), count(b, "</summary>"));
}

static struct model_process *processes(uint32_t n)
{
    struct model_process *p = calloc(n, sizeof *p);
    assert_non_null(p);
    for (uint32_t i = 0; i < n; i++)
        p[i] = (struct model_process){.id = i + 1, .pid = 100 + i, .python = 0x030d00f0, .parent = MODEL_NONE};
    return p;
}

static void a_chain_of_processes_is_bounded(void **state)
{
    (void)state;
    enum { N = 3000 };
    struct model m = {.n_processes = N, .processes = processes(N)};
    for (uint32_t i = 1; i < N; i++)
        m.processes[i].parent = i - 1;
    struct buf out = {0};
    front_processes(&m, &out);
    assert_true(buf_ok(&out));
    expect_balance(&out);
    expect_text(&out, "and 2,000 more processes");
    unsigned depth = 0, deepest = 0;
    for (size_t i = 0; i + 10 <= out.n; i++) {
        depth += memcmp(out.p + i, "<details", 8) == 0;
        depth -= memcmp(out.p + i, "</details>", 10) == 0;
        deepest = depth > deepest ? depth : deepest;
    }
    assert_int_equal(depth, 0);
    assert_in_range(deepest, 20, 40);
    buf_fini(&out);
    free(m.processes);
}

/* Numbers of parents are what a recording says. */
static void nonsense_of_parents_hides_nobody(void **state)
{
    (void)state;
    struct model m = {.n_processes = 5, .processes = processes(5)};
    m.processes[0].parent = 0;
    m.processes[1].parent = 3;
    m.processes[2].parent = 1;
    m.processes[3].parent = 1;
    m.processes[4].parent = 900;
    struct buf out = {0};
    front_processes(&m, &out);
    expect_balance(&out);
    for (unsigned i = 0; i < 5; i++) {
        char words[32];
        (void)snprintf(words, sizeof words, "process %u,", 100 + i);
        assert_int_equal(count(&out, words), 1);
    }
    buf_fini(&out);
    free(m.processes);
}

static void many_threads_and_long_names_are_cut(void **state)
{
    (void)state;
    enum { N = 5000, LONG = 60000 };
    char *name = malloc(LONG);
    assert_non_null(name);
    memset(name, 'x', LONG);
    struct model m = {.n_processes = 1, .processes = processes(1), .n_threads = N, .counts.n = 10};
    m.processes[0].argv = &(struct slice){(const uint8_t *)name, LONG};
    m.processes[0].argc = 1;
    m.threads = calloc(N, sizeof *m.threads);
    assert_non_null(m.threads);
    for (uint32_t i = 0; i < N; i++)
        m.threads[i].name = slice_of(name, LONG);
    m.threads[N - 1].samples = 10;
    struct buf out = {0};
    front_head(&at, &m, &out);
    front_processes(&m, &out);
    expect_balance(&out);
    expect_text(&out, "and 4,001 more threads");
    expect_text(&out, "…");
    expect_text(&out, "<span>10</span>"); /* the one with samples comes first, and is not cut off */
    assert_in_range(out.n, 100000, 500000);
    buf_fini(&out);
    free(m.threads);
    free(m.processes);
    free(name);
}

static void without_samples_or_processes_there_is_a_page(void **state)
{
    (void)state;
    struct model m = {0};
    struct buf out = {0};
    render_front(&m, NULL, &out);
    expect_text(&out, "<h1>Nothing was recorded</h1>");
    expect_text(&out, "No Python ran");
    expect_text(&out, "</html>");
    buf_fini(&out);
}

static void an_idle_program_is_said_first(void **state)
{
    (void)state;
    struct model m = {.n_processes = 1, .processes = processes(1), .counts.n = 29};
    m.counts.ticks[REC_TICK_RUNNING] = 29;
    m.counts.ticks[REC_TICK_IDLE] = 71;
    struct buf out = {0};
    front_head(&at, &m, &out);
    expect_text(&out, "active for only 29.0 % of the time");
    expect_text(&out, "--basis wall");
    /* What nobody looked at was not idle. */
    m.counts.ticks[REC_TICK_LOST] = 1000;
    m.counts.ticks[REC_TICK_IDLE] = 61;
    buf_clear(&out);
    front_head(&at, &m, &out);
    assert_int_equal(count(&out, "active for only"), 0);
    m.counts.ticks[REC_TICK_IDLE] = 71;
    m.basis = BASIS_WALL;
    buf_clear(&out);
    front_head(&at, &m, &out);
    assert_int_equal(count(&out, "active for only"), 0);
    buf_fini(&out);
    free(m.processes);
}

static void warns(uint64_t trimmed, uint64_t lost, uint64_t rows_trimmed, uint64_t rows_lost, bool expected)
{
    struct model m = {.counts = {.n = 1000,
                                 .exact = 1000 - trimmed,
                                 .trimmed = trimmed,
                                 .lost = lost,
                                 .rows_read = 1000,
                                 .rows_trimmed = rows_trimmed,
                                 .rows_lost = rows_lost}};
    struct buf out = {0};
    front_head(&at, &m, &out);
    assert_int_equal(count(&out, "not as good as they should be"), expected);
    buf_fini(&out);
}

static void more_than_one_percent_of_bad_samples_warns(void **state)
{
    (void)state;
    warns(0, 0, 0, 0, false);
    warns(10, 0, 10, 0, false);
    warns(11, 0, 10, 0, true);
    warns(0, 12, 0, 0, true);
    warns(0, 0, 6, 6, true); /* of what was read: repeats do not make it better */
}

static void strings_stay_strings(void **state)
{
    (void)state;
    static const struct {
        struct slice in;
        size_t characters;
        const char *out;
    } cases[] = {
        {SLICE("plain"), 10, "\"plain\""},
        {SLICE("a\"b\\c\td"), 10, "\"a\\\"b\\\\c\\td\""},
        {SLICE("</script><!--"), 99, "\"\\u003c/script>\\u003c!--\""},
        {SLICE("\xff\x00\n\xe2\x80\xae\xe2\x80\xa8"), 99, "\"\\\\xff\\\\x00␊\\u003cU+202E>\\u003cU+2028>\""},
        {SLICE("€€€"), 2, "\"€€…\""},
        {SLICE(""), 2, "\"\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf b = {0};
        js_string(&b, cases[i].in, cases[i].characters);
        buf_u8(&b, '\0');
        assert_string_equal((const char *)b.p, cases[i].out);
        buf_fini(&b);
    }
}

/* The coolest lines are what is left out of the search, and that is said. */
static void the_search_is_bounded(void **state)
{
    (void)state;
    enum { N = SEARCH_MAX_LINES + 7 };
    static uint32_t starts[N + 1], hot[N];
    static struct model_line lines[N];
    static char text[3 * N];
    for (uint32_t i = 0; i < N; i++) {
        lines[i] = (struct model_line){.line = i + 1, .self = N - i, .total = N};
        hot[i] = i;
        memcpy(text + 3 * i, "ab\n", 3);
        starts[i] = 3 * i;
    }
    starts[N] = 3 * N;
    struct model_file file = {.module = SLICE("m"),
                              .path = SLICE("/m.py"),
                              .page = SLICE("src/m.html"),
                              .lines = N,
                              .text = slice_of(text, sizeof text),
                              .text_lines = N,
                              .starts = starts};
    const struct model m = {
        .n_files = 1, .files = &file, .n_lines = N, .lines = lines, .hot_lines = hot, .counts.n = N};
    struct buf out = {0};
    search_script(&m, &out);
    assert_true(buf_ok(&out));
    expect_text(&out, "\"more\":7,");
    assert_int_equal(count(&out, "\"ab\""), SEARCH_MAX_LINES);
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_of_processes_is_bounded),
        cmocka_unit_test(nonsense_of_parents_hides_nobody),
        cmocka_unit_test(many_threads_and_long_names_are_cut),
        cmocka_unit_test(without_samples_or_processes_there_is_a_page),
        cmocka_unit_test(an_idle_program_is_said_first),
        cmocka_unit_test(more_than_one_percent_of_bad_samples_warns),
        cmocka_unit_test(strings_stay_strings),
        cmocka_unit_test(the_search_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
