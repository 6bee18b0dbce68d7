#include "config.h"

#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "src/record/walk.h"
#include "tests/support/image.h"

enum {
    CHUNK = 0x700000,
    OLD_CHUNK = 0x600000,
    HEAP = 0x800000,
    C_STACK = 0x900000,
    CHUNK_SIZE = 16384,
    CODE = 0x10000
};

/* 3.13's offsets, by hand: they come from the target otherwise. */
static struct pyabi abi_313(void)
{
    struct pyabi a = *pyabi_by_version(0x030c0000);
    a.version = 0x030d00f0;
    a.tstate_frame = 72;
    a.tstate_cframe = PYABI_NONE;
    return a;
}

struct fixture {
    struct image image;
    struct pyabi abi;
    struct copies copies;
    struct walk_snapshot now, older;
    struct walk_stack stack;
};

static struct fixture *new_fixture(struct pyabi abi)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->abi = abi;
    image_init(&f->image);
    image_map(&f->image, CHUNK, CHUNK_SIZE);
    image_map(&f->image, OLD_CHUNK, CHUNK_SIZE);
    image_map(&f->image, HEAP, 4096);
    image_map(&f->image, C_STACK, 4096);
    return f;
}

static void free_fixture(struct fixture *f)
{
    image_fini(&f->image);
    free(f);
}

static void frame(struct fixture *f, uint64_t address, uint64_t previous, uint64_t code, unsigned unit, uint8_t owner)
{
    image_u64(&f->image, address + f->abi.frame_previous, previous);
    image_u64(&f->image, address + f->abi.frame_code, code);
    image_u64(&f->image, address + f->abi.frame_instr, code + f->abi.code_bytecode + 2 * unit);
    image_u8(&f->image, address + f->abi.frame_owner, owner);
}

static void set_u64(uint8_t *copy, uint32_t offset, uint64_t value)
{
    memcpy(copy + offset, &value, sizeof value);
}

/* Takes the copy that the reader would, and walks it. */
static bool walk_from(struct fixture *f, uint64_t leaf)
{
    f->now.chunk_at = CHUNK;
    f->now.chunk_n = CHUNK_SIZE;
    assert_true(remote_read(&f->image.remote, CHUNK, f->now.chunk, CHUNK_SIZE));
    if (f->abi.tstate_frame != PYABI_NONE)
        set_u64(f->now.tstate, f->abi.tstate_frame, leaf);
    return walk(&f->abi, &f->image.remote, &f->copies, &f->now, &f->older, &f->stack);
}

static void chunk_frames_are_followed(void **state)
{
    (void)state;
    struct fixture *f = new_fixture(abi_313());
    frame(f, CHUNK + 24, 0, CODE, 7, 0);
    frame(f, CHUNK + 200, CHUNK + 24, CODE + 0x1000, 0, 0);
    frame(f, CHUNK + 400, CHUNK + 200, CODE + 0x2000, 3, 0);
    f->image.calls = 0;
    assert_true(walk_from(f, CHUNK + 400));
    assert_int_equal(f->image.calls, 1); /* the copy only: nothing was read frame by frame */
    assert_int_equal(f->stack.n, 3);
    assert_int_equal(f->stack.frames[0].code, CODE + 0x2000);
    assert_int_equal(f->stack.frames[0].offset, 4);
    assert_int_equal(f->stack.frames[1].offset, 1);
    assert_int_equal(f->stack.frames[2].code, CODE);
    free_fixture(f);
}

static void generators_shims_and_older_chunks(void **state)
{
    (void)state;
    struct fixture *f = new_fixture(abi_313());
    image_u64(&f->image, CHUNK, OLD_CHUNK);                   /* previous */
    image_u64(&f->image, OLD_CHUNK + 8, CHUNK_SIZE);          /* size */
    image_u64(&f->image, OLD_CHUNK + 16, CHUNK_SIZE / 8 - 3); /* top, in words */
    frame(f, OLD_CHUNK + 24, 0, CODE, 1, 0);
    frame(f, OLD_CHUNK + 304, OLD_CHUNK + 24, CODE, 2, 0);
    frame(f, C_STACK + 8, OLD_CHUNK + 304, 0, 0, 3);       /* a shim */
    frame(f, HEAP + 16, C_STACK + 8, CODE + 0x1000, 5, 1); /* a generator */
    frame(f, CHUNK + 24, HEAP + 16, CODE + 0x2001, 6, 0);  /* its reference is tagged */
    assert_true(walk_from(f, CHUNK + 24));
    assert_int_equal(f->stack.n, 5);
    assert_int_equal(f->stack.frames[0].code, CODE + 0x2000);
    assert_int_equal(f->stack.frames[1].code, CODE + 0x1000);
    assert_int_equal(f->stack.frames[2].code, 0); /* C called Python */
    assert_int_equal(f->stack.frames[3].offset, 3);
    assert_int_equal(f->stack.frames[4].offset, 2);
    free_fixture(f);
}

/* A free-threaded 3.14: who runs a copy of the bytecode is somewhere in that copy. */
static void copies_of_the_bytecode_have_their_own_start(void **state)
{
    (void)state;
    enum { ARRAY = HEAP + 64, COPY = HEAP + 1024, UNITS = 40 };
    struct pyabi abi = abi_313();
    abi.frame_copy = 72;
    abi.frame_size = 88;
    abi.frame_owner = 78;
    abi.code_units = 32;
    abi.code_copies = 224;
    abi.code_bytecode = 232;
    struct fixture *f = new_fixture(abi);
    struct err err = {0};
    assert_true(copies_init(&f->copies, &err));
    image_map(&f->image, CODE, 4096);
    image_u64(&f->image, CODE + abi.code_units, UNITS);
    image_u64(&f->image, CODE + abi.code_copies, ARRAY);
    image_u64(&f->image, ARRAY, 3);
    image_u64(&f->image, ARRAY + 8, CODE + abi.code_bytecode);
    image_u64(&f->image, ARRAY + 24, COPY);
    frame(f, CHUNK + 24, 0, CODE, 7, 0); /* the code object's own */
    frame(f, CHUNK + 200, CHUNK + 24, CODE, 0, 0);
    image_u64(&f->image, CHUNK + 200 + abi.frame_instr, COPY + 2 * 11);
    image_u8(&f->image, CHUNK + 200 + abi.frame_copy, 2);
    assert_true(walk_from(f, CHUNK + 200));
    assert_int_equal(f->stack.n, 2);
    assert_int_equal(f->stack.frames[0].offset, 12);
    assert_int_equal(f->stack.frames[1].offset, 8);
    f->image.calls = 0;
    assert_true(walk_from(f, CHUNK + 200));
    assert_int_equal(f->image.calls, 1);                /* its start is known now */
    image_u64(&f->image, ARRAY + 24, COPY + 2 * UNITS); /* freed, and made anew */
    image_u64(&f->image, CHUNK + 200 + abi.frame_instr, COPY + 2 * UNITS + 2 * 3);
    assert_true(walk_from(f, CHUNK + 200));
    assert_int_equal(f->stack.frames[0].offset, 4);
    image_u64(&f->image, CHUNK + 200 + abi.frame_instr, COPY + 4 * UNITS); /* behind its end */
    assert_true(walk_from(f, CHUNK + 200));
    assert_int_equal(f->stack.frames[0].offset, 0);
    image_u8(&f->image, CHUNK + 200 + abi.frame_copy, 3); /* there is none */
    assert_true(walk_from(f, CHUNK + 200));
    assert_int_equal(f->stack.frames[0].offset, 0);
    copies_fini(&f->copies);
    free_fixture(f);
}

static void torn_chains_are_refused(void **state)
{
    (void)state;
    struct fixture *f = new_fixture(abi_313());
    frame(f, CHUNK + 24, 0, CODE, 7, 0);
    frame(f, CHUNK + 200, CHUNK + 24, CODE, 0, 2); /* a frame object's: never live */
    assert_false(walk_from(f, CHUNK + 200));
    frame(f, CHUNK + 200, CHUNK + 200, CODE, 0, 0); /* its own caller */
    assert_false(walk_from(f, CHUNK + 200));
    frame(f, CHUNK + 200, CHUNK + 25, CODE, 0, 0); /* not aligned */
    assert_false(walk_from(f, CHUNK + 200));
    frame(f, CHUNK + 200, 0xdead0000, CODE, 0, 0); /* not mapped */
    assert_false(walk_from(f, CHUNK + 200));
    frame(f, CHUNK + 200, CHUNK + 24, 0, 0, 0); /* no code */
    assert_false(walk_from(f, CHUNK + 200));
    frame(f, CHUNK + 200, CHUNK + 400, CODE, 0, 0); /* a ring: bounded */
    frame(f, CHUNK + 400, CHUNK + 200, CODE, 0, 0);
    assert_true(walk_from(f, CHUNK + 200));
    assert_true(f->stack.truncated);
    assert_int_equal(f->stack.n, WALK_MAX_FRAMES);
    free_fixture(f);
}

/* 3.11 and 3.12 reach the frame through a cframe on the C stack. */
static void link_cframes(struct fixture *f, uint64_t current, uint64_t caller)
{
    image_u64(&f->image, C_STACK + 512 + f->abi.cframe_frame, current);
    image_u64(&f->image, C_STACK + 512 + f->abi.cframe_previous, C_STACK + 1024);
    image_u64(&f->image, C_STACK + 1024 + f->abi.cframe_frame, caller);
    set_u64(f->now.tstate, f->abi.tstate_cframe, C_STACK + 512);
}

static void entries_of_311_are_marked(void **state)
{
    (void)state;
    struct fixture *f = new_fixture(*pyabi_by_version(0x030b0000));
    frame(f, CHUNK + 24, 0, CODE, 7, 0);
    image_u8(&f->image, CHUNK + 24 + f->abi.frame_is_entry, 1);
    frame(f, CHUNK + 200, CHUNK + 24, CODE + 0x1000, 1, 0);
    image_u8(&f->image, CHUNK + 200 + f->abi.frame_is_entry, 1);
    link_cframes(f, CHUNK + 200, CHUNK + 24);
    assert_true(walk_from(f, 0));
    assert_int_equal(f->stack.n, 4);
    assert_int_equal(f->stack.frames[0].code, CODE + 0x1000);
    assert_int_equal(f->stack.frames[1].code, 0);
    assert_int_equal(f->stack.frames[2].code, CODE);
    free_fixture(f);
}

static void a_cframe_without_a_frame_yet_begins_at_the_caller(void **state)
{
    (void)state;
    struct fixture *f = new_fixture(*pyabi_by_version(0x030b0000));
    frame(f, CHUNK + 24, 0, CODE, 7, 0);
    link_cframes(f, 0xdead0000, CHUNK + 24); /* left over on the C stack: nowhere */
    assert_true(walk_from(f, 0));
    assert_int_equal(f->stack.n, 1);
    assert_int_equal(f->stack.frames[0].code, CODE);
    /* Left over, and plausible: a frame that has returned, called by somebody else. */
    frame(f, CHUNK + 600, 0, CODE + 0x3000, 1, 0);
    image_u8(&f->image, CHUNK + 600 + f->abi.frame_is_entry, 1);
    link_cframes(f, CHUNK + 600, CHUNK + 24);
    assert_true(walk_from(f, 0));
    assert_int_equal(f->stack.n, 1);
    assert_int_equal(f->stack.frames[0].code, CODE);
    free_fixture(f);
}

/* Up to 3.10 frames are objects, and say where they are by a number. */
static void object_frame(struct fixture *f, uint64_t address, uint64_t back, uint64_t code, int32_t last)
{
    image_u64(&f->image, address + f->abi.frame_previous, back);
    image_u64(&f->image, address + f->abi.frame_code, code);
    image_put(&f->image, address + f->abi.frame_lasti, &last, sizeof last);
}

static void frames_on_the_heap_are_followed(void **state)
{
    (void)state;
    static const struct {
        uint32_t version, units; /* of f_lasti 6 */
    } old[] = {{0x03080000, 3}, {0x03090000, 3}, {0x030a0000, 6}};
    for (size_t i = 0; i < sizeof old / sizeof *old; i++) {
        struct fixture *f = new_fixture(*pyabi_by_version(old[i].version));
        image_map(&f->image, HEAP + 4096, 4096);
        const uint64_t leaf = HEAP + 4096 - 40; /* on two pages */
        object_frame(f, HEAP + 512, 0, CODE, 6);
        image_u64(&f->image, leaf + f->abi.frame_previous, HEAP + 512);
        image_u64(&f->image, HEAP + 4096 - 40 + f->abi.frame_code, CODE + 0x1000);
        const int32_t not_started = -1;
        image_put(&f->image, leaf + f->abi.frame_lasti, &not_started, sizeof not_started);
        set_u64(f->now.tstate, f->abi.tstate_frame, leaf);
        f->image.calls = 0;
        assert_true(walk(&f->abi, &f->image.remote, &f->copies, &f->now, &f->older, &f->stack));
        assert_int_equal(f->image.calls, 2); /* one a page */
        assert_int_equal(f->stack.n, 2);
        assert_int_equal(f->stack.frames[0].code, CODE + 0x1000);
        assert_int_equal(f->stack.frames[0].offset, 0);
        assert_int_equal(f->stack.frames[1].code, CODE);
        assert_int_equal(f->stack.frames[1].offset, old[i].units + 1);
        assert_true(walk(&f->abi, &f->image.remote, &f->copies, &f->now, &f->older, &f->stack));
        assert_int_equal(f->image.calls, 2); /* the snapshot has them now */
        free_fixture(f);
    }
}

/* More pages than a snapshot has room for: each is read, and no stack is mixed from two of them. */
static void pages_come_and_go(void **state)
{
    (void)state;
    enum { MANY = 3 * WALK_PAGES };
    struct fixture *f = new_fixture(*pyabi_by_version(0x03080000));
    const uint64_t base = 0x1000000;
    image_map(&f->image, base, MANY * WALK_PAGE);
    for (unsigned i = 0; i < MANY; i++)
        object_frame(f, base + i * WALK_PAGE + 64, i + 1 < MANY ? base + (i + 1) * WALK_PAGE + 64 : 0, CODE + 8 * i,
                     (int32_t)(2 * i));
    set_u64(f->now.tstate, f->abi.tstate_frame, base + 64);
    for (unsigned again = 0; again < 2; again++) {
        assert_true(walk(&f->abi, &f->image.remote, &f->copies, &f->now, &f->older, &f->stack));
        assert_int_equal(f->stack.n, MANY);
        for (unsigned i = 0; i < MANY; i++) {
            assert_int_equal(f->stack.frames[i].code, CODE + 8 * i);
            assert_int_equal(f->stack.frames[i].offset, i + 1);
        }
    }
    free_fixture(f);
}

static void the_common_root_is_kept(void **state)
{
    (void)state;
    struct walk_stack *a = calloc(2, sizeof *a), *b = a + 1;
    assert_non_null(a);
    a->n = 3;
    b->n = 4;
    a->frames[2] = b->frames[3] = (struct walk_frame){1, CODE, 5};
    a->frames[1] = (struct walk_frame){2, CODE, 6};
    b->frames[2] = (struct walk_frame){2, CODE, 9}; /* has moved on */
    a->frames[0] = (struct walk_frame){3, CODE, 1};
    b->frames[1] = (struct walk_frame){3, CODE + 8, 1};
    walk_keep_common(a, b);
    assert_int_equal(a->n, 2);
    assert_int_equal(a->frames[0].address, 2);
    assert_int_equal(a->frames[0].offset, 9);
    assert_int_equal(a->frames[1].offset, 5);
    free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunk_frames_are_followed),
        cmocka_unit_test(generators_shims_and_older_chunks),
        cmocka_unit_test(copies_of_the_bytecode_have_their_own_start),
        cmocka_unit_test(torn_chains_are_refused),
        cmocka_unit_test(entries_of_311_are_marked),
        cmocka_unit_test(a_cframe_without_a_frame_yet_begins_at_the_caller),
        cmocka_unit_test(frames_on_the_heap_are_followed),
        cmocka_unit_test(pages_come_and_go),
        cmocka_unit_test(the_common_root_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
