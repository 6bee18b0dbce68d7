/* generate.c: writes a large recording of a program that never ran, for benchmarks of the conversion.
 *
 * It is what pyrecord would write of one process that keeps several threads busy at 10 kHz: a few hundred modules, or
 * as many as are asked for, with texts and line tables, a tree of stacks, epochs that define again what they use, one
 * frame a second. No sample is stored as a repeat. The same options give the same bytes. */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "formats/pyrec_write.h"
#include "src/base/buf.h"
#include "src/base/intern.h"

enum {
    RATE = 10000,
    UNIT_NS = 1000,
    PERIOD = 1000000000 / RATE / UNIT_NS, /* time units */
    JITTER = PERIOD / 4,
    SWITCH_TICKS = 50, /* the GIL's 5 ms */
    EPOCH_SAMPLES = 1000000,
    FOLDER = 16,    /* files of a folder */
    FUNCTIONS = 24, /* of a file, its module-level code included */
    MAX_SITES = 32,
    MIN_DEPTH = 10,
    MAX_DEPTH = 40,
    PYTHON = 0x030d00f0,
};

/* A place in a function where it calls, or where a sample was taken. */
struct site {
    uint32_t offset; /* code units */
    uint32_t callee; /* of functions */
};

struct function {
    uint32_t file, first_line, units;
    struct slice name, line_table;
    struct site sites[MAX_SITES];
    uint32_t n_sites;
};

struct node {
    uint32_t parent, function, offset; /* of nodes; parent 0: none */
    uint32_t depth;
};

struct generator {
    uint64_t seed;
    uint64_t samples;
    uint32_t n_stacks, n_threads;
    struct arena arena;
    uint32_t n_files, first_lines; /* lines of the first file, which is a long one; 0: like the others */
    struct slice *names, *texts;   /* of files */
    struct function *functions;    /* n_files × FUNCTIONS */
    struct intern interned;        /* struct node_key to node number − 1 */
    struct node *nodes;            /* by number, from 1 */
    uint32_t n_nodes, cap_nodes;
    uint32_t *stacks; /* leaf nodes */

    /* What the current epoch has defined. */
    bool *file_known;
    bool *function_known;
    uint32_t *node_id; /* by node; 0: not yet */
    uint32_t next_node;
    uint32_t fresh_parent[RATE * MAX_DEPTH], fresh_code[RATE * MAX_DEPTH], fresh_offset[RATE * MAX_DEPTH];
    uint32_t n_fresh; /* nodes to be written before the samples that use them */

    uint32_t thread[RATE], weight[RATE], node[RATE], zero[RATE];
    uint64_t time[RATE];
    uint8_t state[RATE], quality[RATE];
    struct pyrec_write *w;
};

static uint64_t next_random(struct generator *g)
{
    uint64_t x = g->seed += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static uint32_t below(struct generator *g, uint32_t n)
{
    return (uint32_t)((next_random(g) >> 32) * n >> 32);
}

static const char *word(struct generator *g)
{
    static const char *const words[] = {
        "parse", "load",   "token", "walk",  "node",  "value", "index", "table", "merge", "split",  "field", "query",
        "cache", "render", "write", "check", "group", "batch", "route", "model", "state", "update", "clean", "match",
    };
    return words[below(g, sizeof words / sizeof *words)];
}

/* A line's entries in the location table of 3.11 to 3.13 (InternalDocs/code_objects.md, "location table"): the first
 * moves to the line, the others stay on it. Returns the code units that they cover. */
static uint32_t put_line(struct generator *g, struct buf *table, uint32_t down)
{
    uint32_t units = 2 + below(g, 6), column = 4 + below(g, 12), end = column + 4 + below(g, 40);
    if (down <= 2) {
        buf_u8(table, (uint8_t)(0x80 | (10 + down) << 3 | (units - 1)));
    } else {
        buf_u8(table, (uint8_t)(0x80 | 14 << 3 | (units - 1)));
        buf_u8(table, (uint8_t)(down << 1)); /* at most 31 lines: one byte */
        buf_u8(table, 0);
        column++;
        end++;
    }
    buf_u8(table, (uint8_t)(down <= 2 ? column : column < 64 ? column : 63));
    buf_u8(table, (uint8_t)(down <= 2 ? end : end < 64 ? end : 63));
    for (uint32_t more = below(g, 4); more > 0; more--) {
        uint32_t n = 1 + below(g, 8), at = 4 + below(g, 60);
        buf_u8(table, (uint8_t)(0x80 | at / 8 << 3 | (n - 1)));
        buf_u8(table, (uint8_t)((at % 8) << 4 | below(g, 16)));
        units += n;
    }
    return units;
}

/* Writes a function's text and line table, and notes where it calls. *line: of the next line of the text. */
static void make_function(struct generator *g, uint32_t number, struct buf *text, struct buf *table, uint32_t *line)
{
    struct function *f = &g->functions[number];
    f->file = number / FUNCTIONS;
    bool module = number % FUNCTIONS == 0;
    bool is_long = f->file == 0 && g->first_lines > 0;
    uint32_t body = is_long ? g->first_lines / FUNCTIONS - 3 : 5 + below(g, 24);
    f->first_line = *line;
    buf_clear(table);
    buf_bytes(table, "\x80\x00", 2); /* RESUME */
    f->units = 1;
    char name[64] = "<module>";
    if (module) {
        buf_str(text, "import sys\n");
    } else {
        (void)snprintf(name, sizeof name, "%s_%s_%u", word(g), word(g), number);
        buf_printf(text, "\n\ndef %s(self, %s, %s=None):\n", name, word(g), word(g));
        f->first_line = *line += 2;
    }
    ++*line;
    f->name = arena_copy(&g->arena, slice_str(name));
    uint32_t down = 1;
    for (uint32_t i = 0; i < body; i++, ++*line) {
        const char *indent = module ? "" : i % 5 > 2 ? "        " : "    ";
        if (below(g, 8) == 0) {
            buf_printf(text, "%s# %s the %s of every %s\n", indent, word(g), word(g), word(g));
            down++;
            continue;
        }
        buf_printf(text, "%s%s_%u = %s_%s(%s, %u) + self.%s\n", indent, word(g), i, word(g), word(g), word(g),
                   below(g, 1000), word(g));
        if (f->n_sites < MAX_SITES && (is_long ? below(g, body / MAX_SITES + 1) == 0 : below(g, 3) > 0)) {
            struct site *site = &f->sites[f->n_sites++];
            site->offset = f->units + 1;
            /* Mostly within the package: files near by. */
            uint32_t file = below(g, 4) == 0 ? below(g, g->n_files) : (f->file + below(g, 8)) % g->n_files;
            site->callee = file * FUNCTIONS + 1 + below(g, FUNCTIONS - 1);
        }
        f->units += put_line(g, table, down);
        down = 1;
    }
    if (f->n_sites == 0)
        f->sites[f->n_sites++] = (struct site){f->units - 1, number % FUNCTIONS == 0 ? number + 1 : number};
    f->line_table = arena_copy(&g->arena, buf_view(table));
}

static void make_program(struct generator *g)
{
    struct buf text = {0}, table = {0};
    char package[32] = "";
    for (uint32_t i = 0; i < g->n_files; i++) {
        char name[128];
        uint32_t line = 1;
        static const char *const places[] = {"/home/user/app", "/usr/lib/python3.13",
                                             "/home/user/venv/lib/python3.13/site-packages/package"};
        if (i % FOLDER == 0)
            (void)snprintf(package, sizeof package, "%s_%s", word(g), word(g));
        (void)snprintf(name, sizeof name, "%s/%s/%s_%u.py", places[i * 3 / g->n_files], package, word(g), i);
        buf_clear(&text);
        for (uint32_t k = 0; k < FUNCTIONS; k++)
            make_function(g, i * FUNCTIONS + k, &text, &table, &line);
        g->names[i] = arena_copy(&g->arena, slice_str(name));
        g->texts[i] = arena_copy(&g->arena, buf_view(&text));
    }
    buf_fini(&text);
    buf_fini(&table);
}

static bool child_node(struct generator *g, uint32_t parent, uint32_t function, uint32_t offset, uint32_t *node,
                       bool *fresh, struct err *err)
{
    const uint32_t key[] = {parent, function, offset};
    uint32_t id;
    if (!intern_put(&g->interned, slice_of(key, sizeof key), &id, fresh, err))
        return false;
    *node = id + 1;
    if (*fresh) {
        if (*node >= g->cap_nodes) {
            g->cap_nodes = g->cap_nodes == 0 ? 1 << 16 : g->cap_nodes * 2;
            struct node *nodes = realloc(g->nodes, g->cap_nodes * sizeof *nodes);
            if (nodes == NULL)
                return err_nomem(err);
            g->nodes = nodes;
        }
        g->nodes[*node] = (struct node){parent, function, offset, parent == 0 ? 1 : g->nodes[parent].depth + 1};
        g->n_nodes = *node;
    }
    return true;
}

/* One more stack: it leaves a known one somewhere, calls on, and ends in a place where no stack ended before. */
static bool make_stack(struct generator *g, uint32_t n, uint32_t *leaf, struct err *err)
{
    uint32_t node = n == 0 ? 0 : g->stacks[below(g, n)];
    for (uint32_t back = below(g, 9); back > 0 && node != 0; back--)
        node = g->nodes[node].parent;
    uint32_t ahead = 1 + below(g, 8);
    for (;;) {
        uint32_t depth = node == 0 ? 0 : g->nodes[node].depth;
        uint32_t function = 0;
        bool fresh;
        if (node != 0) {
            const struct function *caller = &g->functions[g->nodes[node].function];
            for (uint32_t i = 0; i < caller->n_sites; i++) {
                if (caller->sites[i].offset == g->nodes[node].offset)
                    function = caller->sites[i].callee;
            }
        }
        const struct function *f = &g->functions[function];
        if (!child_node(g, node, function, f->sites[below(g, f->n_sites)].offset, &node, &fresh, err))
            return false;
        ahead -= ahead > 0;
        if (depth + 1 >= MAX_DEPTH || (fresh && ahead == 0 && depth + 1 >= MIN_DEPTH)) {
            *leaf = node;
            return true;
        }
    }
}

static bool make_stacks(struct generator *g, struct err *err)
{
    for (uint32_t i = 0; i < g->n_stacks; i++) {
        if (!make_stack(g, i, &g->stacks[i], err))
            return false;
    }
    return true;
}

static bool define_process(struct generator *g, struct err *err)
{
    static const struct slice args[] = {SLICE("python3"), SLICE("-m"), SLICE("app")};
    const struct rec_host host = {SLICE("Linux 6.1.0-18-amd64"), SLICE("x86_64"), SLICE("made up"),
                                  SLICE("glibc 2.36"),           SLICE(""),       8};
    const struct rec_process process = {.id = 1,
                                        .pid = 4242,
                                        .ppid = 1,
                                        .python = PYTHON,
                                        .executable = SLICE("/home/user/venv/bin/python3"),
                                        .cwd = SLICE("/home/user/app"),
                                        .root = SLICE("/")};
    const struct rec_argv argv = {1, 3, args};
    const struct rec_root roots[] = {
        {1, REC_ROOT_STDLIB, false, SLICE("/usr/lib/python3.13")},
        {1, REC_ROOT_SITE, false, SLICE("/home/user/venv/lib/python3.13/site-packages")},
        {1, REC_ROOT_SCRIPT, false, SLICE("/home/user/app")},
    };
    if (!pyrec_write_host(g->w, &host, err) || !pyrec_write_process(g->w, &process, err) ||
        !pyrec_write_argv(g->w, &argv, err))
        return false;
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
        if (!pyrec_write_root(g->w, &roots[i], err))
            return false;
    }
    for (uint32_t i = 1; i <= g->n_threads; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, i == 1 ? "MainThread" : "worker_%u", i - 1);
        const struct rec_thread thread = {1, i, 4241 + i, slice_str(name), 0};
        if (!pyrec_write_thread(g->w, &thread, err))
            return false;
    }
    return true;
}

static bool define_function(struct generator *g, uint32_t number, struct err *err)
{
    const struct function *f = &g->functions[number];
    if (!g->file_known[f->file]) {
        struct rec_file file = {.id = f->file + 1,
                                .process = 1,
                                .name = g->names[f->file],
                                .path = g->names[f->file],
                                .device = 2049,
                                .inode = 100000 + f->file,
                                .size = g->texts[f->file].n,
                                .mtime_ns = 1700000000000000000,
                                .read_ns = 1790000001000000000,
                                .source = REC_SOURCE_SEEN,
                                .pyc = REC_PYC_MTIME,
                                .pyc_mtime_s = 1700000000,
                                .pyc_size = (uint32_t)g->texts[f->file].n};
        pyrec_hash(g->texts[f->file], file.hash);
        if (!pyrec_write_file(g->w, &file, err))
            return false;
        g->file_known[f->file] = true;
    }
    const struct rec_code code = {.id = REC_CODE_FIRST + number,
                                  .file = f->file + 1,
                                  .python = PYTHON >> 16,
                                  .first_line = f->first_line,
                                  .flags = 3,
                                  .units = f->units,
                                  .name = f->name,
                                  .qualname = f->name,
                                  .line_table = f->line_table};
    g->function_known[number] = true;
    return pyrec_write_code(g->w, &code, err);
}

/* Makes sure that the epoch knows a node and those below it. */
static bool define_node(struct generator *g, uint32_t number, struct err *err)
{
    const struct node *node = &g->nodes[number];
    if (g->node_id[number] != 0)
        return true;
    if (node->parent != 0 && !define_node(g, node->parent, err))
        return false;
    if (!g->function_known[node->function] && !define_function(g, node->function, err))
        return false;
    g->fresh_parent[g->n_fresh] = g->node_id[node->parent];
    g->fresh_code[g->n_fresh] = REC_CODE_FIRST + node->function;
    g->fresh_offset[g->n_fresh] = node->offset + 1;
    g->n_fresh++;
    g->node_id[number] = g->next_node++;
    return true;
}

static bool write_nodes(struct generator *g, struct err *err)
{
    uint32_t first = g->next_node - g->n_fresh;
    for (uint32_t done = 0; done < g->n_fresh;) {
        uint32_t n = g->n_fresh - done < RATE ? g->n_fresh - done : RATE;
        const struct rec_nodes nodes = {
            1, first + done, n, g->fresh_parent + done, g->fresh_code + done, g->fresh_offset + done};
        if (!pyrec_write_nodes(g->w, &nodes, err))
            return false;
        done += n;
    }
    g->n_fresh = 0;
    return true;
}

static bool begin_epoch(struct generator *g, struct err *err)
{
    memset(g->file_known, 0, g->n_files * sizeof *g->file_known);
    memset(g->function_known, 0, g->n_files * FUNCTIONS * sizeof *g->function_known);
    memset(g->node_id, 0, ((size_t)g->n_nodes + 1) * sizeof *g->node_id);
    g->next_node = 1;
    return pyrec_write_epoch(g->w, err) && define_process(g, err);
}

/* The stack that a thread is in next: often the same, or one like it, sometimes any, and some much more than others. */
static uint32_t next_stack(struct generator *g, uint32_t stack)
{
    uint32_t dice = below(g, 100);
    if (dice < 45)
        return stack;
    if (dice < 85)
        return (stack + below(g, 32)) % g->n_stacks;
    double u = (double)below(g, 1 << 24) / (1 << 24);
    return (uint32_t)(u * u * u * g->n_stacks);
}

/* One second. */
static bool write_samples(struct generator *g, uint32_t n, uint64_t *clock, uint32_t *stacks, uint32_t *thread,
                          struct err *err)
{
    uint64_t start = *clock + PERIOD;
    for (uint32_t i = 0; i < n; i++) {
        if (below(g, SWITCH_TICKS) == 0)
            *thread = below(g, g->n_threads);
        stacks[*thread] = next_stack(g, stacks[*thread]);
        uint32_t leaf = g->stacks[stacks[*thread]];
        if (!define_node(g, leaf, err))
            return false;
        *clock += PERIOD;
        g->time[i] = *clock + below(g, 2 * JITTER) - JITTER;
        g->thread[i] = *thread + 1;
        g->weight[i] = 1;
        g->node[i] = g->node_id[leaf];
        g->state[i] = REC_STATE_CPU | REC_STATE_GIL | (below(g, 200) == 0 ? REC_STATE_GC : 0);
        g->quality[i] = below(g, 2000) == 0 ? REC_TRIMMED : REC_EXACT;
    }
    const struct rec_samples samples = {1,       n,        g->thread,  g->time, g->weight,
                                        g->node, g->state, g->quality, g->zero, g->zero};
    const uint8_t running = REC_TICK_RUNNING;
    const uint32_t span = (uint32_t)(*clock - start);
    const struct rec_ticks ticks = {1, 1, &running, &n, &start, &span};
    return write_nodes(g, err) && pyrec_write_samples(g->w, &samples, err) && pyrec_write_ticks(g->w, &ticks, err) &&
           pyrec_write_flush(g->w, *clock + JITTER, err);
}

static bool write_recording(struct generator *g, struct err *err)
{
    uint32_t stacks[256] = {0}, thread = 0;
    uint64_t clock = 0;
    for (uint64_t done = 0; done < g->samples;) {
        uint32_t n = g->samples - done < RATE ? (uint32_t)(g->samples - done) : RATE;
        if (done % EPOCH_SAMPLES == 0 && !begin_epoch(g, err))
            return false;
        if (!write_samples(g, n, &clock, stacks, &thread, err))
            return false;
        done += n;
    }
    for (uint32_t i = 0; i < g->n_files; i++) {
        uint8_t hash[REC_HASH_SIZE];
        pyrec_hash(g->texts[i], hash);
        if (!pyrec_write_source(g->w, hash, g->texts[i], err))
            return false;
    }
    const struct rec_end end = {
        .time = clock + PERIOD, .reason = REC_END_EXIT, .wakes = g->samples, .read = g->samples};
    return pyrec_write_end(g->w, &end, err);
}

static bool write_file(void *self, const uint8_t *p, size_t n, struct err *err)
{
    return fwrite(p, 1, n, self) == n || err_system(err, errno, "write");
}

static unsigned long long text_size(const struct generator *g)
{
    unsigned long long n = 0;
    for (uint32_t i = 0; i < g->n_files; i++)
        n += g->texts[i].n;
    return n;
}

static bool generate(struct generator *g, FILE *out, struct err *err)
{
    const struct rec_header header = {.id = "made by generate",
                                      .recorder = SLICE("generate"),
                                      .period_ns = PERIOD * UNIT_NS,
                                      .time_unit_ns = UNIT_NS,
                                      .started_ns = 1790000000000000000};
    const struct pyrec_write_options options = {.self = out, .output = write_file};
    g->names = calloc(g->n_files, sizeof *g->names);
    g->texts = calloc(g->n_files, sizeof *g->texts);
    g->file_known = calloc(g->n_files, sizeof *g->file_known);
    g->functions = calloc((size_t)g->n_files * FUNCTIONS, sizeof *g->functions);
    g->function_known = calloc((size_t)g->n_files * FUNCTIONS, sizeof *g->function_known);
    g->stacks = calloc(g->n_stacks, sizeof *g->stacks);
    if (g->names == NULL || g->texts == NULL || g->file_known == NULL || g->functions == NULL ||
        g->function_known == NULL || g->stacks == NULL)
        return err_nomem(err);
    make_program(g);
    if (!make_stacks(g, err))
        return false;
    g->node_id = calloc((size_t)g->n_nodes + 1, sizeof *g->node_id);
    if (g->node_id == NULL)
        return err_nomem(err);
    g->w = pyrec_write_new(&options, &header, err);
    if (g->w == NULL || !write_recording(g, err))
        return false;
    if (fflush(out) != 0)
        return err_system(err, errno, "write");
    (void)fprintf(
        stderr,
        "%llu samples, %u stacks, %u nodes: %llu bytes, of them %llu of sources; %.2f a sample; %llu bytes of text\n",
        (unsigned long long)g->samples, g->n_stacks, g->n_nodes, (unsigned long long)pyrec_write_size(g->w),
        (unsigned long long)pyrec_write_source_size(g->w),
        (double)(pyrec_write_size(g->w) - pyrec_write_source_size(g->w)) / (double)g->samples, text_size(g));
    return true;
}

int main(int argc, char **argv)
{
    struct err err = {0};
    struct generator *g = calloc(1, sizeof *g);
    if (g == NULL)
        return 1;
    g->samples = 600000;
    g->n_stacks = 20000;
    g->n_threads = 8;
    g->n_files = 300;
    for (int c; (c = getopt(argc, argv, "f:l:n:s:t:")) != -1;) {
        unsigned long long v = optarg == NULL ? 0 : strtoull(optarg, NULL, 10);
        switch (c) {
        case 'f':
            g->n_files = v > 10000 ? 0 : (uint32_t)v;
            break;
        case 'l':
            g->first_lines = v < 10 * FUNCTIONS || v > 1000000 ? 0 : (uint32_t)v;
            v = g->first_lines;
            break;
        case 'n':
            g->samples = v;
            break;
        case 's':
            g->n_stacks = (uint32_t)v;
            break;
        case 't':
            g->n_threads = (uint32_t)v;
            break;
        default:
            v = 0;
        }
        if (v == 0 || g->n_files == 0 || g->n_stacks > 1000000 || g->n_threads > 256) {
            (void)fprintf(stderr,
                          "usage: generate [-f FILES] [-l LINES] [-n SAMPLES] [-s STACKS] [-t THREADS] > RECORDING\n"
                          "-l: the lines of the first file, 240 or more\n");
            return 2;
        }
    }
    bool ok = generate(g, stdout, &err);
    if (!ok)
        (void)fprintf(stderr, "generate: %s\n", err.msg);
    pyrec_write_free(g->w);
    intern_fini(&g->interned);
    arena_fini(&g->arena);
    free(g->names);
    free(g->texts);
    free(g->file_known);
    free(g->functions);
    free(g->function_known);
    free(g->stacks);
    free(g->nodes);
    free(g->node_id);
    free(g);
    return ok ? 0 : 1;
}
