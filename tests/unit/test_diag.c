/* The words: why a process cannot be read, and the numbers at the end. */
#include "config.h"

#include "src/record/diag.h"
#include "src/record/summary.h"

#include "tests/unit/unit.h"

#include <string.h>
#include <unistd.h>

static void explains(struct diag_access access, const char *says)
{
    char text[256];
    diag_explain(&access, text, sizeof text);
    if (strstr(text, says) == NULL)
        fail_msg("said '%s', not '%s'", text, says);
}

static void why_access_is_denied(void **state)
{
    (void)state;
    explains((struct diag_access){.our_uid = 1000, .target_uid = 33}, "belongs to user 33: run pyrecord as that user");
    explains((struct diag_access){.our_uid = 1000, .target_uid = 1000, .undumpable = true}, "made itself unreadable");
    explains((struct diag_access){.our_uid = 1000, .target_uid = 1000, .yama = 1}, "start the program by pyrecord");
    explains((struct diag_access){.our_uid = 1000, .target_uid = 1000, .yama = 2, .our_child = true}, "scope is 2");
    explains((struct diag_access){.our_uid = 1000, .target_uid = 1000, .yama = 3}, "forbids it to everybody");
    explains((struct diag_access){.our_uid = 1000, .target_uid = 1000, .yama = 1, .our_child = true, .sandboxed = true},
             "--cap-add=SYS_PTRACE");
    explains((struct diag_access){.our_uid = 0, .target_uid = 1000}, "lacks CAP_SYS_PTRACE");
    explains((struct diag_access){.our_uid = 0, .capable = true, .sandboxed = true}, "seccomp");
    explains((struct diag_access){.our_uid = 0, .capable = true}, "security module");
    explains((struct diag_access){.our_uid = 1000, .target_uid = 1000}, "sudo");
}

static void the_facts_of_our_own(void **state)
{
    (void)state;
    struct diag_access access;
    diag_access_of(&access, getpid(), true);
    assert_int_equal(access.our_uid, geteuid());
    assert_int_equal(access.target_uid, getuid());
    assert_true(access.our_child);
    assert_false(access.undumpable);
}

static void the_line_at_the_end(void **state)
{
    (void)state;
    char line[256];
    struct summary s = {
        .family.samplers =
            {.samples = 1234567, .lost_ticks = 1236, .read = 20000, .trimmed = 20, .ticks = 10000, .wakes = 9500},
        .period_ns = 1000000,
        .elapsed_ns = 12340000000,
        .size = 61234,
        .where = "t.zst",
    };
    summary_line(&s, line, sizeof line);
    assert_string_equal(line, "1,234,567 samples in 12.3 s, 1,236 lost (0.10 %), 20 trimmed (0.10 %); t.zst, 61 kB");
    assert_true(summary_missed_rate(&s) == 0);
    s.dropped = 3;
    s.family.samplers.dropped = 2;
    s.family.samplers.wakes = 5000;
    summary_line(&s, line, sizeof line);
    assert_non_null(strstr(line, "; 5 dropped"));
    assert_true(summary_missed_rate(&s) == 500);
    summary_progress(&s, line, sizeof line);
    assert_string_equal(line, "12 s, 1,234,567 samples, 0.10 % lost, 61 kB");
    memset(&s, 0, sizeof s);
    s.where = "-";
    s.size = 9960;
    summary_line(&s, line, sizeof line);
    assert_string_equal(line, "0 samples in 0.0 s, 0 lost (0.00 %), 0 trimmed (0.00 %); -, 10 kB");
    assert_true(summary_missed_rate(&s) == 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(why_access_is_denied),
        cmocka_unit_test(the_facts_of_our_own),
        cmocka_unit_test(the_line_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
