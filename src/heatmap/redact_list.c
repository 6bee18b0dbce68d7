#include "config.h"

#include "src/heatmap/redact_list.h"

#include <inttypes.h>
#include <stdlib.h>

#include "src/heatmap/arguments.h"
#include "src/heatmap/utf8.h"

void redact_counts_fini(struct redact_counts *c)
{
    buf_fini(&c->where);
}

void redact_counts_blanked(struct redact_counts *c, struct slice path, uint32_t line)
{
    if (c->blanked++ >= REDACT_LISTED)
        return;
    buf_str(&c->where, "    ");
    utf8_line(&c->where, path);
    buf_printf(&c->where, ":%" PRIu32 "\n", line);
}

static void environment(const struct profile *p, struct buf *out)
{
    unsigned n = 0;
    for (uint32_t i = 0; i < p->n_processes; i++)
        n += p->processes[i].env_n;
    buf_printf(out, "  environment: %u variable%s", n, n == 1 ? "" : "s");
    for (uint32_t i = 0, shown = 0; i < p->n_processes && shown < REDACT_LISTED; i++) {
        for (uint32_t k = 0; k < p->processes[i].env_n && shown < REDACT_LISTED; k++, shown++) {
            buf_str(out, shown == 0 ? " (" : ", ");
            utf8_line(out, p->processes[i].env_names[k]);
        }
    }
    buf_str(out, n > REDACT_LISTED ? ", …)\n" : n > 0 ? ")\n" : "\n");
}

/* How many values of arguments; and the first command line without them. */
static bool arguments(const struct profile *p, struct buf *command, unsigned *values)
{
    *values = 0;
    for (uint32_t i = 0; i < p->n_processes; i++) {
        const struct profile_process *process = &p->processes[i];
        size_t *keep = calloc((size_t)process->argc + 1, sizeof *keep);
        if (keep == NULL)
            return false;
        *values += arguments_keep(process->argv, process->argc, keep);
        for (uint32_t k = 0; i == 0 && k < process->argc; k++) {
            buf_str(command, k > 0 ? " " : "");
            buf_bytes(command, process->argv[k].p, keep[k]);
            buf_str(command, keep[k] < process->argv[k].n ? ARGUMENTS_REMOVED : "");
        }
        free(keep);
    }
    return true;
}

static void identities(const struct identity *id, const struct rewrite *map, struct buf *out)
{
    static const char *const kinds[] = {"home directory", "user name", "host name", "secret", "word"};
    for (uint32_t i = 0; i < id->n; i++) {
        const struct identity_entry *e = &id->entries[i];
        const uint64_t n = rewrite_hits(map, e->value);
        if (n == 0 && e->instead.n > 0)
            continue;
        buf_printf(out, "  %s: ", kinds[e->kind]);
        if (e->kind == IDENTITY_SECRET)
            buf_str(out, "of an argument or a variable");
        else
            utf8_line(out, e->value);
        if (e->instead.n == 0) {
            buf_str(out, " is a common word too: replaced in home directories only\n");
            continue;
        }
        buf_str(out, " → ");
        utf8_line(out, e->instead);
        buf_printf(out, " (%" PRIu64 " place%s)\n", n, n == 1 ? "" : "s");
    }
}

static void threads(const struct profile *p, struct rewrite *map, struct buf *out)
{
    unsigned shown = 0;
    buf_str(out, "  thread names:");
    for (uint32_t i = 0; i < p->n_processes; i++) {
        for (uint32_t k = 0; k < p->processes[i].n_threads; k++) {
            struct buf name = {0};
            rewrite_apply(map, p->processes[i].threads[k].name, &name);
            if (name.n > 0 && shown++ < REDACT_LISTED) {
                buf_str(out, shown == 1 ? " " : ", ");
                utf8_line(out, buf_view(&name));
            }
            out->failed |= name.failed;
            buf_fini(&name);
        }
    }
    buf_str(out, shown == 0 ? " none\n" : shown > REDACT_LISTED ? ", …\n" : "\n");
}

bool redact_list(const struct profile *p, const struct identity *id, struct rewrite *map,
                 const struct redact_counts *counts, FILE *out)
{
    struct buf text = {0}, command = {0}, shown = {0};
    unsigned values = 0;
    bool ok = arguments(p, &command, &values);
    buf_str(&text, "Removed:\n");
    environment(p, &text);
    buf_printf(&text, "  values of arguments: %u\n", values);
    identities(id, map, &text);
    buf_printf(&text, "  source lines that look like secrets: %u\n", counts->blanked);
    buf_slice(&text, buf_view(&counts->where));
    if (counts->blanked > REDACT_LISTED)
        buf_str(&text, "    …\n");
    buf_printf(&text, "  source texts: %u\nRemaining:\n", p->texts.hashes.n - counts->texts);
    if (command.n > 0) {
        rewrite_apply(map, buf_view(&command), &shown);
        buf_str(&text, "  command: ");
        utf8_line(&text, buf_view(&shown));
        buf_str(&text, "\n");
    }
    buf_printf(&text, "  source texts: %u, %.1f MB%s\n", counts->texts, (double)counts->text_bytes / 1e6,
               counts->texts > 0 ? " (--keep-sources=project, hot or none leaves out more)" : "");
    buf_printf(&text, "  names of %u files and of the functions in them\n", p->n_files);
    threads(p, map, &text);
    buf_printf(&text, "  notes: %u%s\n", counts->notes, counts->notes > 0 ? " (--no-notes leaves them out)" : "");
    buf_str(&text,
            "  when it ran, numbers of processes and threads, kernel, processor, C library, versions of Python\n");
    ok = ok && buf_ok(&text) && buf_ok(&command) && buf_ok(&shown);
    if (ok)
        (void)fwrite(text.p, 1, text.n, out);
    buf_fini(&text);
    buf_fini(&command);
    buf_fini(&shown);
    return ok;
}
