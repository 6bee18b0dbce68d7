/* Whatever a name is, it stays a name in what is pasted. */
#include "config.h"

#include "tests/unit/unit.h"

#include "src/heatmap/markdown.h"

static void code_is(struct slice s, const char *want)
{
    struct buf out = {0};
    markdown_code(&out, s);
    buf_u8(&out, '\0');
    assert_string_equal((const char *)out.p, want);
    buf_fini(&out);
}

static void code_spans_hold_anything(void **state)
{
    (void)state;
    code_is(SLICE("x = 1"), "`x = 1`");
    code_is(SLICE("a | b || c"), "`a \\| b \\|\\| c`");
    code_is(SLICE("a`b``c"), "```a`b``c```");
    code_is(SLICE("`"), "`` ` ``");
    code_is(SLICE(" x"), "`  x `");
    code_is(SLICE(""), "`  `");
    code_is(SLICE("</td><script>@ada #1"), "`</td><script>@ada #1`");
    code_is(SLICE("a\nb\x1b[31m\xff\xe2\x80\xae"), "`a?b?[31m\\xff?`");
    struct buf line = {0};
    for (int i = 0; i < 200; i++)
        buf_str(&line, "\xc3\xa4");
    struct buf want = {0};
    buf_str(&want, "`");
    for (int i = 0; i < 120; i++)
        buf_str(&want, "\xc3\xa4");
    buf_str(&want, "…`");
    buf_u8(&want, '\0');
    code_is(buf_view(&line), (const char *)want.p);
    buf_fini(&line);
    buf_fini(&want);
}

static void secrets_are_left_out(void **state)
{
    (void)state;
    static const uint32_t starts[] = {0, 17, 23};
    struct slice argv[] = {SLICE("/usr/bin/python3"), SLICE("/home/ada/app.py"), SLICE("--password=hunter2"),
                           SLICE("ada")};
    struct model_process process = {.argv = argv, .argc = 4, .python = 0x030d00f0};
    struct model_file file = {.path = SLICE("/home/ada/app.py"),
                              .module = SLICE("app"),
                              .text = SLICE("password = 'abcd'x = 1\n"),
                              .text_lines = 2,
                              .starts = starts};
    struct model_line lines[] = {{.line = 1, .self = 3, .total = 3}, {.line = 2, .self = 1, .total = 4}};
    struct model_function function = {.file = 0, .def_line = 1, .qualname = SLICE("f"), .self = 4, .total = 4};
    uint32_t zero[] = {0, 0}, hot[] = {0, 1};
    struct model m = {.header = {.time_unit_ns = 1000, .period_ns = 1000000},
                      .duration = 2000000,
                      .ended = true,
                      .counts = {.n = 4, .rows_read = 4},
                      .processes = &process,
                      .n_processes = 1,
                      .files = &file,
                      .n_files = 1,
                      .lines = lines,
                      .n_lines = 2,
                      .line_file = zero,
                      .hot_lines = hot,
                      .functions = &function,
                      .n_functions = 1,
                      .hot_functions = zero};
    struct buf out = {0};
    markdown(&m, &out);
    buf_u8(&out, '\0');
    assert_string_equal((const char *)out.p,
                        "**`python3 app.py --password=… …`** ran 2.0 s with CPython 3.13.0: 1 process, 0 threads.\n"
                        "4 active samples at 1000 Hz; of the looks 100.0 % exact, 0 % trimmed, 0 % lost.\n"
                        "\n| self | total | line | |\n|---:|---:|:---|:---|\n"
                        "| 75.0 % | 75.0 % | `app:1` |  |\n"
                        "| 25.0 % | 100.0 % | `app:2` | `x = 1` |\n"
                        "\n| self | total | function | |\n|---:|---:|:---|:---|\n"
                        "| 100.0 % | 100.0 % | `f` | `app:1` |\n");
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(code_spans_hold_anything),
        cmocka_unit_test(secrets_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
