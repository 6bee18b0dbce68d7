/* redact.c: reads a recording into a profile, decides from it what has to go, and reads it again into the encoder. */
#include "config.h"

#include "src/heatmap/redact.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "formats/pyrec.h"
#include "formats/pyrec_write.h"
#include "src/base/array.h"
#include "src/base/hash.h"
#include "src/heatmap/arguments.h"
#include "src/heatmap/frames.h"
#include "src/heatmap/identity.h"
#include "src/heatmap/linetable.h"
#include "src/heatmap/model.h"
#include "src/heatmap/pytext.h"
#include "src/heatmap/redact_list.h"
#include "src/heatmap/redact_text.h"
#include "src/heatmap/summary.h"

enum { CO_OPTIMIZED = 1, FLUSH_SECONDS = 10 };

/* What becomes of a text; by its number in profile.texts. */
struct fate {
    bool looked_at, is_text;
    bool wanted, written;
    uint8_t hash[REC_HASH_SIZE]; /* of what was written */
    uint32_t *keep_to;           /* in the arena; as of redact_text.h; NULL: all lines */
    uint32_t keep_lines;
};

struct redact {
    const struct redact_options *options;
    struct profile *p;
    struct arena arena;   /* as long as the redaction */
    struct arena scratch; /* as long as a record */
    struct identity identity;
    struct rewrite map;
    struct fate *fates;     /* in the arena */
    uint32_t hot_lines;     /* of the texts of which lines are kept */
    struct intern hashes;   /* of the texts that were written */
    struct module *modules; /* by file of the profile; in the arena */
    struct redact_counts counts;
    struct slice file; /* whose text is being rewritten: its path, rewritten */
    struct buf text;

    FILE *out;
    struct pyrec_write *w;              /* owned */
    uint64_t now, flushed, flush_after; /* time units */
    bool ended;
};

/* --- what has to go ------------------------------------------------------------------------------------------------*/

static bool find_modules(struct redact *r, struct err *err)
{
    const struct profile *p = r->p;
    r->modules = arena_calloc(&r->arena, p->n_files, sizeof *r->modules);
    if (r->modules == NULL)
        return err_nomem(err);
    for (uint32_t i = 0; i < p->n_processes; i++)
        module_roots_sort(p->processes[i].roots, p->processes[i].n_roots);
    for (uint32_t i = 0; i < p->n_files; i++) {
        const struct rec_file *file = &p->files[i].rec;
        const struct profile_process *process = &p->processes[file->process - 1];
        if (!module_of(&r->arena, process->roots, process->n_roots, file->name, file->path, &r->modules[i], err))
            return false;
    }
    return true;
}

static bool find_identity(struct redact *r, struct err *err)
{
    const struct profile *p = r->p;
    struct slice *names = arena_calloc(&r->arena, p->n_files, sizeof *names);
    size_t n = 0;
    if (names == NULL)
        return err_nomem(err);
    for (uint32_t i = 0; i < p->n_files; i++) {
        if (r->modules[i].type == MODULE_STDLIB || r->modules[i].type == MODULE_SITE)
            names[n++] = r->modules[i].name;
    }
    const struct identity_options options = {.words = r->options->words,
                                             .n_words = r->options->n_words,
                                             .modules = names,
                                             .n_modules = n,
                                             .here = r->options->here};
    if (!identity_find(&r->identity, p, &options, err) || !identity_rewrite(&r->identity, &r->map, err))
        return false;
    rewrite_ready(&r->map);
    return true;
}

/* NULL: the text did not come, or is none: Python reads no text with a NUL in it. */
static struct fate *fate_of(struct redact *r, const uint8_t hash[REC_HASH_SIZE], struct slice *text)
{
    struct slice found;
    const uint32_t number = texts_find(&r->p->texts, hash, &found);
    if (number == INTERN_NONE)
        return NULL;
    struct fate *fate = &r->fates[number];
    if (!fate->looked_at) {
        fate->looked_at = true;
        fate->is_text = memchr(found.p, '\0', found.n) == NULL;
    }
    *text = found;
    return fate->is_text ? fate : NULL;
}

static void keep_lines(struct fate *fate, uint32_t first, uint32_t last)
{
    if (first >= 1 && first <= fate->keep_lines && last > fate->keep_to[first - 1])
        fate->keep_to[first - 1] = last;
}

/* NULL likewise, and where there is more of hot texts than a site shows. */
static struct fate *hot_fate_of(struct redact *r, uint32_t file, struct slice *text, struct err *err)
{
    const struct rec_file *rec = &r->p->files[file].rec;
    struct fate *fate = rec->source == REC_SOURCE_SEEN ? fate_of(r, rec->hash, text) : NULL;
    if (fate == NULL || fate->keep_to != NULL)
        return fate;
    if (fate->keep_lines > 0)
        return NULL;
    fate->keep_lines = redact_text_lines(*text);
    if (fate->keep_lines > MODEL_MAX_LINES - r->hot_lines)
        return NULL;
    r->hot_lines += fate->keep_lines;
    fate->keep_to = arena_calloc(&r->arena, fate->keep_lines, sizeof *fate->keep_to);
    fate->wanted = true;
    if (fate->keep_to != NULL)
        return fate;
    (void)err_nomem(err);
    return NULL;
}

/* The body of a module or a class is sampled whenever something in it is: of these only the sampled lines. */
static bool keep_functions(struct redact *r, struct err *err)
{
    for (uint32_t i = 0; i < r->p->n_codes; i++) {
        const struct profile_code *code = &r->p->codes[i];
        struct slice text;
        struct fate *fate = (code->flags & CO_OPTIMIZED) == 0 ? NULL : hot_fate_of(r, code->file, &text, err);
        if (err->kind != ERR_NONE)
            return false;
        if (fate == NULL)
            continue;
        struct linetable t = linetable_of(code->python, code->first_line, code->line_table);
        struct linetable_range range;
        uint32_t last = code->first_line;
        while (linetable_next(&t, &range)) {
            last = range.line > last ? range.line : last;
            last = range.end_line > last ? range.end_line : last;
        }
        keep_lines(fate, code->first_line, last);
    }
    return true;
}

/* A sampled function, and the text that it is in. */
struct hot {
    struct fate *fate;
    struct slice text;
    const struct frames_function *function;
};

static int by_text(const void *a, const void *b)
{
    const struct fate *x = ((const struct hot *)a)->fate, *y = ((const struct hot *)b)->fate;
    return (x > y) - (x < y);
}

/* Down to the def, below its decorators. By text, since many files may have the same, which is to be decoded once. */
static bool keep_heads(struct redact *r, const struct frames *f, struct err *err)
{
    struct hot *all = arena_calloc(&r->scratch, f->n_functions, sizeof *all);
    struct arena arena = {0};
    struct pytext decoded = {0};
    uint32_t n = 0;
    if (all == NULL)
        return err_nomem(err);
    for (uint32_t i = 0; i < f->n_functions; i++) {
        all[n].function = &f->functions[i];
        all[n].fate = hot_fate_of(r, f->files[f->functions[i].file], &all[n].text, err);
        n += all[n].fate != NULL;
    }
    bool ok = err->kind == ERR_NONE;
    qsort(all, n, sizeof *all, by_text);
    for (uint32_t i = 0; ok && i < n; i++) {
        const struct frames_function *fn = all[i].function;
        if (i == 0 || all[i].fate != all[i - 1].fate) {
            arena_reset(&arena);
            ok = pytext_decode(&arena, all[i].text, &decoded, err);
        }
        if (ok)
            keep_lines(all[i].fate, fn->first_line, pytext_def_line(&decoded, fn->first_line, fn->name));
    }
    arena_fini(&arena);
    return ok;
}

static bool keep_sampled(struct redact *r, struct err *err)
{
    struct frames f;
    bool ok = keep_functions(r, err) && frames_of(r->p, NULL, &r->scratch, &f, err);
    for (uint32_t i = 0; ok && i < f.n_spots; i++) {
        struct slice text;
        struct fate *fate = hot_fate_of(r, f.files[f.spots[i].file], &text, err);
        if (fate != NULL)
            keep_lines(fate, f.spots[i].line, f.spots[i].line);
        ok = err->kind == ERR_NONE;
    }
    ok = ok && keep_heads(r, &f, err);
    arena_reset(&r->scratch);
    return ok;
}

static bool choose_texts(struct redact *r, struct err *err)
{
    const uint32_t n = r->p->texts.hashes.n;
    r->fates = arena_calloc(&r->arena, n, sizeof *r->fates);
    if (r->fates == NULL)
        return err_nomem(err);
    for (uint32_t i = 0; i < n; i++)
        r->fates[i].wanted = r->options->sources == REDACT_ALL;
    for (uint32_t i = 0; r->options->sources == REDACT_PROJECT && i < r->p->n_files; i++) {
        struct slice text;
        struct fate *fate = fate_of(r, r->p->files[i].rec.hash, &text);
        if (fate != NULL && r->modules[i].type == MODULE_PROJECT)
            fate->wanted = true;
    }
    return r->options->sources != REDACT_HOT || keep_sampled(r, err);
}

/* --- strings -------------------------------------------------------------------------------------------------------*/

/* s rewritten, valid as long as the record; *failed when out of memory. */
static struct slice rewritten(struct redact *r, struct slice s, bool *failed)
{
    struct buf b = {0};
    rewrite_apply(&r->map, s, &b);
    struct slice result = buf_view(&b);
    if (result.n > PYREC_MAX_STRING)
        result.n = PYREC_MAX_STRING;
    result = arena_copy(&r->scratch, result);
    *failed |= !buf_ok(&b) || result.p == NULL;
    buf_fini(&b);
    return result;
}

static bool done(struct redact *r, bool failed, struct err *err)
{
    arena_reset(&r->scratch);
    return !failed || err_nomem(err);
}

/* Writes `what`, unless a string of it could not be made. */
#define WRITE(r, what, value, failed, err) \
    (((failed) || pyrec_write_##what((r)->w, (value), (err))) && done((r), (failed), (err)))

/* --- records -------------------------------------------------------------------------------------------------------*/

static bool put_bytes(void *self, const uint8_t *p, size_t n, struct err *err)
{
    const struct redact *r = self;
    if (r->out != NULL && fwrite(p, 1, n, r->out) != n)
        return err_system(err, errno, "cannot write the redacted recording");
    return true;
}

static bool on_header(void *self, const struct rec_header *header, struct err *err)
{
    struct redact *r = self;
    const struct pyrec_write_options options = {.level = 9, .self = r, .output = put_bytes};
    struct rec_header mine = *header;
    hash128_pair(slice_of(header->id, sizeof header->id), SLICE("redacted"), mine.id);
    r->flush_after = UINT64_C(1000000000) * FLUSH_SECONDS / header->time_unit_ns;
    r->w = pyrec_write_new(&options, &mine, err);
    return r->w != NULL;
}

static bool on_epoch(void *self, struct err *err)
{
    struct redact *r = self;
    return pyrec_write_flush(r->w, r->now, err) && pyrec_write_epoch(r->w, err);
}

static bool on_host(void *self, const struct rec_host *host, struct err *err)
{
    struct redact *r = self;
    struct rec_host mine = *host;
    bool failed = false;
    mine.kernel = rewritten(r, host->kernel, &failed);
    mine.machine = rewritten(r, host->machine, &failed);
    mine.cpu_model = rewritten(r, host->cpu_model, &failed);
    mine.libc = rewritten(r, host->libc, &failed);
    mine.container = rewritten(r, host->container, &failed);
    return WRITE(r, host, &mine, failed, err);
}

static bool on_process(void *self, const struct rec_process *process, struct err *err)
{
    struct redact *r = self;
    struct rec_process mine = *process;
    bool failed = false;
    mine.python_build = rewritten(r, process->python_build, &failed);
    mine.executable = rewritten(r, process->executable, &failed);
    mine.cwd = rewritten(r, process->cwd, &failed);
    mine.root = rewritten(r, process->root, &failed);
    return WRITE(r, process, &mine, failed, err);
}

static bool on_argv(void *self, const struct rec_argv *argv, struct err *err)
{
    struct redact *r = self;
    struct slice *args = arena_calloc(&r->scratch, argv->n, sizeof *args);
    size_t *keep = arena_calloc(&r->scratch, argv->n, sizeof *keep);
    bool failed = args == NULL || keep == NULL;
    if (!failed)
        (void)arguments_keep(argv->args, argv->n, keep);
    for (uint32_t i = 0; !failed && i < argv->n; i++) {
        struct buf b = {0};
        rewrite_apply(&r->map, slice_of(argv->args[i].p, keep[i]), &b);
        if (keep[i] < argv->args[i].n)
            buf_str(&b, ARGUMENTS_REMOVED);
        args[i] = arena_copy(&r->scratch, slice_of(b.p, b.n < PYREC_MAX_STRING ? b.n : PYREC_MAX_STRING));
        failed = !buf_ok(&b) || args[i].p == NULL;
        buf_fini(&b);
    }
    const struct rec_argv mine = {argv->process, argv->n, args};
    return WRITE(r, argv, &mine, failed, err);
}

static bool on_root(void *self, const struct rec_root *root, struct err *err)
{
    struct redact *r = self;
    struct rec_root mine = *root;
    bool failed = false;
    mine.path = rewritten(r, root->path, &failed);
    return WRITE(r, root, &mine, failed, err);
}

static bool on_thread(void *self, const struct rec_thread *thread, struct err *err)
{
    struct redact *r = self;
    struct rec_thread mine = *thread;
    bool failed = false;
    mine.name = rewritten(r, thread->name, &failed);
    return WRITE(r, thread, &mine, failed, err);
}

static void on_blanked(void *self, uint32_t line)
{
    struct redact *r = self;
    redact_counts_blanked(&r->counts, r->file, line);
}

/* The text of a file, once; *hash is then of what was written. false: without its text, or err is set. */
static bool write_text(struct redact *r, const struct rec_file *file, uint8_t hash[REC_HASH_SIZE], struct err *err)
{
    struct slice text;
    struct fate *fate = file->source == REC_SOURCE_SEEN ? fate_of(r, file->hash, &text) : NULL;
    if (fate == NULL || !fate->wanted)
        return false;
    if (!fate->written) {
        const struct redact_text how = {REDACT_BLANKED, fate->keep_to, fate->keep_lines, on_blanked, r};
        bool fresh = false;
        uint32_t id;
        buf_clear(&r->text);
        redact_text(&how, &r->map, text, &r->text);
        if (!buf_ok(&r->text))
            return err_nomem(err);
        pyrec_hash(buf_view(&r->text), fate->hash);
        if (r->text.n > PYREC_MAX_SOURCE) {
            fate->wanted = false;
            return false;
        }
        if (!intern_put(&r->hashes, slice_of(fate->hash, sizeof fate->hash), &id, &fresh, err) ||
            (fresh && !pyrec_write_source(r->w, fate->hash, buf_view(&r->text), err)))
            return false;
        fate->written = true;
        r->counts.texts++;
        r->counts.text_bytes += r->text.n;
    }
    memcpy(hash, fate->hash, REC_HASH_SIZE);
    return true;
}

static bool on_file(void *self, const struct rec_file *file, struct err *err)
{
    struct redact *r = self;
    struct rec_file mine = *file;
    bool failed = false;
    mine.name = rewritten(r, file->name, &failed);
    mine.path = rewritten(r, file->path, &failed);
    r->file = mine.path.n > 0 ? mine.path : mine.name;
    if (failed)
        return err_nomem(err);
    if (!write_text(r, file, mine.hash, err)) {
        if (err->kind != ERR_NONE)
            return false;
        memset(mine.hash, 0, sizeof mine.hash); /* a hash would confirm a guess of the text */
        if (mine.source == REC_SOURCE_SEEN)
            mine.source = REC_SOURCE_REFUSED;
    }
    return WRITE(r, file, &mine, false, err);
}

static bool on_code(void *self, const struct rec_code *code, struct err *err)
{
    struct redact *r = self;
    struct rec_code mine = *code;
    bool failed = false;
    mine.name = rewritten(r, code->name, &failed);
    mine.qualname = rewritten(r, code->qualname, &failed);
    return WRITE(r, code, &mine, failed, err);
}

static bool on_nodes(void *self, const struct rec_nodes *nodes, struct err *err)
{
    return pyrec_write_nodes(((struct redact *)self)->w, nodes, err);
}

static bool on_samples(void *self, const struct rec_samples *samples, struct err *err)
{
    struct redact *r = self;
    const uint64_t last = samples->time[samples->n - 1];
    r->now = last > r->now ? last : r->now;
    if (!pyrec_write_samples(r->w, samples, err))
        return false;
    if (r->now - r->flushed < r->flush_after)
        return true;
    r->flushed = r->now;
    return pyrec_write_flush(r->w, r->now, err);
}

static bool on_ticks(void *self, const struct rec_ticks *ticks, struct err *err)
{
    return pyrec_write_ticks(((struct redact *)self)->w, ticks, err);
}

static bool on_losses(void *self, const struct rec_losses *losses, struct err *err)
{
    return pyrec_write_losses(((struct redact *)self)->w, losses, err);
}

static bool on_exit_record(void *self, const struct rec_exit *gone, struct err *err)
{
    return pyrec_write_exit(((struct redact *)self)->w, gone, err);
}

static bool on_note(void *self, struct slice markdown, struct err *err)
{
    struct redact *r = self;
    const struct redact_text how = {.instead = REDACT_BLANKED_NOTE};
    if (r->options->no_notes)
        return true;
    buf_clear(&r->text);
    redact_text(&how, &r->map, markdown, &r->text);
    if (!buf_ok(&r->text))
        return err_nomem(err);
    r->counts.notes++;
    return pyrec_write_note(r->w, slice_of(r->text.p, r->text.n < PYREC_MAX_NOTE ? r->text.n : PYREC_MAX_NOTE), err);
}

static bool on_end(void *self, const struct rec_end *end, struct err *err)
{
    struct redact *r = self;
    r->ended = true;
    return pyrec_write_end(r->w, end, err);
}

/* --- all together --------------------------------------------------------------------------------------------------*/

static bool add_notes(struct redact *r, struct err *err)
{
    return r->options->notes.n == 0 || pyrec_write_note(r->w, r->options->notes, err);
}

/* Says in the recording itself what was lost before, which the new one does not show any more. */
static bool note_damage(struct redact *r, struct err *err)
{
    const struct profile *p = r->p;
    const uint64_t read = p->wall + p->lost;
    char words[200];
    if (p->n_damages == 0 && p->ended)
        return true;
    (void)snprintf(words, sizeof words,
                   "This was made from a recording that was not whole: %.3g %% of its samples could be read.",
                   p->damaged_weight == 0 ? 100 : 100 * (double)read / (double)(read + p->damaged_weight));
    return pyrec_write_note(r->w, slice_str(words), err);
}

static bool write_all(struct redact *r, const struct format *format, const struct format_input *in, struct err *err)
{
    const struct sink sink = {.self = r,
                              .header = on_header,
                              .epoch = on_epoch,
                              .host = on_host,
                              .process = on_process,
                              .argv = on_argv,
                              .root = on_root,
                              .thread = on_thread,
                              .file = on_file,
                              .code = on_code,
                              .nodes = on_nodes,
                              .samples = on_samples,
                              .ticks = on_ticks,
                              .losses = on_losses,
                              .exit = on_exit_record,
                              .note = on_note};
    const struct rec_end cut = {.time = r->p->duration, .reason = REC_END_ERROR, .status = -1, .read = r->p->rows_read};
    return format->read(in, &sink, err) && add_notes(r, err) && note_damage(r, err) &&
           on_end(r, r->p->ended ? &r->p->end : &cut, err);
}

bool redact(const struct format *format, const struct format_input *in, const struct redact_options *options, FILE *out,
            FILE *list, struct err *err)
{
    struct redact r = {.options = options, .out = out, .p = profile_new(BASIS_WALL, err)};
    bool ok = r.p != NULL && profile_read(r.p, format, in, err);
    if (ok && options->warnings != NULL)
        summary_warn(r.p, in->name, options->warnings);
    ok = ok && find_modules(&r, err) && choose_texts(&r, err);
    if (ok && (!find_identity(&r, err) || !write_all(&r, format, in, err) || !rewrite_done(&r.map, err)))
        ok = err_prefix(err, "%s", in->name);
    if (ok && list != NULL)
        ok = redact_list(r.p, &r.identity, &r.map, &r.counts, list) || err_nomem(err);
    pyrec_write_free(r.w);
    redact_counts_fini(&r.counts);
    intern_fini(&r.hashes);
    rewrite_fini(&r.map);
    identity_fini(&r.identity);
    buf_fini(&r.text);
    arena_fini(&r.scratch);
    arena_fini(&r.arena);
    profile_free(r.p);
    return ok;
}
