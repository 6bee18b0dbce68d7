/* What is private is found, and goes; what is not, stays. */
#include "config.h"

#include "tests/unit/unit.h"

#include <stdlib.h>

#include "src/heatmap/arguments.h"
#include "src/heatmap/redact_text.h"
#include "src/heatmap/secrets.h"

static struct err err;

static void becomes(struct rewrite *map, const char *from, const char *want)
{
    struct buf out = {0};
    rewrite_apply(map, slice_str(from), &out);
    buf_u8(&out, '\0');
    assert_string_equal((const char *)out.p, want);
    buf_fini(&out);
}

static void words_are_replaced_where_they_are_words(void **state)
{
    (void)state;
    struct rewrite map = {0};
    assert_true(rewrite_add(&map, SLICE("/home/ada"), SLICE("/home/user"), REWRITE_DIRECTORY, &err));
    assert_true(rewrite_add(&map, SLICE("/root"), SLICE("/home/user2"), REWRITE_DIRECTORY, &err));
    assert_true(rewrite_add(&map, SLICE("grace"), SLICE("user3"), REWRITE_WORD, &err));
    assert_true(rewrite_add(&map, SLICE("bo"), SLICE("user4"), REWRITE_COMPONENT, &err));
    assert_true(rewrite_add(&map, SLICE("annabella"), SLICE("user5"), REWRITE_ANYWHERE, &err));
    assert_true(rewrite_add(&map, SLICE("hunter2"), SLICE("?"), REWRITE_LITERAL, &err));
    assert_true(rewrite_add(&map, SLICE(""), SLICE("?"), REWRITE_LITERAL, &err));
    assert_true(rewrite_add(&map, SLICE("two\nlines"), SLICE("?"), REWRITE_LITERAL, &err));
    rewrite_ready(&map);
    becomes(&map, "/home/ada", "/home/user");
    becomes(&map, "/home/ada/x.py:/home/ada.", "/home/user/x.py:/home/user.");
    becomes(&map, "file:///home/ada/", "file:///home/user/");
    becomes(&map, "/home/adam /home/ada.d /home/ada-b", "/home/adam /home/ada.d /home/ada-b");
    becomes(&map,
            "/root"
            "/x \"/root\" http://e.org/root /chroot",
            "/home/user2/x \"/home/user2\" http://e.org/root /chroot");
    becomes(&map, "Grace, GRACE_1 disgrace graceful '\xe2\x80\x9cgrace\xe2\x80\x9d'",
            "user3, user3_1 disgrace graceful '\xe2\x80\x9cuser3\xe2\x80\x9d'");
    becomes(&map, "a\\ngrace %2Fgrace \\x2fgrace 2Fgrace", "a\\nuser3 %2Fuser3 \\x2fuser3 2Fgrace");
    becomes(&map, "/srv/bo/x /srv/bo C:\\bo\\x bo bob/bo.py", "/srv/user4/x /srv/user4 C:\\user4\\x bo bob/bo.py");
    becomes(&map, "xAnnabellas", "xuser5s");
    becomes(&map, "xhunter2hunter2HUNTER2", "x??HUNTER2");
    rewrite_fini(&map);
}

/* Of words that begin alike, in any case: the longest that fits, and each is counted. */
static void the_longest_word_is_found(void **state)
{
    (void)state;
    struct rewrite map = {0};
    const char *const words[] = {"sk-a", "sk-ab", "sk-abc", "SK-ABD", "sk-b", "s"};
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        const char to[] = {(char)('1' + i), '\0'};
        assert_true(rewrite_add(&map, slice_str(words[i]), slice_str(to), REWRITE_LITERAL, &err));
    }
    assert_true(rewrite_add(&map, SLICE("sk-abcd"), SLICE("7"), REWRITE_WORD, &err));
    assert_true(rewrite_add(&map, SLICE("sk-a"), SLICE("9"), REWRITE_LITERAL, &err)); /* is there already */
    rewrite_ready(&map);
    becomes(&map, "sk-abcd sk-abc sk-ab sk-a sk-b sk- sk-abd", "7 3 2 1 5 6k- 2d");
    becomes(&map, "SK-ABD SK-ABCD SK-ABC sk-abcde sk-ab", "4 7 SK-ABC 3de 2");
    assert_true(rewrite_hits(&map, SLICE("sk-ab")) == 3);
    assert_true(rewrite_hits(&map, SLICE("SK-ABD")) == 1);
    assert_true(rewrite_hits(&map, SLICE("sk-abcd")) == 2);
    assert_true(rewrite_hits(&map, SLICE("sk-")) == 0);
    assert_true(rewrite_hits(&map, SLICE("sk-abcdef")) == 0);
    assert_true(rewrite_done(&map, &err));
    map.steps = REWRITE_MAX_STEPS + 1;
    assert_false(rewrite_done(&map, &err));
    err_clear(&err);
    rewrite_fini(&map);
}

static void other_forms_are_found(void **state)
{
    (void)state;
    struct rewrite map = {0};
    assert_true(rewrite_add(&map, SLICE("zo\xc3\xab"), SLICE("user"), REWRITE_WORD, &err));
    assert_true(rewrite_add(&map, SLICE("/home/z\xff"), SLICE("/home/user2"), REWRITE_DIRECTORY, &err));
    rewrite_ready(&map);
    becomes(&map, "zo\xc3\xab zo\xeb. zo\\xeb zo\\u00eb zo%C3%AB", "user user. user user user");
    becomes(&map, "/home/z\xff/x /home/z\xed\xb3\xbf/x", "/home/user2/x /home/user2/x");
    rewrite_fini(&map);
}

static bool is_secret(const char *line)
{
    struct secrets s = {0};
    return secrets_line(&s, slice_str(line));
}

static void lines_with_secrets_are_found(void **state)
{
    (void)state;
    static const char *const secret[] = {
        "password = \"x1\"",
        "    DB_PASSWORD: str = r'x1'",
        "config[\"api_key\"] = 'abc'",
        "{'client-secret': \"abc\", 'b': 1}",
        "login(user='ada', passwd=\"abc\")",
        "def f(token=b\"abc\"):",
        "x = 'AKIAIOSFODNN7EXAMPLE'",
        "# ghp_0123456789abcdefghijABCDEFGHIJ012345",
        "u = 'https://ada:secret@example.org/'",
        "h = {'Authorization': f'Bearer abcdefghijklmnop'}",
        "k = '4f5A9cQ2xYz8Lm3Nq7Rt1Vw6Bd0Ge5Hj'",
        "k = '0123456789abcdef0123456789abcdef'",
        "-----BEGIN OPENSSH PRIVATE KEY-----",
    };
    static const char *const harmless[] = {
        "password = getpass()",
        "if password == \"x\":",
        "token = next(tokens)",
        "x = 'https://example.org/a:b@c'",
        "def tokenize(text: str = 'abc'):",
        "name = 'a_rather_long_name_of_some_function_or_other'",
        "x = \"----------------------------------------\"",
        "digits = '00000000000000000000000000000000'",
        "import secrets",
        "password = ''",
    };
    for (size_t i = 0; i < sizeof secret / sizeof *secret; i++) {
        if (!is_secret(secret[i]))
            fail_msg("not found: %s", secret[i]);
    }
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++) {
        if (is_secret(harmless[i]))
            fail_msg("found: %s", harmless[i]);
    }
}

static void texts_keep_their_lines(void **state)
{
    (void)state;
    struct rewrite map = {0};
    struct buf out = {0};
    const char text[] = "# coding: latin-1\r\nimport x\rkey = 'ada'\n"
                        "\tpassword = (\n    'a'\n    'b'\n)\nasync def login(token='abc'):\n    pass\n"
                        "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\nlast";
    assert_true(rewrite_add(&map, SLICE("ada"), SLICE("user"), REWRITE_WORD, &err));
    rewrite_ready(&map);
    const struct redact_text all = {.instead = "#"};
    redact_text(&all, &map, slice_str(text), &out);
    buf_u8(&out, '\0');
    assert_string_equal((const char *)out.p, "# coding: latin-1\r\nimport x\rkey = 'user'\n"
                                             "\t#\n    #\n    #\n#\nasync def login #\n    pass\n#\n#\n#\nlast");
    buf_clear(&out);
    const uint32_t keep_to[12] = {[2] = 3, [8] = 9};
    const struct redact_text some = {.instead = "#", .keep_to = keep_to, .keep_lines = 12};
    redact_text(&some, &map, slice_str(text), &out);
    buf_u8(&out, '\0');
    assert_string_equal((const char *)out.p, "# coding: latin-1\r\n\rkey = 'user'\n\n\n\n\n\n    pass\n\n\n\n");
    buf_fini(&out);
    rewrite_fini(&map);
}

static void command(const char *words, const char *want)
{
    struct slice args[32] = {0};
    size_t keep[32] = {0};
    uint32_t n = 0;
    struct buf out = {0};
    for (const char *p = words; *p != '\0'; n++) {
        size_t length = strcspn(p, " ");
        args[n] = slice_of(p, length);
        p += length + (p[length] == ' ');
    }
    (void)arguments_keep(args, n, keep);
    for (uint32_t i = 0; i < n; i++) {
        buf_str(&out, i > 0 ? " " : "");
        buf_bytes(&out, args[i].p, keep[i]);
        buf_str(&out, keep[i] < args[i].n ? "*" : "");
    }
    buf_u8(&out, '\0');
    assert_string_equal((const char *)out.p, want);
    buf_fini(&out);
}

static void values_of_arguments_are_told_apart(void **state)
{
    (void)state;
    command("python3 app.py --user ada --level=3 -x -pabc 7 -- -y", "python3 app.py --user * --level=* -x -p* * -- *");
    command("/usr/bin/python3.13 -X dev -Wignore -m pkg.tool run", "/usr/bin/python3.13 -X dev -Wignore -m pkg.tool *");
    command("python3 -Im tool x", "python3 -Im tool *");
    command("python3 -c print(1) x", "python3 -c * *");
    command("python3 -cprint(1) x", "python3 -c* *");
    command("python3 -u -- app.py x", "python3 -u -- app.py *");
    command("uwsgi --ini app.ini", "uwsgi --ini *");
    command("python3", "python3");
    command("", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_replaced_where_they_are_words),
        cmocka_unit_test(the_longest_word_is_found),
        cmocka_unit_test(other_forms_are_found),
        cmocka_unit_test(lines_with_secrets_are_found),
        cmocka_unit_test(texts_keep_their_lines),
        cmocka_unit_test(values_of_arguments_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
