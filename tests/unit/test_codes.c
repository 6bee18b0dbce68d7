/* Code objects, their strings, and nodes: what turns a walked stack into numbers. */
#include "config.h"

#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "src/record/codes.h"
#include "src/record/nodes.h"
#include "src/record/pystr.h"
#include "tests/support/image.h"

enum { CODES = 0x10000, STRINGS = 0x20000, TABLES = 0x30000, SIZE = 1 << 16 };

static struct image image;
static struct pyabi abi;

static int set_up(void **state)
{
    (void)state;
    abi = *pyabi_by_version(0x030c0000);
    image_init(&image);
    image_map(&image, CODES, SIZE);
    image_map(&image, STRINGS, SIZE);
    image_map(&image, TABLES, SIZE);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    image_fini(&image);
    return 0;
}

/* A str object of the 3.12 layout: kind 1, 2 or 4 bytes a character. */
static void put_str(uint64_t address, uint32_t kind, bool ascii, const void *data, uint64_t length)
{
    image_u64(&image, address + abi.str_length, length);
    image_u8(&image, address + abi.str_state, (uint8_t)(kind << 2 | 1 << 5 | (ascii ? 1 << 6 : 0)));
    image_put(&image, address + (ascii ? abi.str_ascii_data : abi.str_compact_data), data, length * kind);
}

static void reads(uint64_t address, uint32_t max, struct slice expected)
{
    uint8_t out[256];
    uint32_t n;
    assert_true(pystr_read(&abi, &image.remote, address, out, max, &n));
    assert_int_equal(n, expected.n);
    assert_memory_equal(out, expected.p, n);
}

static void strings_of_every_kind(void **state)
{
    (void)state;
    const uint16_t wide[] = {'f', 0x20ac, 0xdc80};
    const uint32_t widest[] = {0x1f40d, 'x'};
    put_str(STRINGS, 1, true, "app.py", 6);
    reads(STRINGS, 256, SLICE("app.py"));
    put_str(STRINGS, 1, false, "\xfc", 1);
    reads(STRINGS, 256, SLICE("\xc3\xbc"));
    put_str(STRINGS, 2, false, wide, 3);
    reads(STRINGS, 256, SLICE("f\xe2\x82\xac\xed\xb2\x80")); /* a lone surrogate stays one */
    put_str(STRINGS, 4, false, widest, 2);
    reads(STRINGS, 256, SLICE("\xf0\x9f\x90\x8dx"));
    reads(STRINGS, 7, SLICE("\xf0\x9f\x90\x8d"));      /* cut between characters */
    image_u8(&image, STRINGS + abi.str_state, 1 << 2); /* not compact: the data is elsewhere */
    image_u64(&image, STRINGS + abi.str_pointer, TABLES);
    image_put(&image, TABLES, "ab", 2);
    reads(STRINGS, 256, SLICE("ab"));
}

static void strings_that_are_none(void **state)
{
    (void)state;
    uint8_t out[64];
    uint32_t n;
    put_str(STRINGS, 1, true, "app.py", 6);
    image_u64(&image, STRINGS + abi.str_length, UINT64_MAX);
    assert_false(pystr_read(&abi, &image.remote, STRINGS, out, sizeof out, &n));
    put_str(STRINGS, 1, true, "app.py", 6);
    image_u8(&image, STRINGS + abi.str_state, 3 << 2 | 1 << 5);
    assert_false(pystr_read(&abi, &image.remote, STRINGS, out, sizeof out, &n));
    assert_false(pystr_read(&abi, &image.remote, 0, out, sizeof out, &n));
    assert_false(pystr_read(&abi, &image.remote, 0xdead0000, out, sizeof out, &n));
}

struct text {
    const char *file, *name, *line_table;
    uint32_t first_line, units, number; /* number: co_version, where there is one */
};

/* Of the code object at this address, whose parts have addresses of their own, always the same. */
static void put_code(uint64_t address, const struct text *text)
{
    const uint64_t part = (address - CODES) * 2;
    image_u64(&image, address + abi.code_units, text->units);
    image_u64(&image, address + abi.code_filename, STRINGS + part);
    image_u64(&image, address + abi.code_name, STRINGS + part + 128);
    image_u64(&image, address + abi.code_qualname, STRINGS + part + 128);
    image_u64(&image, address + abi.code_line_table, TABLES + part);
    image_put(&image, address + abi.code_first_line, &text->first_line, 4);
    if (abi.code_version != PYABI_NONE)
        image_put(&image, address + abi.code_version, &text->number, 4);
    put_str(STRINGS + part, 1, true, text->file, strlen(text->file));
    put_str(STRINGS + part + 128, 1, true, text->name, strlen(text->name));
    image_u64(&image, TABLES + part + abi.bytes_length, strlen(text->line_table));
    image_put(&image, TABLES + part + abi.bytes_data, text->line_table, strlen(text->line_table));
}

static const struct text old = {"app.py", "old", "table", 3, 20, 100};

struct fixture {
    struct codes codes;
    struct events *events;
};

static void begin(struct fixture *f, const struct pyabi *row)
{
    struct err err = {0};
    abi = *row;
    f->events = events_new(1 << 16, &err);
    assert_non_null(f->events);
    assert_true(codes_init(&f->codes, &err));
}

static void end(struct fixture *f)
{
    codes_fini(&f->codes);
    events_free(f->events);
}

/* The number of a code object of another stack: checked, if it is known, then numbered. */
static uint32_t number(struct fixture *f, uint64_t address)
{
    bool full = false;
    codes_next_round(&f->codes);
    if (codes_due(&f->codes, address))
        codes_check(&f->codes, &abi, &image.remote, &address, 1);
    const uint32_t id = codes_number(&f->codes, &abi, &image.remote, address, f->events, &full);
    assert_false(full);
    return id;
}

static void is_told(struct fixture *f, const char *bytes)
{
    struct event e;
    assert_true(events_next(f->events, &e));
    assert_int_equal(e.kind, EVENT_CODE);
    assert_memory_equal(e.bytes, bytes, strlen(bytes));
    events_done(f->events);
    assert_false(events_next(f->events, &e));
}

/* 3.11 has no co_version, 3.12 has, and 0 when it has overflowed. All pointers stay as they were, as in a loop that
 * compiles and runs. */
static void a_reused_address_is_another_code_object(void **state)
{
    (void)state;
    static const struct text others[] = {
        {"app.pi", "old", "table", 3, 20, 101},         {"app.py", "odd", "table", 3, 20, 102},
        {"app.py", "older", "table", 3, 20, 103},       {"app.py", "old", "cable", 3, 20, 104},
        {"app.py", "old", "table, longer", 3, 20, 105}, {"app.py", "old", "table", 4, 20, 106},
        {"app.py", "old", "table", 3, 21, 107},
    };
    const uint64_t address = CODES + 64;
    for (unsigned version = 0; version < 3; version++) {
        for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
            struct fixture f;
            struct text was = old, is = others[i];
            if (version == 2)
                was.number = is.number = 0;
            begin(&f, pyabi_by_version(version == 0 ? 0x030b0000 : 0x030c0000));
            put_code(address, &was);
            assert_int_equal(number(&f, address), REC_CODE_FIRST);
            is_told(&f, "app.pyoldoldtable");
            assert_int_equal(number(&f, address), REC_CODE_FIRST); /* nothing has changed */
            put_code(address, &is);
            assert_int_equal(number(&f, address), REC_CODE_FIRST + 1);
            is_told(&f, is.file);
            assert_int_equal(number(&f, address), REC_CODE_FIRST + 1);
            end(&f);
        }
    }
}

static void what_changes_while_it_lives_does_not_count(void **state)
{
    (void)state;
    const uint64_t address = CODES + 64, reference_count = 99, hash = 0x123456789;
    for (unsigned version = 0; version < 2; version++) {
        struct fixture f;
        begin(&f, pyabi_by_version(version == 0 ? 0x030b0000 : 0x030c0000));
        put_code(address, &old);
        assert_int_equal(number(&f, address), REC_CODE_FIRST);
        image_u64(&image, address, reference_count);
        image_u64(&image, address + abi.code_line_table + 8, 1); /* co_weakreflist */
        if (version == 0)
            image_u8(&image, address + 52, 3); /* co_warmup */
        image_u64(&image, STRINGS + 128, reference_count);
        image_u64(&image, STRINGS + 128 + 24, hash); /* of a str, worked out when somebody asks */
        image_u64(&image, TABLES + 128 + 24, hash);
        assert_int_equal(number(&f, address), REC_CODE_FIRST);
        end(&f);
    }
}

static void each_is_due_once_a_stack(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, pyabi_by_version(0x030c0000));
    put_code(CODES, &old);
    assert_false(codes_due(&f.codes, CODES)); /* not known yet */
    assert_int_not_equal(number(&f, CODES), 0);
    codes_next_round(&f.codes);
    assert_true(codes_due(&f.codes, CODES));
    assert_false(codes_due(&f.codes, CODES));
    end(&f);
}

/* More than one call can read, some of them changed. */
static void many_are_checked_at_once(void **state)
{
    (void)state;
    enum { N = 100, SPACE = 256 };
    for (unsigned version = 0; version < 2; version++) {
        struct fixture f;
        uint64_t addresses[N];
        begin(&f, pyabi_by_version(version == 0 ? 0x030b0000 : 0x030c0000));
        for (uint32_t i = 0; i < N; i++) {
            addresses[i] = CODES + i * SPACE;
            put_code(addresses[i], &old);
            assert_int_equal(number(&f, addresses[i]), REC_CODE_FIRST + i);
        }
        for (uint32_t i = 0; i < N; i += 7)
            put_code(addresses[i], &(struct text){"app.py", "new", "table", 3, 20, 101});
        codes_check(&f.codes, &abi, &image.remote, addresses, N);
        for (uint32_t i = 0; i < N; i++)
            assert_int_equal(codes_known(&f.codes, addresses[i]) == NULL, i % 7 == 0);
        end(&f);
    }
}

static unsigned replaced_at;

static void replace(struct image *im)
{
    if (im->calls == replaced_at)
        put_code(CODES, &(struct text){"app.py", "new", "other", 3, 20, 101});
}

/* Replaced at any moment while it is read, it is told as it was or not at all, and never again under that number. */
static void what_is_replaced_while_it_is_read_is_not_mixed(void **state)
{
    (void)state;
    for (unsigned version = 0; version < 2; version++) {
        bool refused = false, old_told = false;
        for (replaced_at = 1; !old_told || replaced_at < 60; replaced_at++) {
            struct fixture f;
            struct event e;
            bool full;
            begin(&f, pyabi_by_version(version == 0 ? 0x030b0000 : 0x030c0000));
            put_code(CODES, &old);
            image.calls = 0;
            image.before = replace;
            const uint32_t first = codes_number(&f.codes, &abi, &image.remote, CODES, f.events, &full);
            const bool was_old = image.calls < replaced_at;
            image.before = NULL;
            put_code(CODES, &(struct text){"app.py", "new", "other", 3, 20, 101});
            refused = refused || first == 0;
            if (first != 0) {
                assert_true(events_next(f.events, &e));
                old_told = memcmp(e.bytes, "app.pyoldoldtable", 17) == 0;
                assert_true(old_told || memcmp(e.bytes, "app.pynewnewother", 17) == 0);
                assert_true(old_told || !was_old);
                events_done(f.events);
            }
            const uint32_t second = number(&f, CODES);
            assert_true(first == 0 || (second == first) == !old_told);
            end(&f);
        }
        assert_true(refused);
    }
}

static void what_is_no_code_object_is_not_invented(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, pyabi_by_version(0x030c0000));
    assert_int_equal(number(&f, CODES + 4096), 0);
    assert_int_equal(number(&f, 0xdead0000), 0);
    put_code(CODES, &old);
    image_u64(&image, TABLES + abi.bytes_length, UINT64_MAX);
    assert_int_equal(number(&f, CODES), 0);
    end(&f);
}

static void a_full_ring_is_told(void **state)
{
    (void)state;
    struct err err = {0};
    struct codes codes;
    struct events *events = events_new(4096, &err);
    bool full = false;
    assert_true(codes_init(&codes, &err));
    for (uint64_t i = 0; i < 100; i++) {
        put_code(CODES + 256 * i, &old);
        uint32_t id = codes_number(&codes, &abi, &image.remote, CODES + 256 * i, events, &full);
        assert_int_equal(id == 0, full);
        if (full)
            assert_null(codes_known(&codes, CODES + 256 * i)); /* it is told again later */
    }
    assert_true(full);
    codes_fini(&codes);
    events_free(events);
}

static void nodes_are_numbered_once(void **state)
{
    (void)state;
    struct err err = {0};
    struct nodes nodes;
    assert_true(nodes_init(&nodes, 1000, &err));
    for (unsigned round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 1000; i++) {
            uint32_t slot;
            const struct node_key key = {i / 2, i % 7, i};
            const uint32_t found = nodes_find(&nodes, key, &slot);
            if (round == 0) {
                assert_int_equal(found, 0);
                assert_int_equal(nodes_add(&nodes, key, slot), i + 1);
            } else {
                assert_int_equal(found, i + 1);
            }
        }
    }
    assert_int_equal(nodes.n, nodes.max);
    nodes_clear(&nodes);
    uint32_t slot;
    assert_int_equal(nodes_find(&nodes, (struct node_key){0, 0, 0}, &slot), 0);
    nodes_fini(&nodes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(strings_of_every_kind, set_up, tear_down),
        cmocka_unit_test_setup_teardown(strings_that_are_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_reused_address_is_another_code_object, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_changes_while_it_lives_does_not_count, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_is_due_once_a_stack, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_are_checked_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_replaced_while_it_is_read_is_not_mixed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_code_object_is_not_invented, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_ring_is_told, set_up, tear_down),
        cmocka_unit_test(nodes_are_numbered_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
