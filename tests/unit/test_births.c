#include "config.h"

#include "tests/unit/unit.h"

#include <time.h>
#include <unistd.h>

#include <sys/wait.h>

#include "src/record/births.h"

static uint64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static struct births births;

static int set_up(void **state)
{
    (void)state;
    struct err err = {0};
    return births_init(&births, true, &err) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    births_fini(&births);
    return 0;
}

static void bear(void)
{
    const pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    assert_true(pid > 0);
    (void)waitpid(pid, NULL, 0);
}

/* One who glances after a birth wakes the one who waits. */
static void a_birth_is_told_of(void **state)
{
    (void)state;
    const long before = births_last(&births);
    if (before < 0)
        skip(); /* no such file here */
    bear();
    births_glance(&births, now_ns());
    const uint64_t start = now_ns();
    births_wait(&births, 20000);
    assert_true(now_ns() - start < UINT64_C(10000000000));
    assert_true(births_last(&births) != before);
}

/* A glance is a look only now and then. */
static void not_every_glance_is_a_look(void **state)
{
    (void)state;
    if (births_last(&births) < 0)
        skip();
    const uint64_t now = now_ns();
    births_glance(&births, now);
    const uint64_t next = births.next_ns;
    assert_true(next > now);
    births_glance(&births, now + 1);
    assert_true(births.next_ns == next);
    births_glance(&births, next);
    assert_true(births.next_ns > next);
}

static void where_none_are_wanted_nobody_looks(void **state)
{
    (void)state;
    struct births none;
    struct err err = {0};
    assert_true(births_init(&none, false, &err));
    assert_int_equal(births_last(&none), -1);
    births_glance(&none, now_ns());
    assert_true(none.next_ns == 0);
    births_wait(&none, 0);
    births_fini(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_birth_is_told_of, set_up, tear_down),
        cmocka_unit_test_setup_teardown(not_every_glance_is_a_look, set_up, tear_down),
        cmocka_unit_test(where_none_are_wanted_nobody_looks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
