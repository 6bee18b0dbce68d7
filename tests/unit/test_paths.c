/* Paths, small text files and Python command lines, taken apart. */
#include "config.h"

#include "src/record/path.h"
#include "src/record/pyargs.h"
#include "src/record/text.h"

#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

static void joins(const char *dir, const char *name, const char *expected)
{
    char out[PATH_MAX];
    assert_true(path_join(out, slice_str(dir), slice_str(name)));
    assert_string_equal(out, expected);
}

static void path_joins(void **state)
{
    (void)state;
    joins("/a", "b/c.py", "/a/b/c.py");
    joins("/a/", "./b//c.py", "/a/b/c.py");
    joins("/a", "/b", "/b");
    joins("/a/b", "", "/a/b");
    joins("/", "", "/");
    joins("/", ".", "/");
    joins("/a", "../b", "/a/../b"); /* stays: a may be a link */
    char out[PATH_MAX];
    assert_false(path_join(out, SLICE("/a"), slice_of("b\0c", 3)));
    assert_string_equal(out, "");
    char *longest = calloc(1, PATH_MAX + 1);
    memset(longest, 'x', PATH_MAX - 2);
    assert_true(path_join(out, SLICE(""), slice_str(longest)));
    assert_int_equal(strlen(out), PATH_MAX - 1);
    longest[PATH_MAX - 2] = 'x';
    assert_false(path_join(out, SLICE(""), slice_str(longest)));
    free(longest);
}

static void path_folds(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"/a/b/../c", "/a/c"}, {"/a/../../b", "/b"}, {"/..", "/"},
        {"/a/b", "/a/b"},      {"/a/b/..", "/a"},    {"/a/...", "/a/..."},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[PATH_MAX];
        strcpy(path, cases[i][0]);
        path_fold(path);
        assert_string_equal(path, cases[i][1]);
    }
}

static void path_relations(void **state)
{
    (void)state;
    assert_true(path_below(SLICE("/a/b"), SLICE("/a")));
    assert_true(path_below(SLICE("/a"), SLICE("/a")));
    assert_true(path_below(SLICE("/a"), SLICE("/")));
    assert_false(path_below(SLICE("/ab"), SLICE("/a")));
    assert_false(path_below(SLICE("/a"), SLICE("/a/b")));
    assert_true(slice_eq(path_dir(SLICE("/a/b")), SLICE("/a")));
    assert_true(slice_eq(path_dir(SLICE("/a")), SLICE("/")));
    assert_true(slice_eq(path_dir(SLICE("/")), SLICE("/")));
    assert_true(slice_eq(path_last(SLICE("/a/b")), SLICE("b")));
}

static void text_values(void **state)
{
    (void)state;
    struct slice text = SLICE("Name:\tpython3\nUid:\t1000\t0\r\nHOME = /usr/bin\nhome=second\nempty =\n");
    assert_true(slice_eq(text_value(text, "Uid", ':'), SLICE("1000\t0")));
    assert_true(slice_eq(text_value(text, "home", '='), SLICE("/usr/bin")));
    assert_int_equal(text_value(text, "empty", '=').n, 0);
    assert_int_equal(text_value(text, "Na", ':').n, 0);
    assert_int_equal(text_value(text, "python3", ':').n, 0);
}

static void parse(struct pyargs *out, const char *line)
{
    static char text[256];
    struct slice args[16];
    size_t n = 0;
    strncpy(text, line, sizeof text - 1);
    for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " "))
        args[n++] = slice_str(word);
    pyargs_parse(out, args, n);
}

static void a_python_command_line(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        enum pyargs_mode mode;
        const char *subject;
    } cases[] = {
        {"python3 app.py -m x", PYARGS_SCRIPT, "app.py"},
        {"python3 -m pkg.mod -c x", PYARGS_MODULE, "pkg.mod"},
        {"python3 -mpkg", PYARGS_MODULE, "pkg"},
        {"python3 -Bsm pkg", PYARGS_MODULE, "pkg"},
        {"python3 -c print(1) app.py", PYARGS_COMMAND, "print(1)"},
        {"python3 -W ignore -X dev app.py", PYARGS_SCRIPT, "app.py"},
        {"python3 -Wignore -Xdev app.py", PYARGS_SCRIPT, "app.py"},
        {"python3 -uW ignore app.py", PYARGS_SCRIPT, "app.py"},
        {"python3 --check-hash-based-pycs never app.py", PYARGS_SCRIPT, "app.py"},
        {"python3 -- -app.py", PYARGS_SCRIPT, "-app.py"},
        {"python3 -", PYARGS_STDIN, ""},
        {"python3 - app.py", PYARGS_STDIN, ""},
        {"python3", PYARGS_STDIN, ""},
        {"python3 -W", PYARGS_STDIN, ""},
        {"python3 -m", PYARGS_MODULE, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pyargs args;
        parse(&args, cases[i].line);
        if (args.mode != cases[i].mode || !slice_eq(args.subject, slice_str(cases[i].subject)))
            fail_msg("%s: mode %d, '%.*s'", cases[i].line, (int)args.mode, (int)args.subject.n,
                     (const char *)args.subject.p);
    }
    struct pyargs args;
    parse(&args, "python3 -I app.py");
    assert_true(args.ignore_env && args.no_user_site && args.safe_path && !args.no_site);
    parse(&args, "python3 -BES -s -P app.py");
    assert_true(args.ignore_env && args.no_user_site && args.safe_path && args.no_site);
    parse(&args, "python3 app.py -I");
    assert_false(args.ignore_env);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(path_joins),
        cmocka_unit_test(path_folds),
        cmocka_unit_test(path_relations),
        cmocka_unit_test(text_values),
        cmocka_unit_test(a_python_command_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
