/* What a proof is worth: a thread that moves on while it is read is never called exact. */
#include "config.h"

#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "src/record/stacks.h"
#include "tests/support/image.h"

enum { GIL = 0x10000, GC = 0x11000, TSTATE = 0x12000, POINTER = 0x13000, RSEQ = 64 };
enum { CHUNK = 0x700000, HEAP = 0x800000, CODE = 0x900000, STRINGS = 0xa00000 };
enum { ELSEWHERE = CPU_SETSIZE }; /* a CPU where nobody can go */

static struct image image;
static struct target target;
static struct stacks stacks;
static struct thread thread;

static void put_u32(uint64_t address, uint32_t value)
{
    image_put(&image, address, &value, sizeof value);
}

static void put_code(uint64_t address)
{
    const struct pyabi *a = &target.abi;
    image_u64(&image, address + a->code_units, 20);
    image_u64(&image, address + a->code_filename, STRINGS);
    image_u64(&image, address + a->code_name, STRINGS);
    image_u64(&image, address + a->code_qualname, STRINGS);
    image_u64(&image, address + a->code_line_table, STRINGS + 256);
    put_u32(address + a->code_version, (uint32_t)address);
}

static void put_frame(uint64_t address, uint64_t previous, uint64_t code, uint8_t owner)
{
    const struct pyabi *a = &target.abi;
    image_u64(&image, address + a->frame_code, code);
    image_u64(&image, address + a->frame_previous, previous);
    image_u64(&image, address + a->frame_instr, code + a->code_bytecode + 8);
    image_u8(&image, address + a->frame_owner, owner);
}

static void put_gil(uint64_t holder, uint32_t locked, uint64_t switches)
{
    image_u64(&image, GIL + target.abi.gil_holder, holder);
    put_u32(GIL + target.abi.gil_locked, locked);
    image_u64(&image, GIL + target.abi.gil_switches, switches);
}

/* 3.13's way, by hand: the offsets come from the target otherwise. Three frames, of which the middle one is a
 * generator's, outside of the chunk. The thread holds the GIL, on a CPU that we can go to. */
static int set_up(void **state)
{
    (void)state;
    struct err err = {0};
    image_init(&image);
    target = (struct target){.abi = *pyabi_by_version(0x030c0000), .remote = &image.remote, .gil = GIL, .gc = GC};
    target.abi.tstate_frame = 72;
    target.abi.tstate_cframe = PYABI_NONE;
    target.has_rseq = true;
    target.rseq_offset = RSEQ;
    const uint64_t places[] = {GIL, GC, TSTATE, POINTER, CHUNK, HEAP, CODE, STRINGS};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        image_map(&image, places[i], places[i] == CHUNK ? 16384 : 4096);
    image_u64(&image, STRINGS + target.abi.str_length, 4);
    image_u8(&image, STRINGS + target.abi.str_state, 1 << 2 | 1 << 5 | 1 << 6);
    image_put(&image, STRINGS + target.abi.str_ascii_data, "name", 4);
    put_code(CODE);
    put_code(CODE + 1024);
    image_u64(&image, CHUNK + 8, 16384);
    put_frame(CHUNK + 24, 0, CODE, 0);
    put_frame(HEAP + 16, CHUNK + 24, CODE + 1024, 1);
    put_frame(CHUNK + 200, HEAP + 16, CODE, 0);
    image_u64(&image, TSTATE + target.abi.tstate_frame, CHUNK + 200);
    image_u64(&image, TSTATE + target.abi.tstate_chunk, CHUNK);
    image_u64(&image, TSTATE + target.abi.tstate_top, CHUNK + 400);
    put_gil(TSTATE, 1, 7);
    thread = (struct thread){.tstate = TSTATE,
                             .gil = GIL,
                             .gc = GC,
                             .pointer = POINTER,
                             .stat_fd = -1,
                             .schedstat_fd = -1,
                             .syscall_fd = -1,
                             .sched_fd = -1};
    struct events *events = events_new(1 << 16, &err);
    assert_non_null(events);
    assert_true(stacks_init(&stacks, &target, events, 1000, &err));
    for (int cpu = 0; cpu < CPU_SETSIZE && stacks.cpu < 0; cpu++) {
        if (CPU_ISSET(cpu, &stacks.allowed))
            (void)stacks_move_to(&stacks, cpu);
    }
    assert_true(stacks.cpu >= 0);
    put_u32(POINTER + RSEQ + 4, (uint32_t)stacks.cpu);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)sched_setaffinity(0, sizeof stacks.allowed, &stacks.allowed);
    events_free(stacks.events);
    stacks_fini(&stacks);
    image_fini(&image);
    return 0;
}

/* Being preempted is not what is tested, and happens: then the stack is read once more. */
static enum stack_result read_beside(struct look *look)
{
    return stacks_read_beside(&stacks, &thread, look);
}

static void what_stands_still_is_exact(void **state)
{
    (void)state;
    struct look look;
    assert_int_equal(read_beside(&look), STACK_EXACT);
    assert_int_equal(stacks.stack->n, 3);
    assert_int_equal(stacks.stack->frames[1].code, CODE + 1024);
    assert_int_equal(look.before.switches, 7);
}

static unsigned leaves_at;

static void leave(struct image *im)
{
    if (im->calls == leaves_at)
        put_u32(POINTER + RSEQ + 4, ELSEWHERE);
}

/* As if its last stacks had been others. */
static void expect_nothing(void)
{
    thread.n_pages = thread.codes.n = 0;
}

/* Whichever of our reads it is at which the thread is gone from our CPU, the last one but for its own question, the
 * stack is not called exact. */
static void what_leaves_while_it_is_read_is_not(void **state)
{
    (void)state;
    struct look look;
    assert_int_equal(read_beside(&look), STACK_EXACT); /* code objects are known from here on */
    expect_nothing();
    image.calls = 0;
    assert_int_equal(read_beside(&look), STACK_EXACT);
    const unsigned calls = image.calls;
    assert_true(calls >= 4); /* the stack, the generator's frame, the code objects, where it is now */
    for (leaves_at = 1; leaves_at <= calls; leaves_at++) {
        put_u32(POINTER + RSEQ + 4, (uint32_t)stacks.cpu);
        expect_nothing();
        image.calls = 0;
        image.before = leave;
        assert_int_equal(read_beside(&look), STACK_TRIMMED);
        image.before = NULL;
    }
}

/* What was on the last stacks is read along with the next: then that is all there is to read. */
static void what_is_expected_takes_one_call(void **state)
{
    (void)state;
    struct look look;
    assert_int_equal(read_beside(&look), STACK_EXACT);
    assert_int_equal(read_beside(&look), STACK_EXACT);
    image.calls = 0;
    assert_int_equal(read_beside(&look), STACK_EXACT);
    assert_int_equal(image.calls, 1);
    put_u32(CODE + target.abi.code_version, 77); /* another code object at that address, which must be read */
    image.calls = 0;
    assert_int_equal(read_beside(&look), STACK_EXACT);
    assert_true(image.calls > 1);
    assert_true(codes_known(&stacks.codes, CODE)->id > codes_known(&stacks.codes, CODE + 1024)->id);
}

static void an_unregistered_area_proves_nothing(void **state)
{
    (void)state;
    struct look look;
    put_u32(POINTER + RSEQ + 4, UINT32_MAX);
    assert_int_equal(read_beside(&look), STACK_TRIMMED);
    assert_int_equal(stacks.stack->n, 3);
}

static void without_the_kernels_word_nothing_is_proved(void **state)
{
    (void)state;
    struct look look;
    target.has_rseq = false;
    assert_int_equal(read_beside(&look), STACK_TRIMMED);
}

static void another_holder_is_told(void **state)
{
    (void)state;
    struct look look;
    put_gil(TSTATE + 8, 1, 8);
    assert_int_equal(read_beside(&look), STACK_OTHER);
}

static void switch_the_gil(struct image *im)
{
    (void)im;
    static uint64_t switches = 1000;
    put_gil(TSTATE + 8, 1, ++switches);
}

/* From afar: as long as nobody takes the GIL, the stack of one who has not got it stays. */
static void aside_the_gil_must_stand(void **state)
{
    (void)state;
    struct look look;
    assert_int_equal(stacks_read_aside(&stacks, &thread, &look), STACK_OTHER); /* it may be running */
    put_gil(TSTATE, 0, 7);
    assert_int_equal(stacks_read_aside(&stacks, &thread, &look), STACK_OTHER); /* it may take it unseen */
    put_gil(TSTATE + 8, 1, 8);
    assert_int_equal(stacks_read_aside(&stacks, &thread, &look), STACK_EXACT);
    assert_int_equal(stacks.stack->n, 3);
    image.before = switch_the_gil;
    assert_int_equal(stacks_read_aside(&stacks, &thread, &look), STACK_TRIMMED);
}

/* Up to 3.11: a thread keeps the GIL when it goes over to another interpreter's state. */
static void the_current_state_holds_the_gil(void **state)
{
    (void)state;
    struct look look;
    target.abi.gil_current = 216;
    target.abi.gil_size = 224;
    put_gil(TSTATE + 8, 1, 7);
    image_u64(&image, GIL + 216, TSTATE);
    assert_int_equal(read_beside(&look), STACK_EXACT);
    assert_int_equal(look.before.holder, TSTATE);
    assert_int_equal(stacks_read_aside(&stacks, &thread, &look), STACK_OTHER);
    put_gil(TSTATE, 1, 7);
    image_u64(&image, GIL + 216, TSTATE + 8);
    assert_int_equal(read_beside(&look), STACK_OTHER);
    assert_int_equal(stacks_read_aside(&stacks, &thread, &look), STACK_EXACT);
    thread.swapped = true; /* it may go over and back, and the number of switches stands */
    assert_int_equal(stacks_read_aside(&stacks, &thread, &look), STACK_TRIMMED);
    assert_int_equal(stacks.stack->n, 3);
    image_u64(&image, GIL + 216, 0); /* it has just taken the GIL, or is about to give it back */
    assert_int_equal(read_beside(&look), STACK_EXACT);
    put_gil(TSTATE + 8, 0, 7);
    image_u64(&image, GIL + 216, TSTATE);
    assert_true(stacks_read_gil(&stacks, &look.before));
    assert_int_equal(look.before.holder, TSTATE + 8);
}

/* A free-threaded build: nobody has the GIL, and that it stands proves nothing. */
static void without_a_gil_only_its_cpu_proves(void **state)
{
    (void)state;
    struct look look;
    target.abi.gil_enabled = 40;
    target.abi.gil_size = 48;
    put_gil(TSTATE + 8, 1, 7); /* left over */
    assert_int_equal(read_beside(&look), STACK_EXACT);
    assert_true(look.before.off);
    assert_int_equal(stacks_read_aside(&stacks, &thread, &look), STACK_OTHER);
    put_u32(POINTER + RSEQ + 4, ELSEWHERE);
    assert_int_equal(read_beside(&look), STACK_TRIMMED);
    put_u32(GIL + 40, 1); /* an extension module has asked for it */
    assert_int_equal(read_beside(&look), STACK_OTHER);
    assert_int_equal(stacks_read_aside(&stacks, &thread, &look), STACK_EXACT);
    assert_false(look.before.off);
}

/* Another code object takes one's place, and the copies of both overlap. */
static void a_copy_belongs_to_its_code_object(void **state)
{
    (void)state;
    enum { ARRAY = GC + 64, COPY = 0x654000 };
    struct look look;
    target.abi.frame_copy = 72;
    target.abi.frame_size = 88;
    target.abi.code_copies = 240;
    image_u64(&image, CODE + 240, ARRAY);
    image_u64(&image, ARRAY, 2);
    image_u64(&image, ARRAY + 16, COPY);
    image_u8(&image, CHUNK + 200 + 72, 1);
    image_u64(&image, CHUNK + 200 + target.abi.frame_instr, COPY + 16);
    assert_int_equal(read_beside(&look), STACK_EXACT);
    assert_int_equal(stacks.stack->frames[0].offset, 9);
    put_u32(CODE + target.abi.code_version, 77);
    image_u64(&image, ARRAY + 16, COPY + 8);
    assert_int_equal(read_beside(&look), STACK_EXACT);
    assert_int_equal(stacks.stack->frames[0].offset, 5);
}

static void a_stack_is_a_node(void **state)
{
    (void)state;
    struct look look;
    struct event event;
    uint32_t node = 0, again = 0, n = 0;
    assert_int_equal(read_beside(&look), STACK_EXACT);
    assert_true(stacks_number(&stacks, &node));
    assert_true(stacks_number(&stacks, &again));
    assert_int_equal(node, 3);
    assert_int_equal(again, node);
    while (events_next(stacks.events, &event)) {
        if (event.kind == EVENT_NODE) {
            assert_int_equal(event.u.node.node, n + 1);
            assert_int_equal(event.u.node.parent, n);
            assert_int_equal(event.u.node.offset, 5);
            n++;
        }
        events_done(stacks.events);
    }
    assert_int_equal(n, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_stands_still_is_exact, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_leaves_while_it_is_read_is_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_expected_takes_one_call, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_unregistered_area_proves_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_the_kernels_word_nothing_is_proved, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_holder_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(aside_the_gil_must_stand, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_current_state_holds_the_gil, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_gil_only_its_cpu_proves, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_copy_belongs_to_its_code_object, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_stack_is_a_node, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
