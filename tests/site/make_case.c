/* make_case: writes one of the small invented recordings that the golden sites are made from.
 *
 * Usage: make_case NAME >RECORDING */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "src/base/buf.h"
#include "tests/support/bridge.h"

static struct err err;
static struct sink sink;

static void must(bool ok)
{
    if (ok)
        return;
    fprintf(stderr, "make_case: %s\n", err.msg);
    exit(1);
}

/* A 3.13 line table in which code unit i is on line lines[i] (Objects/locations.md: entries without columns). */
static struct slice table(uint32_t first_line, const uint32_t *lines, uint32_t n)
{
    static struct buf b;
    uint32_t at = first_line;
    buf_clear(&b);
    for (uint32_t i = 0; i < n; i++) {
        int32_t delta = (int32_t)(lines[i] - at);
        uint32_t value = delta < 0 ? (uint32_t)-delta << 1 | 1 : (uint32_t)delta << 1;
        buf_u8(&b, 0x80 | 13 << 3);
        for (; value >= 64; value >>= 6)
            buf_u8(&b, (uint8_t)(0x40 | (value & 63)));
        buf_u8(&b, (uint8_t)value);
        at = lines[i];
    }
    return buf_view(&b);
}

static void header(void)
{
    const struct rec_header h = {.id = "golden recording",
                                 .recorder = SLICE("pyrecord 0"),
                                 .period_ns = 1000000,
                                 .time_unit_ns = 62500,
                                 .started_ns = 1764000000000000000};
    must(sink.header(sink.self, &h, &err));
}

static void process(struct slice script)
{
    const struct slice args[] = {SLICE("/usr/bin/python3"), script, SLICE("--level"), SLICE("two words")};
    const struct rec_process p = {.id = 1,
                                  .pid = 4242,
                                  .ppid = 1,
                                  .python = 0x030d00f0,
                                  .executable = SLICE("/usr/bin/python3.13"),
                                  .cwd = SLICE("/home/ada/shop"),
                                  .root = SLICE("/")};
    const struct rec_argv a = {.process = 1, .n = 4, .args = args};
    const struct rec_thread t = {.process = 1, .id = 1, .tid = 4242, .name = SLICE("MainThread")};
    const struct rec_root roots[] = {
        {1, REC_ROOT_STDLIB, true, SLICE("/usr/lib/python3.13")},
        {1, REC_ROOT_SITE, true, SLICE("/usr/lib/python3/dist-packages")},
        {1, REC_ROOT_SCRIPT, true, SLICE("/home/ada/shop")},
    };
    must(sink.process(sink.self, &p, &err) && sink.argv(sink.self, &a, &err));
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        must(sink.root(sink.self, &roots[i], &err));
    must(sink.thread(sink.self, &t, &err));
}

static void file(uint32_t id, struct slice name, struct slice text)
{
    struct rec_file f = {.id = id, .process = 1, .name = name};
    if (text.p != NULL) {
        f.path = name;
        f.size = text.n;
        f.source = REC_SOURCE_SEEN;
        pyrec_hash(text, f.hash);
    }
    must(sink.file(sink.self, &f, &err));
    if (text.p == NULL)
        return;
    struct rec_source s = {.total = (uint32_t)text.n, .bytes = text};
    memcpy(s.hash, f.hash, sizeof s.hash);
    must(sink.source(sink.self, &s, &err));
}

static void code(uint32_t id, uint32_t file_id, struct slice name, uint32_t first_line, const uint32_t *lines,
                 uint32_t n)
{
    const struct rec_code c = {.id = id,
                               .file = file_id,
                               .python = 0x030d,
                               .first_line = first_line,
                               .units = n,
                               .name = name,
                               .qualname = name,
                               .line_table = table(first_line, lines, n)};
    must(sink.code(sink.self, &c, &err));
}

static void node(uint32_t id, uint32_t parent, uint32_t code_id, uint32_t offset)
{
    const struct rec_nodes n = {1, id, 1, &parent, &code_id, &offset};
    must(sink.nodes(sink.self, &n, &err));
}

static uint64_t now;

static void sample(uint32_t node_id, uint32_t times, uint8_t quality)
{
    static const uint32_t one = 1, none = 0;
    static const uint8_t state = REC_STATE_CPU | REC_STATE_GIL;
    for (uint32_t i = 0; i < times; i++, now += 16) {
        const struct rec_samples s = {1, 1, &one, &now, &one, &node_id, &state, &quality, &none, &none};
        must(sink.samples(sink.self, &s, &err));
    }
}

static void finish(void)
{
    const uint8_t states[] = {REC_TICK_RUNNING, REC_TICK_IDLE};
    const uint32_t ticks[] = {(uint32_t)(now / 16), 10}, spans[] = {(uint32_t)now, 160};
    const uint64_t times[] = {0, now + 16};
    const struct rec_ticks t = {1, 2, states, ticks, times, spans};
    const struct rec_end end = {.time = now + 176, .reason = REC_END_EXIT, .wakes = now / 16 + 10, .read = now / 16};
    if (now > 0)
        must(sink.ticks(sink.self, &t, &err));
    must(sink.end(sink.self, &end, &err));
}

static const char shop[] = "\"\"\"A shop.\"\"\"\n"
                           "import sys\n"
                           "\n"
                           "\n"
                           "def price(item):\n"
                           "    return -item.cents\n"
                           "\n"
                           "\n"
                           "@cache\n"
                           "def total(items):\n"
                           "    \"\"\"The sum.\"\"\"\n"
                           "    # one\n"
                           "    # two\n"
                           "    # three\n"
                           "    # four\n"
                           "    # five\n"
                           "    if items < 2 and \"<&>\":\n"
                           "        return total(items - 1)\n"
                           "    return sorted(items, key=price)\n"
                           "\n"
                           "\n"
                           "total(40)\n";

/* <module> → total → (recursion) → price; a marker of C in between. */
static void plain_stacks(uint32_t file_id)
{
    static const uint32_t module[] = {1, 2, 22}, total[] = {9, 17, 18, 19}, price[] = {5, 6};
    code(16, file_id, SLICE("<module>"), 1, module, 3);
    code(17, file_id, SLICE("total"), 9, total, 4);
    code(18, file_id, SLICE("price"), 5, price, 2);
    node(1, 0, 16, 3);
    node(2, 1, 17, 3);
    node(3, 2, 17, 3);
    node(4, 3, 17, 4);
    node(5, 4, REC_CODE_ENTRY, 0);
    node(6, 5, 18, 2);
    node(7, 1, 17, 2);
    sample(1, 1, REC_EXACT);
    sample(6, 60, REC_EXACT);
    sample(4, 20, REC_EXACT);
    sample(7, 9, REC_EXACT);
    sample(4, 1, REC_TRIMMED);
}

static void plain(void)
{
    process(SLICE("/home/ada/shop/app.py"));
    file(1, SLICE("/home/ada/shop/app.py"), slice_str(shop));
    plain_stacks(1);
    finish();
}

static void missing(void)
{
    process(SLICE("/home/ada/shop/app.py"));
    file(1, SLICE("<string>"), (struct slice){0});
    plain_stacks(1);
    finish();
}

/* The text is shorter than what ran, and is not Python that anybody would write. */
static void hostile(void)
{
    static const uint32_t lines[] = {1, 2, 3, 99};
    process(SLICE("</script><b>'\"&\xff\xed\xb2\x80\xe2\x80\xae.py"));
    file(1, SLICE("/home/ada/shop/<img src=x>'\"&\xff.py"),
         slice_of("x = '</script><!--'\r\n\x00\x1b\xe2\x80\xaey = \"\xff\"\rz = 1\n", 40));
    code(16, 1, SLICE("</a><script>alert(1)</script>"), 1, lines, 4);
    for (uint32_t i = 0; i < 4; i++) {
        node(i + 1, i, 16, i + 1);
        sample(i + 1, i + 1, REC_EXACT);
    }
    /* A sampled line of 1 MB, of characters of several bytes; one that is cold; and a very long name. */
    enum { LONG = 1 << 20, NAME = 50000 };
    static char text[2 * LONG + 16], name[NAME];
    for (size_t i = 0; i < LONG; i++)
        text[i] = "x\xe2\x82\xac"[i % 4];
    text[LONG] = '\n';
    memcpy(text + LONG + 1, "\n\n\n\n\n\n\n", 7);
    memset(text + LONG + 8, '<', LONG);
    memset(name, 'n', NAME);
    file(2, SLICE("/home/ada/shop/long.py"), slice_of(text, 2 * LONG + 8));
    code(17, 2, slice_of(name, NAME), 1, lines, 1);
    node(5, 0, 17, 1);
    sample(5, 2, REC_EXACT);
    finish();
}

static void empty(void)
{
    process(SLICE("/home/ada/shop/app.py"));
    finish();
}

/* A child that process 1 started, or that one of its children did. */
static void child(uint32_t id, uint32_t parent, const char *what)
{
    const struct slice args[] = {SLICE("/usr/bin/python3"), SLICE("-m"), slice_str(what)};
    const struct rec_process p = {.id = id,
                                  .parent = parent,
                                  .pid = 4242 + id,
                                  .ppid = 4242,
                                  .python = 0x030c01f0,
                                  .started = 160,
                                  .executable = SLICE("/usr/bin/python3.12"),
                                  .cwd = SLICE("/home/ada/shop"),
                                  .root = SLICE("/")};
    const struct rec_argv a = {.process = id, .n = 3, .args = args};
    const struct rec_thread threads[] = {
        {.process = id, .id = 1, .tid = 4242 + id, .name = SLICE("MainThread")},
        {.process = id, .id = 2, .tid = 5000 + id, .interpreter = 1, .name = SLICE("work\xe2\x80\xae<er>")},
        {.process = id, .id = 3, .tid = 6000 + id},
    };
    must(sink.process(sink.self, &p, &err) && sink.argv(sink.self, &a, &err));
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++)
        must(sink.thread(sink.self, &threads[i], &err));
}

/* Several processes and threads, most of which wait. */
static void several(void)
{
    static const uint32_t one = 1, none = 0, wait = 200, threads[] = {1, 2};
    static const uint8_t idle = 0, exact = REC_EXACT;
    const uint64_t start = 320;
    process(SLICE("/home/ada/shop/app.py"));
    child(2, 1, "shop.worker");
    child(3, 2, "shop.letters");
    child(4, 1, "shop.report");
    file(1, SLICE("/home/ada/shop/app.py"), slice_str(shop));
    plain_stacks(1);
    const struct rec_nodes n = {2, 1, 1, &none, &(const uint32_t){18}, &(const uint32_t){2}};
    must(sink.nodes(sink.self, &n, &err));
    for (uint32_t i = 0; i < 2; i++) {
        const struct rec_samples s = {2,    1,     &threads[i], &start, &one,
                                      &one, &idle, &exact,      &wait,  &(const uint32_t){3200}};
        must(sink.samples(sink.self, &s, &err));
    }
    const uint8_t states[] = {REC_TICK_RUNNING, REC_TICK_GIL_WANTED, REC_TICK_IDLE};
    const uint32_t ticks[] = {91, 9, 900}, spans[] = {1456, 144, 14400};
    const uint64_t times[] = {0, 1472, 1616};
    const struct rec_ticks t = {1, 3, states, ticks, times, spans};
    const struct rec_end end = {.time = 16016, .reason = REC_END_EXIT, .wakes = 1000, .read = 91};
    must(sink.ticks(sink.self, &t, &err) && sink.end(sink.self, &end, &err));
}

static void unended(void)
{
    process(SLICE("/home/ada/shop/app.py"));
    file(1, SLICE("/home/ada/shop/app.py"), slice_str(shop));
    plain_stacks(1);
}

static bool to_stdout(void *self, const uint8_t *p, size_t n, struct err *e)
{
    (void)self;
    return fwrite(p, 1, n, stdout) == n || err_set(e, ERR_SYSTEM, "cannot write");
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*make)(void);
    } cases[] = {
        {"plain", plain}, {"missing", missing}, {"hostile", hostile},
        {"empty", empty}, {"unended", unended}, {"several", several},
    };
    for (size_t i = 0; argc == 2 && i < sizeof cases / sizeof *cases; i++) {
        if (strcmp(argv[1], cases[i].name) != 0)
            continue;
        struct bridge b = {.options = {.output = to_stdout}, .no_end = strcmp(argv[1], "unended") == 0};
        sink = bridge_sink(&b);
        header();
        cases[i].make();
        if (b.no_end)
            must(pyrec_write_flush(b.writer, now, &err));
        pyrec_write_free(b.writer);
        return fflush(stdout) == 0 ? 0 : 1;
    }
    return 2;
}
