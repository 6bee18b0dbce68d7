#include "config.h"

#include "tests/unit/unit.h"

#include <unistd.h>

#include "src/record/roster.h"
#include "tests/support/image.h"

enum { INTERPRETERS = 8, LISTS = 16, NEXT = 0, THREAD_ID = 8, NATIVE_ID = 16, STATE_SIZE = 24 };
static const uint64_t RUNTIME = 0x1000, INTERP = 0x2000, A = 0x10000, B = 0x20000, C = 0x30000;

/* One interpreter and three thread states. */
struct fixture {
    struct image image;
    struct target target;
    struct roster roster;
    unsigned gone;
};

static void count_gone(void *self, struct thread *t)
{
    struct fixture *f = self;
    (void)t;
    f->gone++;
}

static void put_state(struct fixture *f, uint64_t state, uint64_t next, uint64_t tid)
{
    image_u64(&f->image, state + NEXT, next);
    image_u64(&f->image, state + THREAD_ID, tid);
    image_u64(&f->image, state + NATIVE_ID, tid);
}

/* The list A, B. */
static void begin(struct fixture *f)
{
    struct err err = {0};
    *f = (struct fixture){0};
    image_init(&f->image);
    image_map(&f->image, RUNTIME, 64);
    image_map(&f->image, INTERP, 64);
    image_map(&f->image, A, STATE_SIZE);
    image_map(&f->image, B, STATE_SIZE);
    image_map(&f->image, C, STATE_SIZE);
    image_u64(&f->image, RUNTIME + INTERPRETERS, INTERP);
    image_u64(&f->image, INTERP + LISTS, A);
    put_state(f, A, B, 101);
    put_state(f, B, 0, 102);
    f->target = (struct target){.pid = getpid(), .remote = &f->image.remote, .runtime = RUNTIME, .interp = INTERP};
    f->target.abi = (struct pyabi){.runtime_interpreters = INTERPRETERS,
                                   .interp_next = 0,
                                   .interp_threads = LISTS,
                                   .interp_gil = PYABI_NONE,
                                   .interp_gc_collecting = PYABI_NONE,
                                   .gil_current = PYABI_NONE,
                                   .tstate_next = NEXT,
                                   .tstate_thread_id = THREAD_ID,
                                   .tstate_native_id = NATIVE_ID};
    assert_true(roster_init(&f->roster, &f->target, f, count_gone, &err));
    roster_scan(&f->roster, 1);
    assert_int_equal(f->roster.n, 2);
    assert_int_equal(f->gone, 0);
}

/* Every thread that ever was has gone once. */
static void finish(struct fixture *f)
{
    const uint32_t all = f->roster.next_id - 1;
    roster_fini(&f->roster);
    assert_int_equal(f->gone, all);
    image_fini(&f->image);
}

static void are(const struct roster *r, const uint64_t *states, uint32_t n)
{
    assert_int_equal(r->n, n);
    for (uint32_t i = 0; i < n; i++)
        assert_int_equal(r->threads[i]->tstate, states[i]);
}
#define ARE(r, ...) are(r, (const uint64_t[]){__VA_ARGS__}, sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

/* Once A has been read: B's thread ends, and its state is the next thread's, which is listed first. */
static void reuse_b(struct image *image)
{
    struct fixture *f = (struct fixture *)(void *)image;
    if (image->calls < 4) /* the first interpreter, its list, A's next */
        return;
    put_state(f, B, A, 103);
    put_state(f, A, C, 101);
    image_u64(image, INTERP + LISTS, B);
}

static void a_thread_that_a_moving_list_shows_twice_is_there_once(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    put_state(&f, C, 0, 104);
    f.image.calls = 0;
    f.image.before = reuse_b;
    roster_scan(&f.roster, 2);
    ARE(&f.roster, A, B, C);
    assert_int_equal(roster_find(&f.roster, B)->inner_tid, 103);
    finish(&f);
}

static void a_list_without_end_ends(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    put_state(&f, B, A, 102);
    roster_scan(&f.roster, 2);
    ARE(&f.roster, A, B);
    finish(&f);
}

static void a_thread_has_gone_when_it_was_missing_twice(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    roster_find(&f.roster, B)->ended = false; /* as far as the system knows: its number is invented */
    image_u64(&f.image, A + NEXT, 0);
    roster_scan(&f.roster, 2);
    ARE(&f.roster, A, B);
    assert_false(roster_same(&f.roster));
    roster_scan(&f.roster, 3);
    ARE(&f.roster, A);
    assert_int_equal(f.gone, 1);
    finish(&f);
}

static void a_thread_that_is_missing_and_has_ended_has_gone(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    roster_find(&f.roster, B)->ended = true;
    image_u64(&f.image, A + NEXT, 0);
    roster_scan(&f.roster, 2);
    ARE(&f.roster, A);
    finish(&f);
}

static void a_state_that_is_used_again_is_another_thread(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    put_state(&f, B, 0, 103);
    roster_scan(&f.roster, 2);
    ARE(&f.roster, A, B);
    assert_int_equal(f.roster.threads[1]->inner_tid, 103);
    assert_int_equal(f.roster.threads[1]->id, 3);
    assert_int_equal(f.gone, 1);
    finish(&f);
}

/* A state is made by the thread that starts another, and has its number until that one begins. */
static void a_state_whose_thread_has_not_begun_waits(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    put_state(&f, C, A, 102);
    image_u64(&f.image, INTERP + LISTS, C);
    assert_false(roster_no_newer(&f.roster));
    roster_scan(&f.roster, 2);
    ARE(&f.roster, A, B);
    assert_false(roster_no_newer(&f.roster)); /* it is looked for again */
    put_state(&f, C, A, 104);
    roster_scan(&f.roster, 3);
    ARE(&f.roster, C, A, B);
    assert_true(roster_no_newer(&f.roster));
    finish(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_that_a_moving_list_shows_twice_is_there_once),
        cmocka_unit_test(a_list_without_end_ends),
        cmocka_unit_test(a_thread_has_gone_when_it_was_missing_twice),
        cmocka_unit_test(a_thread_that_is_missing_and_has_ended_has_gone),
        cmocka_unit_test(a_state_that_is_used_again_is_another_thread),
        cmocka_unit_test(a_state_whose_thread_has_not_begun_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
