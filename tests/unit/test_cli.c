/* The command line, files that are written whole, pipes that are read, and what is said at the end. */
#include "config.h"

#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/heatmap/browser.h"
#include "src/heatmap/input.h"
#include "src/heatmap/options.h"
#include "src/heatmap/output.h"
#include "src/heatmap/summary.h"
#include "src/heatmap/utf8.h"

enum { MAX_WORDS = 8 };

static struct options parsed(const char *const *words)
{
    struct options o;
    struct err err = {0};
    char *argv[MAX_WORDS + 2] = {(char *)(uintptr_t) "pyheatmap"};
    int argc = 1;
    for (; words[argc - 1] != NULL; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc - 1];
    if (!options_parse(&o, argc, argv, &err))
        fail_msg("%s", err.msg);
    return o;
}
#define PARSED(...) parsed((const char *const[]){__VA_ARGS__, NULL})

static void refused(const char *const *words, const char *why)
{
    struct options o;
    struct err err = {0};
    char *argv[MAX_WORDS + 2] = {(char *)(uintptr_t) "pyheatmap"};
    int argc = 1;
    for (; words[argc - 1] != NULL; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc - 1];
    assert_false(options_parse(&o, argc, argv, &err));
    assert_int_equal(err.kind, ERR_USAGE);
    if (strstr(err.msg, why) == NULL)
        fail_msg("%s, not: %s", why, err.msg);
    options_fini(&o);
}
#define REFUSED(why, ...) refused((const char *const[]){__VA_ARGS__, NULL}, why)

static void options_are_understood(void **state)
{
    (void)state;
    struct options o = PARSED("out/t.zst");
    assert_string_equal(o.output, "out/t-heatmap");
    assert_int_equal(o.basis, BASIS_ACTIVE);
    assert_null(o.json);
    options_fini(&o);
    o = PARSED("x/.zst");
    assert_string_equal(o.output, "x/.zst-heatmap");
    options_fini(&o);
    o = PARSED("-");
    assert_string_equal(o.output, "recording-heatmap");
    options_fini(&o);
    o = PARSED("t.zst", "--json", "-", "--basis=wall", "-q");
    assert_null(o.output); /* --json alone writes no site */
    assert_string_equal(o.json, "-");
    assert_int_equal(o.basis, BASIS_WALL);
    assert_true(o.quiet);
    options_fini(&o);
    o = PARSED("-f", "-o", "a", "-o", "b", "--json=j", "--open", "--", "-odd");
    assert_string_equal(o.output, "b");
    assert_string_equal(o.recording, "-odd");
    assert_true(o.force && o.open);
    options_fini(&o);
    o = PARSED("--source-root", "/old/dir=new", "--source-root=tree", "--note", "one", "--note=two", "t");
    assert_int_equal(o.n_roots, 2);
    assert_true(slice_eq(o.roots[0].old_dir, SLICE("/old/dir")));
    assert_string_equal(o.roots[0].new_dir, "new");
    assert_int_equal(o.roots[1].old_dir.n, 0);
    assert_string_equal(o.roots[1].new_dir, "tree");
    assert_true(slice_eq(buf_view(&o.notes), SLICE("one\n\ntwo")));
    options_fini(&o);
    o = PARSED("--help", "--nonsense");
    assert_int_equal(o.action, OPTIONS_HELP);
    options_fini(&o);
    o = PARSED("--version");
    assert_int_equal(o.action, OPTIONS_VERSION);
    options_fini(&o);
}

static void mistakes_are_named(void **state)
{
    (void)state;
    REFUSED("no recording", "-q");
    REFUSED("one recording at a time, not 2 (a, b", "a", "b");
    REFUSED("not cpu", "--basis", "cpu", "t");
    REFUSED("known are: pyrec", "--format", "elf", "t");
    REFUSED("-o wants a value", "t", "-o");
    REFUSED("--json wants a value", "t", "--json");
    REFUSED("-o wants a name", "t", "-o", "");
    REFUSED("--nonsense is no option", "t", "--nonsense");
    REFUSED("-z is no option", "t", "-z");
    REFUSED("-z is no option", "-qz", "t");
    REFUSED("NEW or OLD=NEW", "--source-root", "=x", "t");
    REFUSED("NEW or OLD=NEW", "--source-root", "x=", "t");
    REFUSED("--open wants a site", "--open", "--json", "-", "t");
    REFUSED("has no name", "");
}

/* --- files ---------------------------------------------------------------------------------------------------------
 */

static char dir[64];

static int enter_dir(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof dir, "/tmp/test_cli.XXXXXX");
    return mkdtemp(dir) == NULL || chdir(dir) != 0;
}

static int leave_dir(void **state)
{
    (void)state;
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf %s", dir);
    return chdir("/") != 0 || system(command) != 0;
}

static void file_is(const char *path, const char *want)
{
    char text[64] = "";
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    assert_int_equal(fread(text, 1, sizeof text - 1, file), strlen(want));
    assert_string_equal(text, want);
    (void)fclose(file);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void output_is_whole_or_untouched(void **state)
{
    (void)state;
    struct err err = {0};
    struct output o;
    write_file("out", "before");
    assert_true(output_open(&o, "out", &err));
    assert_true(fputs("after", o.file) >= 0);
    file_is("out", "before");
    output_discard(&o);
    file_is("out", "before");
    assert_true(output_open(&o, "out", &err));
    assert_true(fputs("after", o.file) >= 0);
    assert_true(output_commit(&o, &err));
    file_is("out", "after");
    assert_int_equal(system("test $(ls | wc -l) = 1"), 0); /* nothing is left beside it */
    assert_false(output_open(&o, "no/such/dir", &err));
    assert_non_null(strstr(err.msg, "no/such/dir: cannot write it: No such file"));
    err_clear(&err);
    /* A device is written in place, and its errors are seen. */
    assert_true(output_open(&o, "/dev/full", &err));
    assert_true(fputs("x", o.file) >= 0);
    assert_false(output_commit(&o, &err));
    assert_non_null(strstr(err.msg, "/dev/full: cannot write it: No space left"));
    assert_int_equal(unlink("out"), 0);
}

static void pipes_can_be_read_anywhere(void **state)
{
    (void)state;
    struct err err = {0};
    struct input input;
    assert_int_equal(mkfifo("pipe", 0600), 0);
    assert_int_equal(system("(i=0; while [ $i -lt 20000 ]; do echo 12345678; i=$((i + 1)); done) >pipe &"), 0);
    assert_true(input_open(&input, "pipe", false, &err));
    assert_int_equal(input.in.size, 180000);
    char text[10] = "";
    size_t got;
    assert_true(input.in.read(input.in.self, 179991, text, 9, &got, &err));
    assert_int_equal(got, 9);
    assert_string_equal(text, "12345678\n");
    assert_true(input.in.read(input.in.self, 0, text, 4, &got, &err));
    assert_memory_equal(text, "1234", 4);
    assert_true(input.in.read(input.in.self, 179998, text, 9, &got, &err));
    assert_int_equal(got, 2);
    input_close(&input);
    assert_int_equal(unlink("pipe"), 0);
    assert_false(input_open(&input, ".", false, &err));
    assert_non_null(strstr(err.msg, "is a directory"));
    err_clear(&err);
    assert_false(input_open(&input, "none", false, &err));
    assert_non_null(strstr(err.msg, "none: cannot open it"));
}

static void notes_come_from_files(void **state)
{
    (void)state;
    write_file("note.md", "# From a file\n");
    struct options o = PARSED("--note=first", "--note-file", "note.md", "t");
    assert_true(slice_eq(buf_view(&o.notes), SLICE("first\n\n# From a file\n")));
    options_fini(&o);
    struct err err = {0};
    char *argv[] = {(char *)(uintptr_t) "pyheatmap", (char *)(uintptr_t) "--note-file=none", NULL};
    assert_false(options_parse(&o, 2, argv, &err));
    assert_int_equal(err.kind, ERR_SYSTEM);
    options_fini(&o);
}

/* --- the summary ---------------------------------------------------------------------------------------------------
 */

static char *summary_of(const struct model *m, const struct summary_options *options)
{
    char *text = NULL;
    size_t n = 0;
    struct err err = {0};
    FILE *out = open_memstream(&text, &n);
    assert_non_null(out);
    assert_true(summary_print(m, options, out, &err));
    assert_int_equal(fclose(out), 0);
    assert_int_equal(utf8_plain(slice_of(text, n)), n);
    return text;
}

static void summary_says_what_matters(void **state)
{
    (void)state;
    struct slice argv[] = {SLICE("python3"), SLICE("app.py")};
    struct model_process process = {.argv = argv, .argc = 2};
    const struct slice source = SLICE("\tx = 1\r\n  y = '\x1b[31m\xc2\x9b\xe2\x80\xae' # a comment in red\n");
    const uint32_t starts[] = {0, 8, (uint32_t)source.n};
    struct model_file file = {.path = SLICE("/app/app.py"), .text = source, .text_lines = 2, .starts = starts};
    struct model_line lines[] = {{.line = 1, .self = 250, .total = 250}, {.line = 2, .self = 749, .total = 999}};
    uint32_t line_file[] = {0, 0}, hot[] = {1, 0};
    struct model m = {.header = {.time_unit_ns = 1000},
                      .duration = 1500000,
                      .counts = {.n = 1000, .rows_read = 12345, .rows_trimmed = 12, .rows_lost = 0},
                      .processes = &process,
                      .n_processes = 1,
                      .files = &file,
                      .lines = lines,
                      .n_lines = 2,
                      .line_file = line_file,
                      .hot_lines = hot};
    const struct summary_options options = {.site = dir, .width = 80};
    char *text = summary_of(&m, &options);
    char want[512];
    (void)snprintf(want, sizeof want,
                   "1,000 active samples of python3 app.py\n"
                   "in 1.5 s, 99.9 %% of the looks exact, 0.10 %% trimmed, 0.0 %% lost\n"
                   "Hottest lines, by the time in the line itself:\n"
                   "  74.9 %%  /app/app.py:2  y = '?[31m?"
                   "?' # a comment in red\n"
                   "  25.0 %%  /app/app.py:1  x = 1\n"
                   "Site: file://%s/index.html\n",
                   dir);
    assert_string_equal(text, want);
    free(text);
    const struct summary_options narrow = {.width = 40, .colour = true};
    text = summary_of(&m, &narrow);
    assert_non_null(strstr(text, "\033[1m/app/app.py:2\033[m  \033[2my = '?[31m?"
                                 "?' …\033[m\n"));
    free(text);
    file.path = SLICE("/a/very/long/way/to/the/file.py");
    text = summary_of(&m, &narrow);
    assert_non_null(strstr(text, "\033[1m…ay/to/the/file.py:2\033[m"));
    free(text);
    m.counts.n = 0;
    m.counts.wall = 5;
    m.n_lines = 0;
    text = summary_of(&m, &narrow);
    assert_non_null(strstr(text, "--basis wall"));
    free(text);
}

static void addresses_are_escaped(void **state)
{
    (void)state;
    struct buf b = {0};
    assert_true(summary_address("/no/such/50 %#\xc3\xa9?", &b));
    assert_true(slice_eq(buf_view(&b), SLICE("file:///no/such/50%20%25%23%C3%A9%3F/index.html")));
    buf_fini(&b);
}

static void browser_is_what_the_user_named(void **state)
{
    (void)state;
    struct err err = {0};
    write_file("browse", "#!/bin/sh\nprintf '%s' \"$*\" >shown\n");
    assert_int_equal(chmod("browse", 0700), 0);
    assert_int_equal(setenv("BROWSER", ":./none:./browse", 1), 0);
    assert_true(browser_open("file:///a b;$(c)", &err));
    for (int i = 0; i < 500 && access("shown", F_OK) != 0; i++)
        (void)usleep(10000);
    (void)usleep(50000);
    file_is("shown", "file:///a b;$(c)");
    assert_int_equal(setenv("BROWSER", "./none", 1), 0);
    char *path = strdup(getenv("PATH"));
    assert_non_null(path);
    assert_int_equal(setenv("PATH", "/nowhere", 1), 0);
    assert_false(browser_open("file:///x", &err));
    assert_non_null(strstr(err.msg, "open file:///x"));
    /* The same by a process that waits; and one that is never asked. */
    struct browser b;
    err_clear(&err);
    assert_true(browser_prepare(&b, &err));
    assert_false(browser_show(&b, "file:///x", &err));
    assert_non_null(strstr(err.msg, "open file:///x"));
    browser_fini(&b);
    assert_int_equal(setenv("PATH", path, 1), 0);
    free(path);
    assert_int_equal(setenv("BROWSER", "./browse", 1), 0);
    assert_int_equal(unlink("shown"), 0);
    err_clear(&err);
    assert_true(browser_prepare(&b, &err));
    assert_true(browser_show(&b, "file:///y", &err));
    browser_fini(&b);
    for (int i = 0; i < 500 && access("shown", F_OK) != 0; i++)
        (void)usleep(10000);
    (void)usleep(50000);
    file_is("shown", "file:///y");
    assert_true(browser_prepare(&b, &err));
    browser_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_are_understood),       cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(output_is_whole_or_untouched), cmocka_unit_test(pipes_can_be_read_anywhere),
        cmocka_unit_test(notes_come_from_files),        cmocka_unit_test(summary_says_what_matters),
        cmocka_unit_test(addresses_are_escaped),        cmocka_unit_test(browser_is_what_the_user_named),
    };
    return cmocka_run_group_tests(tests, enter_dir, leave_dir);
}
