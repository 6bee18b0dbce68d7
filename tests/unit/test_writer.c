/* From events to a recording: what the sampler sends is what the decoder finds. */
#include "config.h"

#include "src/record/writer.h"

#include "tests/formats/dump.h"
#include "tests/unit/tree.h"
#include "tests/unit/unit.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct {
    struct events *events;
    struct writer *writer;
    struct buf bytes;
    struct dump dump;
    unsigned accepts; /* frames that the output takes before it fails */
    char source[PATH_MAX];
} t;

static bool output(void *self, const uint8_t *p, size_t n, struct err *err)
{
    (void)self;
    if (t.accepts-- == 0)
        return err_system(err, 28, "x.zst: cannot be written"); /* ENOSPC */
    return memory_output(&t.bytes, p, n, err);
}

static int set_up(void **state)
{
    (void)state;
    memset(&t, 0, sizeof t);
    t.accepts = 1000000;
    (void)tree_make();
    tree_file("app.py", SLICE("print('hello')\n"));
    strcpy(t.source, tree_path("app.py"));
    struct err err = {0};
    static const char *const env[] = {"PYHEATMAP_TEST"};
    static char *const command[] = {"python3", "app.py", NULL};
    struct slice note = SLICE("*a note*");
    struct writer_options options = {
        .output = &t,
        .write = output,
        .header = {.recorder = SLICE("test"), .period_ns = 1000000, .time_unit_ns = 100000},
        .host = {.kernel = SLICE("Linux 0")},
        .notes = &note,
        .notes_n = 1,
        .defs = {.image = {.env = env, .env_n = 1, .command = command, .command_pid = getpid()}},
        .epoch_samples = 10,
        .pid = getpid(),
    };
    t.events = events_new(1 << 16, &err);
    assert_non_null(t.events);
    options.events = t.events;
    t.writer = writer_new(&options, &err);
    assert_non_null(t.writer);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    writer_free(t.writer);
    events_free(t.events);
    buf_fini(&t.bytes);
    dump_fini(&t.dump);
    tree_remove();
    return 0;
}

static void push(const struct event *event)
{
    assert_true(events_push(t.events, event));
}

/* What is pushed from now on belongs to that image. */
static void push_image(uint32_t id, uint32_t parent, pid_t pid, uint32_t exec_count)
{
    events_image(t.events, id);
    push(&(struct event){EVENT_PROCESS, .u.process = {.parent = parent,
                                                      .pid = (uint32_t)pid,
                                                      .python = 0x030c01f0,
                                                      .exec_count = exec_count,
                                                      .time = id * 10,
                                                      .facts = image_meet(pid, true)}});
}

static void push_process(uint32_t id, uint32_t exec_count)
{
    push_image(id, 0, getpid(), exec_count);
    push(&(struct event){EVENT_THREAD, .u.thread = {.thread = 1, .tid = (uint64_t)getpid()}});
}

static void push_code(uint32_t code, const char *file, const char *name)
{
    char bytes[2 * PATH_MAX];
    int n = snprintf(bytes, sizeof bytes, "%s%s%s%s", file, name, name, "\x80");
    struct event event = {EVENT_CODE, .u.code = {.code = code, .first_line = 7, .units = 5, .first_traceable = 1}};
    event.u.code.file_n = (uint32_t)strlen(file);
    event.u.code.name_n = event.u.code.qualname_n = (uint32_t)strlen(name);
    event.u.code.line_table_n = 1;
    event.bytes = (const uint8_t *)bytes;
    assert_true(n > 0 && (size_t)n < sizeof bytes);
    push(&event);
}

static void push_node(uint32_t node, uint32_t parent, uint32_t code)
{
    push(&(struct event){EVENT_NODE, .u.node = {node, parent, code, node + 1}});
}

static void push_sample(uint64_t time, uint32_t node)
{
    push(&(struct event){EVENT_SAMPLE, .u.sample = {.time = time, .thread = 1, .weight = 1, .node = node, .state = 3}});
}

static void push_gone(uint64_t time, bool executed)
{
    push(&(struct event){EVENT_GONE, .u.gone = {.time = time, .status = -1, .executed = executed}});
}

static bool finish(struct err *err)
{
    struct rec_end end = {.time = 500, .reason = REC_END_EXIT, .status = 0x300, .wakes = 3};
    assert_true(writer_start(t.writer, err));
    return writer_finish(t.writer, &end, err);
}

static void finish_and_decode(void)
{
    struct err err = {0};
    if (!finish(&err))
        fail_msg("%s", err.msg);
    struct slice bytes = buf_view(&t.bytes);
    struct format_input in = memory_input(&bytes);
    t.dump.rows = true;
    struct sink sink = dump_sink(&t.dump);
    if (!format_pyrec.read(&in, &sink, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(t.dump.damages, 0);
    buf_u8(&t.dump.text, '\0');
}

/* How many lines of the dump are like that. */
static unsigned lines(const char *pattern)
{
    unsigned n = 0;
    char *text = strdup((const char *)t.dump.text.p), *rest = text;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;)
        n += fnmatch(pattern, line, 0) == 0;
    free(text);
    return n;
}

static void expect(unsigned n, const char *pattern)
{
    if (lines(pattern) != n)
        fail_msg("%u lines like '%s' instead of %u in:\n%s", lines(pattern), pattern, n, (char *)t.dump.text.p);
}

static void everything_arrives(void **state)
{
    (void)state;
    push_process(1, 0);
    push_code(16, t.source, "main");
    push_code(17, "<string>", "work");
    push_node(1, 0, 16);
    push_sample(20, 1);
    push_node(2, 1, 17);
    push_node(3, 2, REC_CODE_GC);
    push_sample(30, 2);
    push_sample(40, 3);
    push(&(struct event){EVENT_TICKS, .u.ticks = {.time = 20, .ticks = 3, .span = 20, .state = REC_TICK_RUNNING}});
    push(&(struct event){EVENT_LOST, .u.lost = {.time = 45, .thread = 1, .ticks = 2, .reason = REC_LOSS_LATE}});
    push_gone(50, false);
    finish_and_decode();

    char pattern[3 * PATH_MAX];
    expect(1, "header * recorder=\"test\" period_ns=1000000 time_unit_ns=100000 *");
    expect(1, "host kernel=\"Linux 0\" *");
    expect(1, "note markdown=\"\\*a note\\*\"");
    (void)snprintf(pattern, sizeof pattern, "process id=1 parent=0 pid=%d ppid=%d exec_count=0 python=030c01f0 *",
                   (int)getpid(), (int)getppid());
    expect(1, pattern);
    expect(1, "argv process=1 arg=\"*test_writer\"*");
    expect(1, "thread process=1 id=1 * name=\"test_writer\"");
    (void)snprintf(pattern, sizeof pattern, "file id=1 process=1 name=\"%s\" path=\"%s\" * size=15 * source=1 *",
                   t.source, t.source);
    expect(1, pattern);
    expect(1, "file id=2 process=1 name=\"<string>\" path=\"\" * source=0 *");
    expect(1, "code id=16 file=1 * python=030c first_line=7 flags=0 units=5 first_traceable=1 name=\"main\" * "
              "line_table=80");
    expect(1, "code id=17 file=2 * name=\"work\" *");
    expect(1, "source * total=15 offset=0 bytes=\"print('hello')\\\\x0a\"");
    expect(1, "  node id=1 parent=0 code=16 offset=2");
    expect(1, "  node id=2 parent=1 code=17 offset=3");
    expect(1, "  node id=3 parent=2 code=1 offset=4");
    expect(1, "  sample thread=1 time=20 weight=1 node=1 state=3 quality=0 repeat=0 span=0");
    expect(3, "  sample *");
    expect(1, "  run state=2 ticks=3 time=20 span=20");
    expect(1, "  loss thread=1 time=45 ticks=2 reason=2");
    expect(1, "exit process=1 time=50 status=768");
    expect(1, "end time=500 reason=1 status=768 wakes=3 *");
}

static void an_epoch_defines_again_what_it_uses(void **state)
{
    (void)state;
    push_process(1, 0);
    push_code(16, t.source, "first");
    push_code(17, t.source, "second");
    push_code(18, t.source, "second"); /* compiled again: the same code */
    push_node(1, 0, 16);
    push_node(2, 1, 17);
    push_node(3, 2, 18);
    for (unsigned i = 0; i < 10; i++)
        push_sample(20 + i, 3);
    push(&(struct event){.kind = EVENT_FORGET}); /* a table of the sampler's was full: no epoch ends by that */
    push_node(1, 0, 18);
    push_sample(30, 1);
    finish_and_decode();
    expect(1, "epoch");
    expect(2, "host *");
    expect(2, "process id=1 *");
    expect(2, "thread *");
    expect(2, "file id=1 *");
    expect(1, "source *");
    expect(1, "code id=16 * name=\"first\" *");
    expect(1, "code id=17 * name=\"second\" *");
    expect(1, "code id=16 * name=\"second\" *"); /* numbers are the epoch's */
    expect(1, "  node id=3 parent=2 code=17 *");
    expect(2, "  node id=1 parent=0 code=16 *");
    expect(0, "exit * status=-1"); /* it ended with the recording: its status is known */
    expect(1, "exit process=1 time=500 status=768");
}

static void an_exec_makes_another_image(void **state)
{
    (void)state;
    push_process(1, 0);
    push_code(16, t.source, "main");
    push_node(1, 0, 16);
    push_sample(15, 1);
    push_gone(18, true);
    push_process(2, 1);
    push_code(16, t.source, "main"); /* its sampler knows nothing of the image before */
    push_node(1, 0, 16);
    push_sample(25, 1);
    finish_and_decode();
    expect(1, "exit process=1 time=18 status=-1");
    expect(1, "process id=2 * exec_count=1 *");
    expect(1, "nodes process=1 n=1");
    expect(1, "nodes process=2 n=1");
    expect(1, "samples process=2 n=1");
    expect(1, "exit process=2 time=500 status=768");
}

static void a_full_disk_drops_and_goes_on(void **state)
{
    (void)state;
    t.accepts = 0;
    push_process(1, 0);
    push_code(16, t.source, "main");
    push_node(1, 0, 16);
    struct err err = {0};
    assert_true(writer_start(t.writer, &err));
    for (int i = 0; i < 200 && !writer_failed(t.writer, &err); i++) /* with the first flush */
        usleep(20000);
    assert_true(writer_failed(t.writer, &err));
    assert_int_equal(err.kind, ERR_SYSTEM);
    for (unsigned i = 0; i < 5; i++)
        push_sample(100 + i, 1);
    struct rec_end end = {.time = 500, .reason = REC_END_EXIT};
    assert_false(writer_finish(t.writer, &end, &err));
    assert_int_equal(writer_dropped(t.writer), 5);
    assert_int_equal(writer_size(t.writer), 0);
    struct event event;
    assert_false(events_next(t.events, &event));
}

static void a_node_is_defined_when_it_is_used(void **state)
{
    (void)state;
    push_process(1, 0);
    push_code(16, t.source, "main");
    push_code(17, t.source, "work");
    push_node(1, 0, 16);
    push_node(2, 1, 17);
    push_node(3, 1, 17); /* never sampled */
    push_node(4, 2, 16);
    push_sample(20, 2);
    push_sample(21, 1);
    for (unsigned i = 0; i < 8; i++)
        push_sample(22 + i, 4);
    push_sample(40, 2); /* in another epoch */
    push_sample(41, 4);
    push_sample(42, 0); /* without a frame */
    finish_and_decode();
    expect(1, "epoch");
    expect(2, "  node id=1 parent=0 code=16 offset=2");
    expect(2, "  node id=2 parent=1 code=17 offset=3");
    expect(2, "  node id=3 parent=2 code=16 offset=5");
    expect(0, "  node id=4 *");
    expect(11, "  sample * node=[23] *");
    expect(1, "  sample * node=1 *");
    expect(1, "  sample * time=42 * node=0 *");
}

/* What several samplers send comes mixed; what they share is defined once. */
static void images_share_what_they_run(void **state)
{
    (void)state;
    push_process(1, 0);
    push_code(16, t.source, "main");
    push_node(1, 0, 16);
    push_sample(20, 1);
    push_image(2, 1, 999999999, 0);
    push(&(struct event){EVENT_THREAD, .u.thread = {.thread = 1, .tid = 999999999}});
    push_code(16, t.source, "other"); /* a number of its own sampler's */
    push_code(17, t.source, "main");
    push_node(1, 0, 17);
    push_node(2, 1, 16);
    push_sample(21, 2);
    events_image(t.events, 1);
    push_sample(22, 1);
    events_image(t.events, 2);
    push_sample(23, 1);
    push_gone(24, false);
    events_image(t.events, 1);
    push_sample(25, 1);
    finish_and_decode();
    expect(2, "argv process=* arg=\"*test_writer\"*"); /* a forked child that has gone was what its parent is */
    expect(1, "process id=1 parent=0 *");
    expect(1, "process id=2 parent=1 pid=999999999 *");
    expect(2, "code *");
    expect(1, "code id=16 * name=\"main\" *");
    expect(1, "code id=17 * name=\"other\" *");
    expect(2, "  node id=1 parent=0 code=16 *");
    expect(1, "  node id=2 parent=1 code=17 *");
    expect(1, "samples process=1 n=3");
    expect(1, "samples process=2 n=2");
    expect(1, "exit process=2 time=24 status=-1");
    expect(1, "exit process=1 time=500 status=768");
}

static void an_image_defines_itself_again_after_silence(void **state)
{
    (void)state;
    push_process(1, 0);
    push_code(16, t.source, "main");
    push_node(1, 0, 16);
    push_image(2, 1, 999999999, 0);
    push(&(struct event){EVENT_THREAD, .u.thread = {.thread = 1, .tid = 999999999}});
    push_code(16, t.source, "main");
    push_node(1, 0, 16);
    push_sample(20, 1);
    events_image(t.events, 1);
    for (unsigned i = 0; i < 25; i++)
        push_sample(30 + i, 1);
    events_image(t.events, 2);
    push_sample(60, 1);
    finish_and_decode();
    expect(2, "epoch");
    expect(3, "process id=1 *");
    expect(2, "process id=2 *"); /* not in the epoch that it is silent in */
    expect(3, "code *");
}

static void nothing_at_all_is_a_recording(void **state)
{
    (void)state;
    finish_and_decode();
    expect(1, "end *");
    expect(0, "process *");
    expect(0, "exit *");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(everything_arrives, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_epoch_defines_again_what_it_uses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_exec_makes_another_image, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_disk_drops_and_goes_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_node_is_defined_when_it_is_used, set_up, tear_down),
        cmocka_unit_test_setup_teardown(images_share_what_they_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_image_defines_itself_again_after_silence, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_at_all_is_a_recording, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
