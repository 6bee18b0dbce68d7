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

static void put_code(uint64_t address, uint64_t name, uint32_t first_line)
{
    image_u64(&image, address + abi.code_units, 20);
    image_u64(&image, address + abi.code_filename, STRINGS);
    image_u64(&image, address + abi.code_name, name);
    image_u64(&image, address + abi.code_qualname, name);
    image_u64(&image, address + abi.code_line_table, TABLES);
    image_put(&image, address + abi.code_first_line, &first_line, 4);
}

static void a_reused_address_is_another_code_object(void **state)
{
    (void)state;
    struct err err = {0};
    struct codes codes;
    struct events *events = events_new(1 << 16, &err);
    struct event e;
    bool full = false;
    const uint64_t address = CODES + 64;
    put_str(STRINGS, 1, true, "app.py", 6);
    put_str(STRINGS + 256, 1, true, "old", 3);
    put_str(STRINGS + 512, 1, true, "new", 3);
    image_u64(&image, TABLES + abi.bytes_length, 5);
    image_put(&image, TABLES + abi.bytes_data, "table", 5);
    put_code(address, STRINGS + 256, 3);
    assert_non_null(events);
    assert_true(codes_init(&codes, &err));

    assert_int_equal(codes_number(&codes, &abi, &image.remote, address, events, &full), REC_CODE_FIRST);
    assert_true(events_next(events, &e));
    assert_int_equal(e.kind, EVENT_CODE);
    assert_int_equal(e.u.code.first_line, 3);
    assert_int_equal(e.u.code.units, 20);
    assert_memory_equal(e.bytes, "app.pyoldoldtable", 17);
    events_done(events);

    codes_check(&codes, &abi, &image.remote, &address, 1);
    assert_non_null(codes_known(&codes, address)); /* nothing has changed */
    assert_int_equal(codes_number(&codes, &abi, &image.remote, address, events, &full), REC_CODE_FIRST);
    assert_false(events_next(events, &e));

    put_code(address, STRINGS + 512, 9);
    codes_check(&codes, &abi, &image.remote, &address, 1);
    assert_null(codes_known(&codes, address));
    assert_int_equal(codes_number(&codes, &abi, &image.remote, address, events, &full), REC_CODE_FIRST + 1);
    assert_true(events_next(events, &e));
    assert_memory_equal(e.bytes, "app.pynewnew", 12);
    events_done(events);

    /* Not a code object: nothing is invented. */
    assert_int_equal(codes_number(&codes, &abi, &image.remote, CODES + 4096, events, &full), 0);
    assert_int_equal(codes_number(&codes, &abi, &image.remote, 0xdead0000, events, &full), 0);
    assert_false(full);
    image_u64(&image, TABLES + abi.bytes_length, UINT64_MAX);
    put_code(CODES + 512, STRINGS + 512, 1);
    assert_int_equal(codes_number(&codes, &abi, &image.remote, CODES + 512, events, &full), 0);
    codes_fini(&codes);
    events_free(events);
}

static void a_full_ring_is_told(void **state)
{
    (void)state;
    struct err err = {0};
    struct codes codes;
    struct events *events = events_new(4096, &err);
    bool full = false;
    put_str(STRINGS, 1, true, "app.py", 6);
    assert_true(codes_init(&codes, &err));
    for (uint64_t i = 0; i < 100; i++) {
        put_code(CODES + 256 * i, STRINGS, (uint32_t)i);
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
        cmocka_unit_test_setup_teardown(a_full_ring_is_told, set_up, tear_down),
        cmocka_unit_test(nodes_are_numbered_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
