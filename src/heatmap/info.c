#include "config.h"

#include "src/heatmap/info.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "src/base/array.h"
#include "src/heatmap/html.h"
#include "src/heatmap/pyversion.h"
#include "src/heatmap/utf8.h"

enum { LISTED = 20 };

/* --- reading -------------------------------------------------------------------------------------------------------*/

/* What the profile keeps is handed on to it. */
#define HAND_ON(what, type)                                                        \
    static bool take_##what(void *self, const struct type *value, struct err *err) \
    {                                                                              \
        const struct sink *to = profile_sink(((struct info *)self)->p);            \
        return to->what(to->self, value, err);                                     \
    }
HAND_ON(header, rec_header)
HAND_ON(host, rec_host)
HAND_ON(process, rec_process)
HAND_ON(argv, rec_argv)
HAND_ON(env, rec_env)
HAND_ON(root, rec_root)
HAND_ON(thread, rec_thread)
HAND_ON(file, rec_file)
HAND_ON(ticks, rec_ticks)
HAND_ON(losses, rec_losses)
HAND_ON(exit, rec_exit)
HAND_ON(end, rec_end)
HAND_ON(damage, damage)

static bool on_epoch(void *self, struct err *err)
{
    const struct sink *to = profile_sink(((struct info *)self)->p);
    return to->epoch(to->self, err);
}

static bool on_note(void *self, struct slice markdown, struct err *err)
{
    (void)markdown;
    (void)err;
    ((struct info *)self)->notes++;
    return true;
}

static bool on_source(void *self, const struct rec_source *piece, struct err *err)
{
    struct info *info = self;
    uint32_t id;
    if (!array_reserve(&info->texts, &info->texts_cap, (uint64_t)info->hashes.n + 1, sizeof *info->texts, err) ||
        !intern_put(&info->hashes, slice_of(piece->hash, REC_HASH_SIZE), &id, NULL, err))
        return false;
    struct info_text *text = &info->texts[id];
    text->total = piece->total;
    if (piece->offset == 0)
        text->have = 0;
    text->have += (uint32_t)piece->bytes.n;
    return true;
}

static bool on_samples(void *self, const struct rec_samples *s, struct err *err)
{
    struct info *info = self;
    struct profile *p = info->p;
    if (s->process == 0 || s->process > p->n_processes)
        return err_set(err, ERR_CORRUPT, "process %u is used and not defined", s->process);
    struct profile_process *process = &p->processes[s->process - 1];
    uint64_t last = 0;
    for (uint32_t i = 0; i < s->n; i++) {
        const uint64_t weight = s->weight[i] * (1 + (uint64_t)s->repeat[i]), end = s->time[i] + s->span[i];
        const bool active = profile_counts(BASIS_ACTIVE, s->state[i]);
        if (s->thread[i] == 0 || s->thread[i] > process->n_threads)
            return err_set(err, ERR_CORRUPT, "thread %u is used and not defined", s->thread[i]);
        struct profile_thread *t = &process->threads[s->thread[i] - 1];
        t->wall += weight;
        t->samples += active ? weight : 0;
        info->weight += weight;
        info->active += active ? weight : 0;
        info->trimmed += s->quality[i] != REC_EXACT;
        info->repeated += s->repeat[i];
        last = end > last ? end : last;
    }
    info->rows += s->n;
    p->duration = last > p->duration ? last : p->duration;
    return true;
}

bool info_has_text(const struct info *info, const struct rec_file *file)
{
    const uint32_t id =
        file->source == REC_SOURCE_SEEN ? intern_find(&info->hashes, slice_of(file->hash, REC_HASH_SIZE)) : INTERN_NONE;
    return id != INTERN_NONE && info->texts[id].have == info->texts[id].total;
}

bool info_read(struct info *info, const struct format *format, const struct format_input *in, struct err *err)
{
    *info = (struct info){.name = in->name, .bytes = in->size, .p = profile_new(BASIS_ACTIVE, err)};
    const struct sink sink = {.self = info,
                              .header = take_header,
                              .epoch = on_epoch,
                              .host = take_host,
                              .process = take_process,
                              .argv = take_argv,
                              .env = take_env,
                              .root = take_root,
                              .thread = take_thread,
                              .file = take_file,
                              .samples = on_samples,
                              .ticks = take_ticks,
                              .losses = take_losses,
                              .exit = take_exit,
                              .source = on_source,
                              .note = on_note,
                              .end = take_end,
                              .damage = take_damage};
    const struct identity_options nothing = {0};
    if (info->p != NULL && (format->read(in, &sink, err) || err_prefix(err, "%s", in->name)) &&
        identity_find(&info->identity, info->p, &nothing, err))
        return true;
    info_fini(info);
    return false;
}

void info_fini(struct info *info)
{
    profile_free(info->p);
    intern_fini(&info->hashes);
    free(info->texts);
    identity_fini(&info->identity);
    *info = (struct info){0};
}

/* --- printing ------------------------------------------------------------------------------------------------------*/

static void bytes(struct buf *out, uint64_t n)
{
    if (n < 10000)
        buf_printf(out, "%" PRIu64 " bytes", n);
    else
        buf_printf(out, n < 1000000 ? "%.0f kB" : "%.1f MB", (double)n / (n < 1000000 ? 1e3 : 1e6));
}

static void python(struct buf *out, const struct rec_process *process)
{
    if (process->python == 0)
        buf_str(out, "of unknown version");
    else
        buf_printf(out, "CPython %s",
                   pyversion_of(process->python, (process->flags & REC_PROCESS_FREE_THREADED) != 0).text);
}

static void command(struct buf *out, const struct profile_process *p)
{
    for (uint32_t i = 0; i < p->argc; i++) {
        buf_str(out, i > 0 ? " " : "");
        utf8_line(out, p->argv[i]);
    }
    if (p->argc == 0)
        utf8_line(out, p->rec.executable);
}

static void when(const struct info *info, struct buf *out)
{
    char date[64] = "";
    const struct rec_header *h = &info->p->header;
    const time_t started = (time_t)(h->started_ns / 1000000000);
    struct tm tm;
    if (gmtime_r(&started, &tm) != NULL)
        (void)strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S UTC", &tm);
    buf_printf(out, "  when      %s, for ", date);
    html_seconds(out, (double)info->p->duration * (double)h->time_unit_ns / 1e9);
    buf_printf(out, ", at %g Hz; by ", 1e9 / (double)h->period_ns);
    utf8_line(out, h->recorder);
    buf_str(out, "\n");
}

static void where(const struct info *info, struct buf *out)
{
    const struct rec_host *h = &info->p->host;
    const struct slice facts[] = {h->kernel, h->machine, h->cpu_model, h->libc, h->container};
    bool some = false;
    buf_str(out, "  where     ");
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        if (facts[i].n == 0)
            continue;
        buf_str(out, some ? ", " : "");
        utf8_line(out, facts[i]);
        some = true;
    }
    if (h->cpus > 0)
        buf_printf(out, ", %" PRIu32 " processors", h->cpus);
    buf_str(out, some ? "\n" : "not recorded\n");
}

static void samples(const struct info *info, struct buf *out)
{
    const struct profile *p = info->p;
    const uint64_t looks = info->rows + p->rows_lost;
    buf_str(out, "  samples   ");
    html_count(out, info->active);
    buf_str(out, " active, ");
    html_count(out, info->weight);
    buf_str(out, " in all; of ");
    html_count(out, looks);
    buf_str(out, " looks ");
    html_percent_word(out, info->rows - info->trimmed, looks);
    buf_str(out, " % exact, ");
    html_percent_word(out, info->trimmed, looks);
    buf_str(out, " % trimmed, ");
    html_percent_word(out, p->rows_lost, looks);
    buf_str(out, " % lost\n  whole     ");
    if (p->n_damages == 0 && p->ended)
        buf_str(out, "yes\n");
    for (uint32_t i = 0; i < p->n_damages && i < LISTED; i++) {
        buf_str(out, i == 0 ? "no: " : "            ");
        utf8_line(out, slice_str(p->damages[i].what));
        buf_printf(out, " (at byte %" PRIu64 ", %" PRIu64 " bytes)\n", p->damages[i].offset, p->damages[i].bytes);
    }
    if (p->n_damages == 0 && !p->ended)
        buf_str(out, "no: it has no end\n");
}

static void processes(const struct info *info, struct buf *out)
{
    const struct profile *p = info->p;
    uint32_t n = 0, shown = 0;
    for (uint32_t i = 0; i < p->n_processes; i++)
        n += p->processes[i].known;
    buf_printf(out, "\nProcesses: %" PRIu32 "\n", n);
    for (uint32_t i = 0; i < p->n_processes && shown < LISTED; i++) {
        const struct profile_process *process = &p->processes[i];
        if (!process->known)
            continue;
        shown++;
        buf_printf(out, "  %7" PRIu32 "  ", process->rec.pid);
        python(out, &process->rec);
        buf_str(out, "  ");
        command(out, process);
        buf_str(out, "\n");
        for (uint32_t k = 0; k < process->n_threads && k < LISTED; k++) {
            const struct profile_thread *t = &process->threads[k];
            if (!t->known)
                continue;
            buf_printf(out, "           thread %" PRIu64 " ", t->tid);
            utf8_line(out, t->name);
            buf_str(out, ": ");
            html_count(out, t->samples);
            buf_str(out, " active, ");
            html_count(out, t->wall);
            buf_str(out, " in all\n");
        }
        if (process->n_threads > LISTED)
            buf_printf(out, "           and %" PRIu32 " more threads\n", process->n_threads - LISTED);
    }
    if (n > LISTED)
        buf_printf(out, "  and %" PRIu32 " more\n", n - LISTED);
}

static int by_size(const void *a, const void *b)
{
    const struct rec_file *x = *(struct rec_file *const *)a, *y = *(struct rec_file *const *)b;
    return x->size != y->size ? (x->size < y->size ? 1 : -1) : slice_cmp(x->path, y->path);
}

static void files(const struct info *info, struct buf *out)
{
    const struct profile *p = info->p;
    uint64_t have = 0;
    uint32_t texts = 0;
    const struct rec_file **sorted = calloc((size_t)p->n_files + 1, sizeof(struct rec_file *));
    if (sorted == NULL) {
        out->failed = true;
        return;
    }
    for (uint32_t i = 0; i < p->n_files; i++)
        sorted[i] = &p->files[i].rec;
    for (uint32_t i = 0; i < info->hashes.n; i++) {
        texts += info->texts[i].have == info->texts[i].total;
        have += info->texts[i].have;
    }
    qsort(sorted, p->n_files, sizeof(struct rec_file *), by_size);
    buf_printf(out, "\nFiles: %" PRIu32 ", with %" PRIu32 " source texts of ", p->n_files, texts);
    bytes(out, have);
    buf_str(out, "; the largest:\n");
    for (uint32_t i = 0; i < p->n_files && i < LISTED; i++) {
        buf_printf(out, "  %9" PRIu64 "  %s  ", sorted[i]->size, info_has_text(info, sorted[i]) ? "text" : "  - ");
        utf8_line(out, sorted[i]->path.n > 0 ? sorted[i]->path : sorted[i]->name);
        buf_str(out, "\n");
    }
    free(sorted);
}

static void private_things(const struct info *info, struct buf *out)
{
    static const char *const kinds[] = {"home directory", "user name", "host name",
                                        "secret in an argument or a variable", "word"};
    const struct profile *p = info->p;
    uint32_t args = 0, shown = 0;
    for (uint32_t i = 0; i < p->n_processes; i++)
        args += p->processes[i].argc;
    buf_printf(
        out,
        "\nPrivate things inside (--redact removes them):\n  arguments of commands: %" PRIu32 "\n  environment:", args);
    for (uint32_t i = 0; i < p->n_processes; i++) {
        for (uint32_t k = 0; k < p->processes[i].env_n && shown++ < LISTED; k++) {
            buf_u8(out, ' ');
            utf8_line(out, p->processes[i].env_names[k]);
        }
    }
    buf_str(out, shown == 0 ? " none\n" : shown > LISTED ? " …\n" : "\n");
    for (uint32_t i = 0; i < info->identity.n && i < LISTED; i++) {
        const struct identity_entry *e = &info->identity.entries[i];
        buf_printf(out, "  %s", kinds[e->kind]);
        if (e->kind != IDENTITY_SECRET) {
            buf_str(out, ": ");
            utf8_line(out, e->value);
        }
        buf_str(out, "\n");
    }
    buf_printf(out, "  source texts: %" PRIu32 "\n  notes: %" PRIu32 "\n", info->hashes.n, info->notes);
}

bool info_print(const struct info *info, FILE *out, struct err *err)
{
    struct buf text = {0};
    utf8_line(&text, slice_str(info->name));
    buf_str(&text, ": a recording of ");
    bytes(&text, info->bytes);
    buf_str(&text, "\n  what      ");
    if (info->p->n_processes > 0) {
        python(&text, &info->p->processes[0].rec);
        buf_str(&text, ": ");
        command(&text, &info->p->processes[0]);
    } else {
        buf_str(&text, "no Python ran");
    }
    buf_str(&text, "\n");
    when(info, &text);
    where(info, &text);
    samples(info, &text);
    processes(info, &text);
    files(info, &text);
    private_things(info, &text);
    const bool ok = buf_ok(&text) || err_nomem(err);
    if (ok)
        (void)fwrite(text.p, 1, text.n, out);
    buf_fini(&text);
    return ok;
}
