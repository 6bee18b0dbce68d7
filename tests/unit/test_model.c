#include "config.h"

#include "tests/unit/unit.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "src/heatmap/model.h"
#include "tests/support/fake.h"
#include "tests/support/recount.h"

static struct err err;

static struct model *model_of(const struct profile *p)
{
    const struct model_options options = {0};
    struct model *m = model_new(p, &options, &err);
    assert_non_null(m);
    uint64_t self = m->counts.unattributed;
    for (uint32_t i = 0; i < m->n_lines; i++)
        self += m->lines[i].self;
    assert_int_equal(self, m->counts.n);
    assert_int_equal(m->counts.exact + m->counts.trimmed, m->counts.n);
    return m;
}

/* --- a recording by hand ------------------------------------------------------------------------------------------ */

/* Every code has one line a unit, from its first line on: unit u (offset u + 1) is line first_line + u. */
static const struct slice line_a_unit =
    SLICE("\xd0\x00\x00\xd8\x00\x00\xd8\x00\x00\xd8\x00\x00\xd8\x00\x00\xd8\x00\x00");

struct hand {
    struct profile *p;
    const struct sink *sink;
    uint32_t nodes;
};

static struct hand begin(enum basis basis)
{
    struct hand h = {.p = profile_new(basis, &err), .nodes = 0};
    assert_non_null(h.p);
    h.sink = profile_sink(h.p);
    struct rec_header header = {.period_ns = 1000000, .time_unit_ns = 1000};
    assert_true(h.sink->header(h.sink->self, &header, &err));
    assert_true(h.sink->epoch(h.sink->self, &err));
    struct rec_process process = {.id = 1, .pid = 7, .python = 0x030d00f0};
    assert_true(h.sink->process(h.sink->self, &process, &err));
    struct rec_root root = {1, REC_ROOT_SCRIPT, false, SLICE("/app")};
    assert_true(h.sink->root(h.sink->self, &root, &err));
    struct rec_thread thread = {.process = 1, .id = 1, .tid = 7, .name = SLICE("MainThread")};
    assert_true(h.sink->thread(h.sink->self, &thread, &err));
    struct rec_file file = {.id = 1, .process = 1, .name = SLICE("app.py"), .path = SLICE("/app/app.py")};
    assert_true(h.sink->file(h.sink->self, &file, &err));
    return h;
}

static void code(struct hand *h, uint32_t id, const char *name, uint32_t first_line, uint32_t flags, int32_t traceable)
{
    struct rec_code c = {.id = id,
                         .file = 1,
                         .hash = {(uint8_t)id},
                         .python = 0x030d,
                         .first_line = first_line,
                         .flags = flags,
                         .first_traceable = traceable,
                         .name = slice_str(name),
                         .qualname = slice_str(name),
                         .line_table = line_a_unit};
    assert_true(h->sink->code(h->sink->self, &c, &err));
}

static uint32_t node(struct hand *h, uint32_t parent, uint32_t of_code, uint32_t offset)
{
    struct rec_nodes nodes = {1, ++h->nodes, 1, &parent, &of_code, &offset};
    assert_true(h->sink->nodes(h->sink->self, &nodes, &err));
    return h->nodes;
}

static void sample(struct hand *h, uint32_t at, uint32_t weight, uint8_t state, uint8_t quality)
{
    const uint32_t thread = 1, zero = 0;
    const uint64_t time = 1000;
    struct rec_samples s = {1, 1, &thread, &time, &weight, &at, &state, &quality, &zero, &zero};
    assert_true(h->sink->samples(h->sink->self, &s, &err));
}

static const struct model_line *line(const struct model *m, uint32_t number)
{
    for (uint32_t i = 0; i < m->n_lines; i++) {
        if (m->lines[i].line == number)
            return &m->lines[i];
    }
    return NULL;
}

static uint32_t function(const struct model *m, const char *name)
{
    for (uint32_t i = 0; i < m->n_functions; i++) {
        if (slice_eq(m->functions[i].name, slice_str(name)))
            return i;
    }
    return MODEL_NONE;
}

static void recursion_counts_once(void **state)
{
    (void)state;
    struct hand h = begin(BASIS_WALL);
    code(&h, 16, "<module>", 1, 0, 0);
    code(&h, 17, "f", 10, 0, 0);
    /* <module>:1 → f:11 → f:11 → f:12, and once f:11 → f:11 without the last. */
    uint32_t top = node(&h, 0, 16, 1), f1 = node(&h, top, 17, 2), f2 = node(&h, f1, 17, 2), f3 = node(&h, f2, 17, 3);
    sample(&h, f3, 5, 0, REC_EXACT);
    sample(&h, f2, 2, 0, REC_EXACT);
    struct model *m = model_of(h.p);
    assert_int_equal(m->counts.n, 7);
    assert_int_equal(line(m, 11)->total, 7);
    assert_int_equal(line(m, 11)->self, 2);
    assert_int_equal(line(m, 12)->self, 5);
    assert_int_equal(m->functions[function(m, "f")].total, 7);
    assert_int_equal(m->files[0].total, 7);
    assert_int_equal(m->n_calls, 2);
    assert_int_equal(m->calls[0].caller_line, 1);
    assert_int_equal(m->calls[0].samples, 7);
    assert_int_equal(m->calls[1].caller_line, 11); /* f:11 → f, twice on the longer stack */
    assert_int_equal(m->calls[1].samples, 7);
    assert_int_equal(line(m, 11)->calls, 1);
    assert_int_equal(m->functions[function(m, "f")].callers, 2);
    assert_int_equal(m->hot_lines[0], line(m, 12) - m->lines);
    assert_int_equal(m->hot_functions[0], function(m, "f"));
    model_free(m);
    profile_free(h.p);
}

static void markers_and_beginnings_count_for_the_caller(void **state)
{
    (void)state;
    struct hand h = begin(BASIS_WALL);
    code(&h, 16, "<module>", 1, 0, 0);
    code(&h, 17, "f", 10, 0, 2);
    code(&h, 18, "gen", 20, 0x20, 2);
    uint32_t top = node(&h, 0, 16, 1);
    uint32_t gc = node(&h, top, REC_CODE_GC, 0);
    sample(&h, gc, 1, 0, REC_EXACT);                    /* line 1 pays for the collection */
    sample(&h, node(&h, gc, 17, 3), 2, 0, REC_EXACT);   /* a finaliser, called by line 1 */
    sample(&h, node(&h, top, 17, 0), 4, 0, REC_EXACT);  /* not started */
    sample(&h, node(&h, top, 17, 2), 8, 0, REC_EXACT);  /* unit 1, before the first traceable one */
    sample(&h, node(&h, top, 18, 2), 16, 0, REC_EXACT); /* a generator is never in that state when it runs */
    uint32_t entry = node(&h, top, REC_CODE_ENTRY, 0);
    sample(&h, node(&h, entry, 17, 4), 32, 0, REC_EXACT);
    uint32_t cut = node(&h, top, REC_CODE_TRUNCATED, 0);
    sample(&h, cut, 64, 0, REC_EXACT);                   /* what it was in is not known */
    sample(&h, node(&h, cut, 17, 5), 128, 0, REC_EXACT); /* who called is not known */
    sample(&h, 0, 256, 0, REC_EXACT);                    /* no Python frame */
    sample(&h, node(&h, 0, REC_CODE_NATIVE, 0), 512, 0, REC_EXACT);
    sample(&h, top, 1024, 0, REC_TRIMMED);
    struct model *m = model_of(h.p);
    assert_int_equal(line(m, 1)->self, 1 + 4 + 8);
    assert_int_equal(line(m, 1)->total, 1 + 2 + 4 + 8 + 16 + 32 + 64 + 128 + 1024);
    assert_int_equal(line(m, 12)->self, 2);
    assert_int_equal(line(m, 21)->self, 16);
    assert_int_equal(line(m, 13)->self, 32);
    assert_int_equal(line(m, 14)->self, 128);
    assert_int_equal(m->counts.unattributed, 64 + 256 + 512 + 1024);
    assert_int_equal(m->functions[function(m, "f")].total, 2 + 32 + 128);
    uint32_t f = function(m, "f");
    assert_int_equal(m->functions[f].callers, 1);
    assert_int_equal(m->calls[m->by_callee[m->functions[f].first_caller]].samples, 2 + 32);
    model_free(m);
    profile_free(h.p);
}

static const struct model_expression *expression(const struct model *m, uint32_t number, uint32_t column)
{
    const struct model_line *l = line(m, number);
    for (uint32_t i = l->first_expression; i < l->first_expression + l->expressions; i++) {
        if (m->expressions[i].column == column)
            return &m->expressions[i];
    }
    return NULL;
}

/* Units of one line: columns 4–9, 4–20, none, 12–12 (empty), 15 to line 13 column 2, 4–9 again. */
static void parts_of_a_line_are_counted(void **state)
{
    (void)state;
    const struct slice table = SLICE("\xd0\x04\x09"         /* short: line + 0, columns 4 to 9 */
                                     "\xd0\x04\x14"         /* 4 to 20 */
                                     "\xe8\x00"             /* no columns, line + 0 */
                                     "\xd0\x0c\x0c"         /* empty */
                                     "\xf0\x00\x03\x10\x03" /* long: ends 3 lines on; columns are one more */
                                     "\xd0\x04\x09");
    struct hand h = begin(BASIS_WALL);
    struct rec_code c = {
        .id = 16, .file = 1, .python = 0x030d, .first_line = 10, .name = SLICE("f"), .line_table = table};
    assert_true(h.sink->code(h.sink->self, &c, &err));
    for (uint32_t unit = 0; unit < 6; unit++)
        sample(&h, node(&h, 0, 16, unit + 1), 1u << unit, 0, REC_EXACT);
    /* A caller on the first part: its total, once though it is there twice. */
    const uint32_t outer = node(&h, node(&h, 0, 16, 1), 16, 6);
    sample(&h, node(&h, outer, 16, 3), 100, 0, REC_EXACT);
    struct model *m = model_of(h.p);
    const struct model_line *l = line(m, 10);
    assert_int_equal(l->self, 163);
    assert_int_equal(l->expressions, 3);
    assert_int_equal(m->expressions[0].end_column, 20); /* the longest first */
    assert_int_equal(m->expressions[0].self, 2);
    assert_int_equal(m->expressions[1].end_column, 9);
    assert_int_equal(m->expressions[1].self, 1 + 32);
    assert_int_equal(m->expressions[1].total, 1 + 32 + 100);
    assert_int_equal(expression(m, 10, 15)->end_line, 13);
    assert_int_equal(expression(m, 10, 15)->end_column, 2);
    assert_int_equal(expression(m, 10, 15)->self, 16);
    assert_null(expression(m, 10, 12)); /* 4 + 8 + 100 of the line are in no part of it */
    model_free(m);
    profile_free(h.p);
}

static void basis_chooses_states(void **state)
{
    (void)state;
    const uint64_t want[] = {[BASIS_ACTIVE] = 1 + 2 + 16, [BASIS_WALL] = 31, [BASIS_GIL] = 2};
    for (enum basis basis = BASIS_ACTIVE; basis <= BASIS_GIL; basis++) {
        struct hand h = begin(basis);
        code(&h, 16, "<module>", 1, 0, 0);
        code(&h, 17, "idle", 10, 0, 0);
        uint32_t top = node(&h, 0, 16, 1), idle = node(&h, top, 17, 1);
        sample(&h, top, 1, REC_STATE_CPU, REC_EXACT);
        sample(&h, top, 2, REC_STATE_GIL | REC_STATE_CPU, REC_EXACT);
        sample(&h, top, 4, REC_STATE_WANTS, REC_EXACT);
        sample(&h, idle, 8, 0, REC_EXACT);
        sample(&h, top, 16, REC_STATE_UNKNOWN, REC_EXACT);
        struct model *m = model_of(h.p);
        assert_int_equal(m->counts.n, want[basis]);
        assert_int_equal(m->counts.wall, 31);
        assert_int_equal(m->threads[0].samples, want[basis]);
        assert_int_equal(m->threads[0].wall, 31);
        assert_int_equal(m->processes[0].samples, want[basis]);
        /* What has no sample in the basis is not there at all. */
        assert_int_equal(function(m, "idle") == MODEL_NONE, basis != BASIS_WALL);
        model_free(m);
        profile_free(h.p);
    }
}

static void nothing_sampled_is_a_model_too(void **state)
{
    (void)state;
    struct hand h = begin(BASIS_ACTIVE);
    struct model *m = model_of(h.p);
    assert_int_equal(m->counts.n, 0);
    assert_int_equal(m->n_lines + m->n_files + m->n_functions + m->n_calls + m->n_places, 0);
    model_free(m);
    profile_free(h.p);
}

static void a_line_without_a_number_is_unattributed(void **state)
{
    (void)state;
    struct hand h = begin(BASIS_WALL);
    struct rec_code c = {.id = 16, .file = 1, .hash = {1}, .python = 0x030d, .name = SLICE("odd")};
    assert_true(h.sink->code(h.sink->self, &c, &err));
    code(&h, 17, "f", 10, 0, 0);
    uint32_t odd = node(&h, 0, 16, 1);
    sample(&h, odd, 1, 0, REC_EXACT);
    sample(&h, node(&h, odd, 17, 1), 2, 0, REC_EXACT);
    struct model *m = model_of(h.p);
    assert_int_equal(m->counts.unattributed, 1);
    assert_int_equal(m->n_lines, 1);
    assert_int_equal(m->lines[0].line, 10);
    assert_int_equal(m->functions[function(m, "odd")].total, 3);
    assert_int_equal(m->n_calls, 0);
    model_free(m);
    profile_free(h.p);
}

static void a_line_of_two_functions_names_the_larger(void **state)
{
    (void)state;
    struct hand h = begin(BASIS_WALL);
    code(&h, 16, "<module>", 1, 0, 0);
    code(&h, 17, "<lambda>", 2, 0, 0);
    uint32_t top = node(&h, 0, 16, 2), lambda = node(&h, 0, 17, 1);
    sample(&h, top, 2, 0, REC_EXACT);
    sample(&h, lambda, 3, 0, REC_EXACT);
    struct model *m = model_of(h.p);
    assert_int_equal(line(m, 2)->self, 5);
    assert_int_equal(m->line_function[line(m, 2) - m->lines], function(m, "<lambda>"));
    model_free(m);
    sample(&h, top, 2, 0, REC_EXACT);
    m = model_of(h.p);
    assert_int_equal(m->line_function[line(m, 2) - m->lines], function(m, "<module>"));
    model_free(m);
    profile_free(h.p);
}

/* --- what ran --------------------------------------------------------------------------------------------------------
 */

/* A file with one sample, seen by process `process`, and its text. */
static void sampled_file(struct hand *h, uint32_t id, const char *path, uint64_t inode, uint32_t process,
                         int64_t mtime_ns)
{
    const struct slice text = SLICE("import x\n\n@deco\ndef f():\n    pass\n");
    struct rec_file file = {.id = id,
                            .process = process,
                            .name = slice_str(path),
                            .path = slice_str(path),
                            .inode = inode,
                            .source = REC_SOURCE_SEEN,
                            .mtime_ns = mtime_ns};
    XXH128_canonical_t hash;
    XXH128_canonicalFromHash(&hash, XXH3_128bits(text.p, text.n));
    memcpy(file.hash, hash.digest, REC_HASH_SIZE);
    assert_true(h->sink->file(h->sink->self, &file, &err));
    struct rec_source source = {.total = (uint32_t)text.n, .bytes = text};
    memcpy(source.hash, file.hash, REC_HASH_SIZE);
    assert_true(h->sink->source(h->sink->self, &source, &err));
    struct rec_code c = {.id = 100 + id,
                         .file = id,
                         .hash = {(uint8_t)(100 + id)},
                         .python = 0x030d,
                         .first_line = 3,
                         .name = SLICE("f"),
                         .qualname = SLICE("f"),
                         .line_table = line_a_unit};
    assert_true(h->sink->code(h->sink->self, &c, &err));
    sample(h, node(h, 0, 100 + id, 1), 1, 0, REC_EXACT);
}

static void process(struct hand *h, uint32_t id, uint32_t parent, uint32_t exec_count, int64_t born_ns,
                    uint64_t started)
{
    struct rec_process p = {
        .id = id, .pid = 10 * id, .parent = parent, .exec_count = exec_count, .born_ns = born_ns, .started = started};
    assert_true(h->sink->process(h->sink->self, &p, &err));
}

static void files_know_whether_they_ran(void **state)
{
    (void)state;
    struct hand h = begin(BASIS_WALL); /* the recording began at 0 ns; a time unit is 1000 ns */
    process(&h, 2, 0, 0, 0, 5); /* 2 began at 5000 ns at the latest, 3 and 4 are its children, 5 was born at 500 */
    process(&h, 3, 2, 0, 0, 9); /* forked: has code that its parent loaded */
    process(&h, 4, 2, 1, 0, 9); /* executed: loaded its own */
    process(&h, 5, 0, 0, 500, 9);
    sampled_file(&h, 2, "/app/a.py", 1, 2, 5000);
    sampled_file(&h, 3, "/app/b.py", 2, 2, 5001);
    sampled_file(&h, 4, "/app/c.py", 3, 3, 6000);
    sampled_file(&h, 5, "/app/d.py", 4, 4, 6000);
    sampled_file(&h, 6, "/app/e.py", 5, 5, 501);
    sampled_file(&h, 7, "/app/f.py", 6, 5, 500);
    struct model *m = model_of(h.p);
    const enum source_status want[] = {SOURCE_EMBEDDED, SOURCE_CHANGED, SOURCE_CHANGED,
                                       SOURCE_EMBEDDED, SOURCE_CHANGED, SOURCE_EMBEDDED};
    assert_int_equal(m->n_files, 6);
    for (uint32_t i = 0; i < 6; i++) {
        assert_int_equal(m->files[i].source, want[i]);
        assert_int_equal(m->files[i].text_lines, 5);
        /* Only a text that ran tells where the def is, behind the decorator. */
        assert_int_equal(m->functions[i].def_line, want[i] == SOURCE_EMBEDDED ? 4 : 3);
    }
    model_free(m);
    profile_free(h.p);
}

static void a_replaced_file_has_two_pages(void **state)
{
    (void)state;
    struct hand h = begin(BASIS_WALL);
    sampled_file(&h, 2, "/app/a.py", 1, 1, 0);
    sampled_file(&h, 3, "/app/a.py", 2, 1, 0);
    sampled_file(&h, 4, "/app/b.py", 3, 1, 0);
    struct model *m = model_of(h.p);
    assert_int_equal(m->n_files, 3);
    assert_true(slice_eq(m->files[0].path, m->files[1].path));
    assert_false(slice_eq(m->files[0].page, m->files[1].page));
    assert_int_equal(m->files[0].page.n, sizeof "src/a-01234567.html" - 1);
    assert_true(slice_eq(m->files[2].page, SLICE("src/b.html")));
    model_free(m);
    profile_free(h.p);
}

static void run_is_told(void **state)
{
    (void)state;
    struct hand h = begin(BASIS_WALL);
    process(&h, 3, 1, 0, 0, 9); /* number 2 was never heard of */
    const struct slice words[] = {SLICE("python3"), SLICE("x.py")};
    struct rec_argv argv = {1, 2, words};
    assert_true(h.sink->argv(h.sink->self, &argv, &err));
    struct rec_env env = {1, 1, &words[0], &words[1]};
    assert_true(h.sink->env(h.sink->self, &env, &err));
    sample(&h, 0, 6, 0, REC_TRIMMED); /* at 1000 */
    sample(&h, 0, 1, 0, REC_EXACT);
    struct rec_exit gone = {1, 777, 0};
    assert_true(h.sink->exit(h.sink->self, &gone, &err));
    struct damage damage = {.weight = 3, .kind = DAMAGE_CORRUPT};
    assert_true(h.sink->damage(h.sink->self, &damage, &err));
    struct model *m = model_of(h.p);
    assert_int_equal(m->n_processes, 2);
    assert_int_equal(m->processes[0].parent, MODEL_NONE);
    assert_int_equal(m->processes[1].parent, 0);
    assert_int_equal(m->processes[0].ended, 777);
    assert_int_equal(m->processes[0].argc, 2);
    assert_int_equal(m->n_env, 1);
    assert_int_equal(m->duration, 1000);
    assert_int_equal(m->counts.rows_read, 2);
    assert_int_equal(m->counts.rows_trimmed, 1);
    assert_int_equal(m->n_damages, 1);
    assert_true(m->recovered == 0.7);
    assert_false(m->ended);
    assert_true(model_seconds(m, 7) == 0.007);
    model_free(m);
    profile_free(h.p);
}

/* --- against the recount ------------------------------------------------------------------------------------------ */

static void agrees_with_the_recount(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 30; seed++) {
        for (enum basis basis = BASIS_ACTIVE; basis <= BASIS_GIL; basis++) {
            struct fake_options o = {seed, 1 + seed % 3, 1 + seed % 4, 1 + seed * 3 % 40, 30 * seed, 300, seed % 3 > 0};
            struct profile *p = profile_new(basis, &err);
            assert_non_null(p);
            struct recount *r = recount_new(basis);
            fake_push(&o, profile_sink(p));
            fake_push(&o, recount_sink(r));
            struct model *m = model_of(p);
            assert_true(m->counts.n > 0);
            assert_true(recount_agrees(r, m));
            model_free(m);
            recount_free(r);
            profile_free(p);
        }
    }
}

/* Every array in the order that model.h promises, every index in range. */
static void everything_is_in_order(void **state)
{
    (void)state;
    struct fake_options o = {5, 2, 2, 60, 3000, 3000, true};
    struct profile *p = profile_new(BASIS_WALL, &err);
    assert_non_null(p);
    fake_push(&o, profile_sink(p));
    struct model *m = model_of(p);
    for (uint32_t i = 0; i + 1 < m->n_files; i++)
        assert_true(slice_cmp(m->files[i].path, m->files[i + 1].path) < 0);
    uint32_t lines = 0, functions = 0, calls = 0, callers = 0;
    for (uint32_t i = 0; i < m->n_files; i++) {
        const struct model_file *f = &m->files[i];
        assert_int_equal(f->first_line, lines);
        assert_int_equal(f->first_function, functions);
        uint64_t self = 0, max_self = 0, max_total = 0;
        for (uint32_t k = lines; k < lines + f->lines; k++) {
            const struct model_line *l = &m->lines[k];
            assert_int_equal(m->line_file[k], i);
            assert_true(k == lines || l[-1].line < l->line);
            assert_true(l->total >= l->self && l->total > 0 && l->total <= m->counts.n);
            assert_int_equal(m->functions[m->line_function[k]].file, i);
            self += l->self;
            max_self = l->self > max_self ? l->self : max_self;
            max_total = l->total > max_total ? l->total : max_total;
            assert_true(l->calls == 0 || l->first_call == calls);
            for (uint32_t c = calls; c < calls + l->calls; c++) {
                assert_int_equal(m->calls[c].caller_file, i);
                assert_int_equal(m->calls[c].caller_line, l->line);
                bool same = c > calls && m->calls[c - 1].caller_function == m->calls[c].caller_function;
                assert_true(c == calls || m->calls[c - 1].caller_function <= m->calls[c].caller_function);
                assert_true(!same || m->calls[c - 1].samples >= m->calls[c].samples);
                assert_true(m->calls[c].callee < m->n_functions);
            }
            calls += l->calls;
        }
        assert_int_equal(self, f->self);
        assert_int_equal(max_self, f->max_self);
        assert_int_equal(max_total, f->max_total);
        lines += f->lines;
        functions += f->functions;
    }
    assert_int_equal(lines, m->n_lines);
    assert_int_equal(functions, m->n_functions);
    assert_int_equal(calls, m->n_calls);
    for (uint32_t i = 0; i < m->n_functions; i++) {
        const struct model_function *f = &m->functions[i];
        assert_true(f->callers == 0 || f->first_caller == callers);
        for (uint32_t c = callers; c < callers + f->callers; c++)
            assert_int_equal(m->calls[m->by_callee[c]].callee, i);
        callers += f->callers;
    }
    assert_int_equal(callers, m->n_calls);
    for (uint32_t i = 0; i + 1 < m->n_lines; i++)
        assert_true(m->lines[m->hot_lines[i]].self >= m->lines[m->hot_lines[i + 1]].self);
    uint64_t in_bins = 0, ticks = 0, all_ticks = 0;
    for (uint32_t i = 0; i < m->n_bins; i++) {
        in_bins += m->bins[i].samples;
        for (unsigned s = 0; s < REC_TICK_STATES; s++)
            ticks += m->bins[i].ticks[s];
    }
    for (unsigned s = 0; s < REC_TICK_STATES; s++)
        all_ticks += m->counts.ticks[s];
    assert_int_equal(in_bins, m->counts.n);
    assert_int_equal(ticks, all_ticks);
    assert_true(m->n_bins <= TIMELINE_BINS && m->n_bins > TIMELINE_BINS / 2 - 1);
    model_free(m);
    profile_free(p);
}

static void places_are_a_tree(void **state)
{
    (void)state;
    struct fake_options o = {3, 1, 1, 40, 500, 500, false};
    struct profile *p = profile_new(BASIS_WALL, &err);
    assert_non_null(p);
    fake_push(&o, profile_sink(p));
    struct model *m = model_of(p);
    /* project: main.py, pkg (__init__.py, deep (er.py)); stdlib: json (decoder.py); site: six.py; other: x.py, <string>
     */
    static const char *const shape[] = {"0 ",       "1 main.py", "1 pkg",      "2 __init__.py", "2 deep",
                                        "3 er.py",  "0 ",        "1 json",     "2 decoder.py",  "0 ",
                                        "1 six.py", "0 ",        "1 <string>", "1 x.py"};
    const uint32_t files[] = {3, 1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 2, 1, 1};
    const size_t n = sizeof shape / sizeof *shape;
    assert_int_equal(m->n_places, n);
    size_t seen = 0;
    for (uint32_t i = 0; i < m->n_places; i++) {
        const struct model_place *place = &m->places[i];
        for (size_t k = 0; k < n; k++) {
            bool same = place->depth == (uint32_t)(shape[k][0] - '0') && slice_eq(place->name, slice_str(shape[k] + 2));
            if (same && files[k] == place->files) {
                seen++;
                break;
            }
        }
        uint32_t below = 0;
        uint64_t before = UINT64_MAX;
        for (uint32_t k = i + 1; k < place->end; k = m->places[k].end) {
            assert_int_equal(m->places[k].depth, place->depth + 1);
            assert_true(m->places[k].total <= before && m->places[k].total <= place->total);
            before = m->places[k].total;
            below += m->places[k].files;
        }
        assert_int_equal(place->files, place->kind == PLACE_FILE ? 1 : below);
    }
    assert_int_equal(seen, n);
    for (uint32_t i = 0, type = 0; i < m->n_places; i = m->places[i].end, type++)
        assert_int_equal(m->places[i].type, type);
    model_free(m);
    profile_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recursion_counts_once),
        cmocka_unit_test(markers_and_beginnings_count_for_the_caller),
        cmocka_unit_test(parts_of_a_line_are_counted),
        cmocka_unit_test(basis_chooses_states),
        cmocka_unit_test(nothing_sampled_is_a_model_too),
        cmocka_unit_test(a_line_without_a_number_is_unattributed),
        cmocka_unit_test(a_line_of_two_functions_names_the_larger),
        cmocka_unit_test(files_know_whether_they_ran),
        cmocka_unit_test(a_replaced_file_has_two_pages),
        cmocka_unit_test(run_is_told),
        cmocka_unit_test(agrees_with_the_recount),
        cmocka_unit_test(everything_is_in_order),
        cmocka_unit_test(places_are_a_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
