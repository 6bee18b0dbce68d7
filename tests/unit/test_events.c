/* The ring between the samplers and the writer. */
#include "config.h"

#include "src/record/events.h"

#include "tests/unit/unit.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

static struct event sample(uint32_t node)
{
    return (struct event){.kind = EVENT_SAMPLE, .u.sample = {.time = node * 3ull, .node = node, .thread = 7}};
}

static void an_empty_ring_has_nothing(void **state)
{
    (void)state;
    struct err err = {0};
    struct events *e = events_new(4096, &err);
    assert_non_null(e);
    struct event got;
    assert_false(events_next(e, &got));
    struct event one = sample(5);
    assert_true(events_push(e, &one));
    assert_true(events_next(e, &got));
    assert_int_equal(got.kind, EVENT_SAMPLE);
    assert_int_equal(got.u.sample.node, 5);
    assert_int_equal(got.u.sample.time, 15);
    assert_int_equal(got.u.sample.thread, 7);
    events_done(e);
    assert_false(events_next(e, &got));
    events_free(e);
}

static void a_full_ring_refuses_and_recovers(void **state)
{
    (void)state;
    struct err err = {0};
    struct events *e = events_new(1024, &err);
    assert_non_null(e);
    for (uint32_t round = 0; round < 50; round++) {
        uint32_t n = 0;
        struct event one = sample(0);
        while (events_push(e, &one))
            one = sample(++n);
        assert_in_range(n, 1024 / 48 - 1, 1024 / 32);
        struct event got;
        for (uint32_t i = 0; i < n; i++) {
            assert_true(events_next(e, &got));
            assert_int_equal(got.u.sample.node, i);
            events_done(e);
        }
        assert_false(events_next(e, &got));
    }
    events_free(e);
}

static void what_is_borrowed_is_not_overwritten(void **state)
{
    (void)state;
    struct err err = {0};
    struct events *e = events_new(256, &err);
    assert_non_null(e);
    static const char text[] = "a/file.pynamename.qual\1\2";
    struct event code = {.kind = EVENT_CODE,
                         .u.code = {.code = 16, .file_n = 9, .name_n = 4, .qualname_n = 9, .line_table_n = 2},
                         .bytes = (const uint8_t *)text};
    assert_true(events_push(e, &code));
    struct event got;
    assert_true(events_next(e, &got));
    struct event other = sample(9);
    while (events_push(e, &other))
        ;
    assert_int_equal(got.kind, EVENT_CODE);
    assert_memory_equal(got.bytes, text, 24);
    events_done(e);
    assert_true(events_push(e, &other));
    events_free(e);
}

static void an_event_larger_than_the_ring_is_refused(void **state)
{
    (void)state;
    struct err err = {0};
    struct events *e = events_new(256, &err);
    assert_non_null(e);
    static const uint8_t bytes[512];
    struct event code = {.kind = EVENT_CODE, .u.code = {.line_table_n = sizeof bytes}, .bytes = bytes};
    assert_false(events_push(e, &code));
    code.u.code = (struct event_code){.file_n = UINT32_MAX, .line_table_n = UINT32_MAX};
    assert_false(events_push(e, &code));
    events_free(e);
}

/* Two threads: everything arrives, once, in order, whole. Lengths vary, so that every way to wrap is met. */
#define EVENTS 200000u

static uint32_t length_of(uint32_t i)
{
    return (i * 2654435761u) >> 25; /* 0 … 127 */
}

static void *produce(void *arg)
{
    struct events *e = arg;
    uint8_t bytes[128];
    for (uint32_t i = 0; i < EVENTS; i++) {
        struct event event = sample(i);
        if (i % 3 == 0) {
            memset(bytes, (int)(i & 0xff), sizeof bytes);
            event =
                (struct event){.kind = EVENT_CODE, .u.code = {.code = i, .line_table_n = length_of(i)}, .bytes = bytes};
        }
        while (!events_push(e, &event))
            sched_yield();
    }
    return NULL;
}

static void two_threads_agree(void **state)
{
    (void)state;
    struct err err = {0};
    struct events *e = events_new(4096, &err);
    assert_non_null(e);
    pthread_t producer;
    assert_int_equal(pthread_create(&producer, NULL, produce, e), 0);
    for (uint32_t i = 0; i < EVENTS; i++) {
        struct event got;
        while (!events_next(e, &got))
            sched_yield();
        if (i % 3 == 0) {
            assert_int_equal(got.kind, EVENT_CODE);
            assert_int_equal(got.u.code.code, i);
            assert_int_equal(got.u.code.line_table_n, length_of(i));
            for (uint32_t k = 0; k < length_of(i); k++)
                assert_int_equal(got.bytes[k], i & 0xff);
        } else {
            assert_int_equal(got.kind, EVENT_SAMPLE);
            assert_int_equal(got.u.sample.node, i);
        }
        events_done(e);
    }
    pthread_join(producer, NULL);
    struct event got;
    assert_false(events_next(e, &got));
    events_free(e);
}

/* Four producers: what each pushed arrives whole, once and in order, and with its image. */
#define PRODUCERS 4u

static void *produce_as(void *arg)
{
    struct events *e = arg;
    (void)produce(e);
    events_free(e);
    return NULL;
}

static void many_producers_share_the_ring(void **state)
{
    (void)state;
    struct err err = {0};
    struct events *e = events_new(4096, &err);
    assert_non_null(e);
    pthread_t producers[PRODUCERS];
    uint32_t seen[PRODUCERS] = {0};
    for (uint32_t i = 0; i < PRODUCERS; i++) {
        struct events *share = events_share(e, &err);
        assert_non_null(share);
        events_image(share, 65533 + i);
        assert_int_equal(pthread_create(&producers[i], NULL, produce_as, share), 0);
    }
    for (uint32_t n = 0; n < PRODUCERS * EVENTS; n++) {
        struct event got;
        while (!events_next(e, &got))
            sched_yield();
        assert_in_range(got.image, 65533, 65533 + PRODUCERS - 1);
        const uint32_t i = seen[got.image - 65533]++;
        if (i % 3 == 0) {
            assert_int_equal(got.kind, EVENT_CODE);
            assert_int_equal(got.u.code.code, i);
            for (uint32_t k = 0; k < length_of(i); k++)
                assert_int_equal(got.bytes[k], i & 0xff);
        } else {
            assert_int_equal(got.kind, EVENT_SAMPLE);
            assert_int_equal(got.u.sample.node, i);
        }
        events_done(e);
    }
    for (uint32_t i = 0; i < PRODUCERS; i++)
        pthread_join(producers[i], NULL);
    struct event got;
    assert_false(events_next(e, &got));
    events_free(e);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_ring_has_nothing),
        cmocka_unit_test(a_full_ring_refuses_and_recovers),
        cmocka_unit_test(what_is_borrowed_is_not_overwritten),
        cmocka_unit_test(an_event_larger_than_the_ring_is_refused),
        cmocka_unit_test(two_threads_agree),
        cmocka_unit_test(many_producers_share_the_ring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
