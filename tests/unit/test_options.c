/* The command line of pyrecord. */
#include "config.h"

#include "src/record/options.h"

#include "tests/unit/unit.h"

#include <string.h>

#define MAX_WORDS 32

/* Splits at blanks; the words live until the next call. */
static bool parse(struct options *o, const char *line, struct err *err)
{
    static char text[512];
    static char *argv[MAX_WORDS + 1];
    int argc = 0;
    strncpy(text, line, sizeof text - 1);
    for (char *word = strtok(text, " "); word != NULL && argc < MAX_WORDS; word = strtok(NULL, " "))
        argv[argc++] = word;
    argv[argc] = NULL;
    *err = (struct err){0};
    return options_parse(o, argc, argv, err);
}

static void good(struct options *o, const char *line)
{
    struct err err;
    if (!parse(o, line, &err))
        fail_msg("%s: %s", line, err.msg);
}

static void bad(const char *line, const char *says)
{
    struct options o;
    struct err err;
    if (parse(&o, line, &err))
        fail_msg("was taken: %s", line);
    assert_int_equal(err.kind, ERR_USAGE);
    if (strstr(err.msg, says) == NULL)
        fail_msg("%s: said '%s', not '%s'", line, err.msg, says);
    options_fini(&o);
}

static void defaults(void **state)
{
    (void)state;
    struct options o;
    good(&o, "pyrecord -- python3 -c pass");
    assert_int_equal(o.action, OPTIONS_RECORD);
    assert_null(o.output);
    assert_int_equal(o.period_ns, 1000000);
    assert_int_equal(o.duration_ns, 0);
    assert_int_equal(o.sources, SOURCES_ALL);
    assert_int_equal(o.pid, 0);
    assert_false(o.force || o.quiet || o.verbose || o.no_argv);
    assert_string_equal(o.command[0], "python3");
    assert_string_equal(o.command[1], "-c");
    assert_string_equal(o.command[2], "pass");
    assert_null(o.command[3]);
    options_fini(&o);
}

static void everything(void **state)
{
    (void)state;
    struct options o;
    good(&o, "pyrecord -o x.zst -f -r 10k -d 2.5 --sources=project --no-argv --env A --env B --note hi "
             "--note-file n.md -q -v -p 42");
    assert_string_equal(o.output, "x.zst");
    assert_true(o.force && o.quiet && o.verbose && o.no_argv);
    assert_int_equal(o.period_ns, 100000);
    assert_int_equal(o.duration_ns, 2500000000);
    assert_int_equal(o.sources, SOURCES_PROJECT);
    assert_int_equal(o.env_n, 2);
    assert_string_equal(o.env[1], "B");
    assert_int_equal(o.notes_n, 2);
    assert_false(o.notes[0].is_file);
    assert_true(o.notes[1].is_file);
    assert_string_equal(o.notes[1].text, "n.md");
    assert_int_equal(o.pid, 42);
    assert_null(o.command);
    options_fini(&o);
}

static void the_commands_options_are_its_own(void **state)
{
    (void)state;
    struct options o;
    good(&o, "pyrecord -q python3 -r 7 --version");
    assert_int_equal(o.period_ns, 1000000);
    assert_int_equal(o.action, OPTIONS_RECORD);
    assert_string_equal(o.command[0], "python3");
    assert_string_equal(o.command[3], "--version");
    options_fini(&o);
}

static void rates(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        uint64_t period_ns;
    } cases[] = {
        {"pyrecord -r 997 x", 1003009},    {"pyrecord -r 10khz x", 100000},     {"pyrecord -r 1.5kHz x", 666667},
        {"pyrecord -r 100Hz x", 10000000}, {"pyrecord --rate=1 x", 1000000000}, {"pyrecord -r 100k x", 10000},
        {"pyrecord -r 99.5 x", 10050251},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct options o;
        good(&o, cases[i].line);
        assert_int_equal(o.period_ns, cases[i].period_ns);
        options_fini(&o);
    }
    bad("pyrecord -r 0 x", "from 1 to 100k");
    bad("pyrecord -r 101k x", "from 1 to 100k");
    bad("pyrecord -r 10kk x", "a number of Hz");
    bad("pyrecord -r 10khzz x", "a number of Hz");
    bad("pyrecord -r 1e9 x", "a number of Hz");
    bad("pyrecord -r -5 x", "a number of Hz");
    bad("pyrecord -r 0x10 x", "a number of Hz");
    bad("pyrecord -r inf x", "a number of Hz");
    bad("pyrecord -r . x", "a number of Hz");
    bad("pyrecord -r 1.2.3 x", "a number of Hz");
}

static void wrong_uses(void **state)
{
    (void)state;
    bad("pyrecord", "a command is expected");
    bad("pyrecord -q --", "a command is expected");
    bad("pyrecord -p 1 -- x", "not both");
    bad("pyrecord -p 0", "--pid '0'");
    bad("pyrecord -p -3", "--pid '-3'");
    bad("pyrecord -p 12x", "--pid '12x'");
    bad("pyrecord -p 99999999999", "--pid");
    bad("pyrecord -d 0 x", "more than 0");
    bad("pyrecord -d 5m x", "a number of seconds");
    bad("pyrecord --sources=some x", "all, project or none");
    bad("pyrecord --env A=1 x", "the name of a variable");
    bad("pyrecord -Z x", "'-Z' is unknown");
    bad("pyrecord --bogus x", "'--bogus'");
    bad("pyrecord --quiet=1 x", "'--quiet=1'");
    bad("pyrecord -o", "'-o' wants an argument");
    bad("pyrecord --rate", "'--rate' wants an argument");
}

static void help_and_version_end_the_parse(void **state)
{
    (void)state;
    struct options o;
    good(&o, "pyrecord --help --bogus");
    assert_int_equal(o.action, OPTIONS_HELP);
    good(&o, "pyrecord -h");
    assert_int_equal(o.action, OPTIONS_HELP);
    good(&o, "pyrecord --version");
    assert_int_equal(o.action, OPTIONS_VERSION);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults), cmocka_unit_test(everything), cmocka_unit_test(the_commands_options_are_its_own),
        cmocka_unit_test(rates),    cmocka_unit_test(wrong_uses), cmocka_unit_test(help_and_version_end_the_parse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
