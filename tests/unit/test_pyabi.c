#include "config.h"

#include "tests/unit/unit.h"

#include <string.h>

#include "src/record/pyabi.h"

/* The table of Debian's 3.14.10, x86-64, up to the sections that are used. */
static const uint64_t table_314[95] = {
    0,    0x030e0af0, 0,    316616, 784,  808, 225864, 7280, 7272, 7344, 7360, 7408, 7688, 7672, 7680, 15 + 1,
    7784, 0,          7800, 7792,   7992, 0,   832,    0,    8,    16,   72,   152,  160,  232,  32,   88,
    8,    0,          56,   80,     74,   64,  0,      216,  112,  120,  128,  136,  68,   52,   96,   104,
    208,  0,          16,   8,      416,  24,  88,     168,  40,   32,   16,   40,   24,   16,   200,  24,
    40,   32,         48,   32,     40,   24,  16,     32,   16,   24,   40,   16,   32,   64,   32,   16,
    40,   264,        192,  160,    24,   72,  67,     0,    8,    24,   304,  8076, 0,    4,    512,
};

/* The whole one of Debian's 3.15.2. */
static const uint64_t table_315[111] = {
    0,    0x030f02f0, 0,    346568, 912,  936, 226240, 7272, 7264, 7336, 7352, 7400, 7592, 7576, 7584, 16,
    7736, 0,          7752, 7744,   7944, 0,   888,    0,    8,    16,   72,   80,   88,   96,   176,  184,
    256,  32,         36,   40,     136,  288, 0,      88,   8,    0,    56,   80,   74,   64,   0,    216,
    112,  120,        128,  136,    68,   52,  96,     104,  208,  0,    16,   8,    424,  24,   88,   168,
    32,   288,        944,  888,    40,   32,  16,     40,   24,   16,   200,  24,   40,   32,   48,   32,
    40,   24,         16,   32,     16,   24,  40,     16,   32,   64,   32,   16,   40,   56,   176,  112,
    120,  1120,       104,  160,    24,   72,  67,     0,    8,    24,   344,  8028, 0,    4,    512,
};

/* Free-threaded builds: of 3.13.5 … */
static const uint64_t table_313t[73] = {
    0,   0x030d05f0, 1,  328320, 608, 632, 215616, 7272, 7264, 7344, 7400, 7664, 7648, 7656, 16,  7760, 0,   7784, 7776,
    304, 0,          8,  16,     72,  152, 160,    232,  32,   80,   8,    0,    56,   72,   70,  224,  128, 136,  144,
    152, 84,         68, 112,    120, 216, 32,     24,   432,  40,   104,  184,  48,   40,   32,  56,   40,  32,   64,
    48,  56,         40, 32,     48,  32,  40,     56,   32,   48,   80,   48,   32,   56,   248, 200,
};

/* … and of 3.14.7. 3.14 is the first with copies of the bytecode. */
static const uint64_t table_314t[95] = {
    0,    0x030e07f0, 1,    362368, 784,  808,   246720, 7280, 7272, 7344, 7360, 7408, 7712, 7696, 7704, 16,
    7808, 0,          7832, 7824,   8024, 17628, 832,    0,    8,    16,   72,   152,  160,  232,  32,   88,
    8,    0,          56,   80,     78,   64,    72,     240,  128,  136,  144,  152,  84,   68,   112,  120,
    232,  224,        32,   24,     432,  40,    104,    184,  56,   48,   32,   56,   40,   32,   216,  40,
    56,   48,         64,   48,     56,   40,    32,     48,   32,   40,   56,   32,   48,   80,   48,   32,
    56,   288,        192,  176,    40,   88,    83,     0,    8,    24,   304,  8108, 0,    4,    512,
};

static bool parse_n(const uint64_t *words, size_t n, struct pyabi *abi, struct err *err)
{
    uint8_t bytes[PYABI_DEBUG_OFFSETS_MAX] = {0};
    memcpy(bytes, words, n * sizeof *words);
    memcpy(bytes, "xdebugpy", 8);
    *err = (struct err){0};
    return pyabi_from_debug_offsets(abi, bytes, sizeof bytes, err);
}

static bool parse(const uint64_t *words, struct pyabi *abi, struct err *err)
{
    return parse_n(words, 95, abi, err);
}

static void a_real_table_is_read(void **state)
{
    (void)state;
    struct pyabi a;
    struct err err;
    assert_true(parse(table_314, &a, &err));
    assert_int_equal(a.version, 0x030e0af0);
    assert_int_equal(a.runtime_interpreters, 808);
    assert_int_equal(a.interp_threads, 7344);
    assert_int_equal(a.interp_gil, 16);
    assert_int_equal(a.interp_gc_collecting, 7600);
    assert_int_equal(a.gil_holder, 8);
    assert_int_equal(a.gil_locked, 16);
    assert_int_equal(a.gil_switches, 24);
    assert_int_equal(a.tstate_frame, 72);
    assert_int_equal(a.tstate_chunk, 232);
    assert_int_equal(a.frame_owner, 74);
    assert_int_equal(a.code_bytecode, 208);
    assert_int_equal(a.code_first_traceable, 192);
}

static void free_threaded_builds_have_larger_objects(void **state)
{
    (void)state;
    struct pyabi a;
    struct err err;
    assert_true(parse_n(table_313t, 73, &a, &err));
    assert_true(a.free_threaded);
    assert_int_equal(a.gil_enabled, 0);
    assert_int_equal(a.gil_holder, 16);
    assert_int_equal(a.gil_locked, 24);
    assert_int_equal(a.gil_switches, 32);
    assert_int_equal(a.gil_size, 40);
    assert_int_equal(a.tstate_attached, 40);
    assert_int_equal(a.frame_copy, PYABI_NONE);
    assert_int_equal(a.code_copies, PYABI_NONE);
    assert_int_equal(a.code_units, 32);
    assert_int_equal(a.code_flags, 64);
    assert_int_equal(a.code_bytecode, 216);
    assert_int_equal(a.code_first_traceable, 200);
    assert_int_equal(a.str_ascii_data, 56);
    assert_int_equal(a.str_kind, 2);
    assert_int_equal(a.bytes_data, 48);
    assert_true(parse_n(table_314t, 95, &a, &err));
    assert_int_equal(a.gil_enabled, 0);
    assert_int_equal(a.tstate_attached, 44);
    assert_int_equal(a.frame_copy, 72);
    assert_int_equal(a.code_copies, 224);
    assert_int_equal(a.code_bytecode, 232);
    assert_int_equal(a.code_first_traceable, 208);
    assert_int_equal(a.str_kind, 8);
    assert_true(parse(table_314, &a, &err));
    assert_false(a.free_threaded);
    assert_int_equal(a.gil_enabled, PYABI_NONE);
    assert_int_equal(a.tstate_attached, PYABI_NONE);
    assert_int_equal(a.frame_copy, PYABI_NONE);
}

/* A release that nobody knows yet, with the newest layout: taken at its word, but for a pre-release. */
static void newer_versions_are_tried(void **state)
{
    (void)state;
    struct pyabi a;
    struct err err;
    uint64_t words[111];
    memcpy(words, table_315, sizeof words);
    assert_true(parse_n(words, 111, &a, &err));
    assert_int_equal(a.tstate_base_frame, 80);
    words[1] = 0x031000f0;
    words[26] = 80;
    assert_true(parse_n(words, 111, &a, &err));
    assert_int_equal(a.version, 0x031000f0);
    assert_int_equal(a.tstate_frame, 80);
    words[1] = 0x031000b1;
    assert_false(parse_n(words, 111, &a, &err));
    assert_non_null(strstr(err.msg, "pre-release"));
}

static void tables_that_do_not_hold_together_are_refused(void **state)
{
    (void)state;
    static const struct {
        unsigned word;
        uint64_t value;
        const char *words;
    } bad[] = {
        {1, 0x030e00a1, "pre-release"},
        {1, 0x031000f0, "newer than the versions"}, /* 3.15's words are elsewhere */
        {1, 0x040000f0, "4.0 is not supported"},
        {2, 1, "does not hold together"},       /* a free-threaded build has copies */
        {26, 73, "does not hold together"},     /* not aligned */
        {26, 100000, "does not hold together"}, /* outside its section */
        {9, UINT64_MAX - 7, "does not hold together"},
        {22, UINT64_MAX, "does not hold together"},
        {19, 0, "does not hold together"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint64_t words[95];
        struct pyabi a;
        struct err err;
        memcpy(words, table_314, sizeof words);
        words[bad[i].word] = bad[i].value;
        assert_false(parse(words, &a, &err));
        assert_int_equal(err.kind, ERR_UNSUPPORTED);
        assert_non_null(strstr(err.msg, bad[i].words));
    }
    struct pyabi a;
    struct err err = {0};
    assert_false(pyabi_from_debug_offsets(&a, (const uint8_t *)"xdebugpz and more, and more", 24, &err));
}

#ifdef __aarch64__
enum { extra = 16 };
#else
enum { extra = 0 };
#endif

static void rows_are_by_minor_version(void **state)
{
    (void)state;
    assert_int_equal(pyabi_by_version(0x030b07f0)->tstate_chunk, 296);
    assert_int_equal(pyabi_by_version(0x030c01f0)->frame_owner, 70);
    assert_int_equal(pyabi_by_version(0x03080af0)->runtime_gil, 1152);
    assert_int_equal(pyabi_by_version(0x030a0df0)->lasti_unit, 1);
    assert_int_equal(pyabi_by_version(0x030c01f0)->gil_current, PYABI_NONE);
    assert_null(pyabi_by_version(0x030700f0));
    static const struct {
        uint32_t version, current;
    } known[] = {{0x03080000, 1368}, {0x03090000, 568}, {0x030a0000, 568}, {0x030b0000, 576}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const struct pyabi *a = pyabi_by_version(known[i].version);
        assert_int_equal(a->runtime_gil + a->gil_current, known[i].current + extra);
        assert_true(a->gil_current + 8 <= a->gil_size && a->gil_size <= PYABI_GIL_SIZE_MAX);
    }
    assert_null(pyabi_by_version(0x040000f0));
}

static void old_versions_are_told_by_size(void **state)
{
    (void)state;
    assert_int_equal(pyabi_by_runtime_size(1464 + extra)->version >> 16, 0x308);
    assert_int_equal(pyabi_by_runtime_size(656 + extra)->version >> 16, 0x309);
    assert_int_equal(pyabi_by_runtime_size(672 + extra)->version >> 16, 0x30a);
    assert_null(pyabi_by_runtime_size(664 + extra));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_real_table_is_read),      cmocka_unit_test(free_threaded_builds_have_larger_objects),
        cmocka_unit_test(newer_versions_are_tried),  cmocka_unit_test(tables_that_do_not_hold_together_are_refused),
        cmocka_unit_test(rows_are_by_minor_version), cmocka_unit_test(old_versions_are_told_by_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
