#include "config.h"

#include "tests/unit/unit.h"

#include <stdlib.h>

#include "src/record/thread.h"

struct fixture {
    struct thread_sink sink;
    struct thread thread;
};

static void begin(struct fixture *f)
{
    struct err err = {0};
    *f = (struct fixture){.sink.events = events_new(1 << 16, &err), .thread.id = 1};
    assert_non_null(f->sink.events);
}

/* The next row, past the announcement of the thread. */
static struct event_sample row(struct fixture *f)
{
    struct event e;
    do {
        assert_true(events_next(f->sink.events, &e));
        events_done(f->sink.events);
    } while (e.kind == EVENT_THREAD);
    assert_int_equal(e.kind, EVENT_SAMPLE);
    return e.u.sample;
}

static void looks_are_rows_and_ticks_in_between_repeats(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    thread_look(&f.thread, 1, 0, 10, 0, 7, REC_STATE_CPU, REC_EXACT, &f.sink);
    thread_look(&f.thread, 2, 0, 20, 10, 7, REC_STATE_CPU, REC_EXACT, &f.sink); /* the same, but read */
    thread_look(&f.thread, 6, 0, 60, 50, 8, 0, REC_TRIMMED, &f.sink);           /* 3 to 5 were not looked at */
    thread_carry(&f.thread, 9, 90, &f.sink);
    thread_flush(&f.thread, &f.sink);
    struct event_sample a = row(&f), b = row(&f), c = row(&f);
    assert_int_equal(a.weight, 1);
    assert_int_equal(a.repeat, 0);
    assert_int_equal(b.repeat, 3);
    assert_int_equal(b.time, 20);
    assert_int_equal(b.span, 30);
    assert_int_equal(c.node, 8);
    assert_int_equal(c.repeat, 3);
    assert_int_equal(c.quality, REC_TRIMMED);
    assert_int_equal(f.sink.samples, 9); /* every tick once */
    assert_int_equal(f.sink.repeated, 6);
    events_free(f.sink.events);
}

static void missed_ticks_weigh_on_the_look_that_follows(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    thread_look(&f.thread, 1, 0, 10, 0, 7, 0, REC_EXACT, &f.sink);
    thread_look(&f.thread, 5, 2, 50, 20, 8, 0, REC_EXACT, &f.sink); /* 3 and 4 were missed, 2 was seen from afar */
    thread_carry(&f.thread, 6, 60, &f.sink);
    thread_flush(&f.thread, &f.sink);
    struct event_sample a = row(&f), b = row(&f), c = row(&f);
    assert_int_equal(a.repeat, 1);
    assert_int_equal(b.weight, 3);
    assert_int_equal(b.repeat, 0); /* a repeat would weigh 3 too */
    assert_int_equal(c.weight, 1);
    assert_int_equal(f.sink.samples, 6);
    events_free(f.sink.events);
}

static void what_finds_no_room_is_counted(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    for (uint64_t tick = 1; tick <= 10000; tick++)
        thread_look(&f.thread, tick, 0, tick, tick - 1, 7, 0, REC_EXACT, &f.sink);
    thread_flush(&f.thread, &f.sink);
    assert_true(f.sink.dropped > 0);
    assert_int_equal(f.sink.samples + f.sink.dropped, 10000);
    events_free(f.sink.events);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(looks_are_rows_and_ticks_in_between_repeats),
        cmocka_unit_test(missed_ticks_weigh_on_the_look_that_follows),
        cmocka_unit_test(what_finds_no_room_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
