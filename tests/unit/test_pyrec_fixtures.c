/* The fixtures of tests/formats/pyrec: what is read of each is in its .expect. UPDATE=1 writes those anew; look at the
 * difference. */
#include "config.h"

#include "tests/unit/unit.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/formats/dump.h"
#include "tests/formats/hex.h"

static glob_t fixtures;

static const char *source_directory(void)
{
    const char *top = getenv("abs_top_srcdir");
    return top != NULL ? top : ".";
}

static int find_fixtures(void **state)
{
    (void)state;
    char pattern[4096];
    (void)snprintf(pattern, sizeof pattern, "%s/tests/formats/pyrec/*.hex", source_directory());
    assert_int_equal(glob(pattern, 0, NULL, &fixtures), 0);
    assert_true(fixtures.gl_pathc > 20);
    return 0;
}

static int forget_fixtures(void **state)
{
    (void)state;
    globfree(&fixtures);
    return 0;
}

static const char *name_of(const char *path)
{
    return strrchr(path, '/') + 1;
}

static bool is_of(const char *path, const char *kind)
{
    return strncmp(name_of(path), kind, strlen(kind)) == 0;
}

static void assemble(const char *path, struct buf *file)
{
    struct err err = {0};
    struct buf text = {0};
    assert_true(hex_load(path, &text, &err));
    if (!hex_recording(buf_view(&text), file, &err))
        fail_msg("%s: %s", path, err.msg);
    buf_fini(&text);
}

static bool read_fixture(struct slice bytes, struct dump *d, struct err *err)
{
    struct format_input in = memory_input(&bytes);
    *d = (struct dump){.rows = true};
    struct sink sink = dump_sink(d);
    return format_pyrec.read(&in, &sink, err);
}

/* Where in the file, and how many bytes, depends on the compressor. */
static void forget_sizes(struct buf *text)
{
    static const char *const words[] = {" offset=", " bytes="};
    buf_u8(text, '\0');
    char *from = (char *)text->p;
    for (char *damage = strstr(from, "damage "); damage != NULL; damage = strstr(damage + 1, "damage ")) {
        for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
            char *digit = strstr(damage, words[i]);
            digit = digit == NULL ? damage + strlen(damage) : digit + strlen(words[i]);
            const size_t n = strspn(digit, "0123456789");
            memmove(digit, digit + n, strlen(digit + n) + 1);
        }
    }
    text->n = strlen(from);
}

static void write_expected(const char *path, struct slice said)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(said.p, 1, said.n, f), said.n);
    assert_int_equal(fclose(f), 0);
}

static void each_says_what_is_expected(void **state)
{
    (void)state;
    for (size_t i = 0; i < fixtures.gl_pathc; i++) {
        const char *path = fixtures.gl_pathv[i];
        char expect[4096];
        struct buf file = {0}, expected = {0};
        struct dump d;
        struct err err = {0};
        assemble(path, &file);
        const bool ok = read_fixture(buf_view(&file), &d, &err);
        if (!ok)
            buf_printf(&d.text, "error %s\n", err.msg);
        forget_sizes(&d.text);
        if (is_of(path, "good-"))
            assert_true(ok && d.damages == 0);
        else if (is_of(path, "bad-"))
            assert_true(d.damages > 0 || (!ok && err.kind != ERR_UNSUPPORTED));
        else
            assert_true(is_of(path, "unsupported-") && !ok && err.kind == ERR_UNSUPPORTED);
        (void)snprintf(expect, sizeof expect, "%.*s.expect", (int)(strlen(path) - 4), path);
        if (getenv("UPDATE") != NULL)
            write_expected(expect, buf_view(&d.text));
        assert_true(hex_load(expect, &expected, &err));
        buf_u8(&d.text, '\0');
        if (strcmp((const char *)d.text.p, (const char *)expected.p) != 0)
            fail_msg("%s: read was\n%s", path, (const char *)d.text.p);
        dump_fini(&d);
        buf_fini(&file);
        buf_fini(&expected);
    }
}

/* Never more than there was, whatever is cut off and whichever bits are turned over. */
static void good_ones_are_cut_and_flipped_everywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < fixtures.gl_pathc; i++) {
        struct buf file = {0};
        struct dump whole, d;
        struct err err = {0};
        if (!is_of(fixtures.gl_pathv[i], "good-"))
            continue;
        assemble(fixtures.gl_pathv[i], &file);
        assert_true(read_fixture(buf_view(&file), &whole, &err));
        for (size_t at = 0; at < file.n; at++) {
            (void)read_fixture(slice_of(file.p, at), &d, &err);
            assert_true(d.weight <= whole.weight);
            dump_fini(&d);
            err_clear(&err);
            file.p[at] ^= (uint8_t)(1u << at % 8);
            (void)read_fixture(buf_view(&file), &d, &err);
            assert_true(d.weight <= whole.weight);
            dump_fini(&d);
            err_clear(&err);
            file.p[at] ^= (uint8_t)(1u << at % 8);
        }
        dump_fini(&whole);
        buf_fini(&file);
    }
}

static void the_readme_names_each(void **state)
{
    (void)state;
    char path[4096];
    struct buf readme = {0};
    struct err err = {0};
    (void)snprintf(path, sizeof path, "%s/tests/formats/README.md", source_directory());
    assert_true(hex_load(path, &readme, &err));
    for (size_t i = 0; i < fixtures.gl_pathc; i++) {
        char name[256];
        const char *file = name_of(fixtures.gl_pathv[i]);
        (void)snprintf(name, sizeof name, "`%.*s`", (int)(strlen(file) - 4), file);
        if (strstr((const char *)readme.p, name) == NULL)
            fail_msg("tests/formats/README.md does not say what %s proves", name);
    }
    buf_fini(&readme);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_says_what_is_expected),
        cmocka_unit_test(good_ones_are_cut_and_flipped_everywhere),
        cmocka_unit_test(the_readme_names_each),
    };
    return cmocka_run_group_tests(tests, find_fixtures, forget_fixtures);
}
