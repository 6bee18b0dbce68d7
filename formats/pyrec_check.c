#include "config.h"

#include "formats/pyrec_check.h"

#include "formats/pyrec.h"

static bool over(struct err *err, const char *what, uint64_t value, uint64_t limit)
{
    return err_set(err, ERR_LIMIT, "%s: %llu is over the limit, %llu", what, (unsigned long long)value,
                   (unsigned long long)limit);
}

static bool at_most(uint64_t value, uint64_t limit, const char *what, struct err *err)
{
    return value <= limit || over(err, what, value, limit);
}

static bool in_range(uint64_t value, uint64_t min, uint64_t max, const char *what, struct err *err)
{
    if (value < min)
        return err_set(err, ERR_CORRUPT, "%s: %llu is less than %llu", what, (unsigned long long)value,
                       (unsigned long long)min);
    return at_most(value, max, what, err);
}

static bool string_fits(struct slice s, const char *what, struct err *err)
{
    return at_most(s.n, PYREC_MAX_STRING, what, err);
}

static bool time_fits(uint64_t time, struct err *err)
{
    return at_most(time, PYREC_MAX_TIME, "time", err);
}

static bool rows_fit(uint32_t n, struct err *err)
{
    return in_range(n, 1, PYREC_MAX_ROWS, "rows of a block", err);
}

static bool times_fit(const uint64_t *time, uint32_t n, struct err *err)
{
    uint64_t most = 0;
    for (uint32_t i = 0; i < n; i++)
        most = time[i] > most ? time[i] : most;
    return time_fits(most, err);
}

static bool u32s_fit(const uint32_t *v, uint32_t n, uint32_t min, uint32_t max, const char *what, struct err *err)
{
    uint32_t least = UINT32_MAX, most = 0;
    for (uint32_t i = 0; i < n; i++) {
        least = v[i] < least ? v[i] : least;
        most = v[i] > most ? v[i] : most;
    }
    return in_range(least, min, max, what, err) && in_range(most, min, max, what, err);
}

static bool u8s_fit(const uint8_t *v, uint32_t n, uint8_t min, uint8_t max, const char *what, struct err *err)
{
    uint8_t least = UINT8_MAX, most = 0;
    for (uint32_t i = 0; i < n; i++) {
        least = v[i] < least ? v[i] : least;
        most = v[i] > most ? v[i] : most;
    }
    return in_range(least, min, max, what, err) && in_range(most, min, max, what, err);
}

bool pyrec_check_header(const struct rec_header *header, struct err *err)
{
    return string_fits(header->recorder, "recorder", err) &&
           in_range(header->period_ns, 1, PYREC_MAX_PERIOD_NS, "period", err) &&
           in_range(header->time_unit_ns, 1, PYREC_MAX_PERIOD_NS, "time unit", err);
}

bool pyrec_check_host(const struct rec_host *host, struct err *err)
{
    return string_fits(host->kernel, "kernel", err) && string_fits(host->machine, "machine", err) &&
           string_fits(host->cpu_model, "processor", err) && string_fits(host->libc, "libc", err) &&
           string_fits(host->container, "container", err);
}

bool pyrec_check_process(const struct rec_process *process, struct err *err)
{
    return in_range(process->id, 1, PYREC_MAX_PROCESSES, "process", err) &&
           at_most(process->parent, PYREC_MAX_PROCESSES, "parent process", err) && time_fits(process->started, err) &&
           string_fits(process->python_build, "build", err) && string_fits(process->executable, "executable", err) &&
           string_fits(process->cwd, "working directory", err) && string_fits(process->root, "root", err);
}

bool pyrec_check_argv(const struct rec_argv *argv, struct err *err)
{
    uint64_t bytes = 0;
    if (!at_most(argv->n, PYREC_MAX_ARGS, "arguments", err))
        return false;
    for (uint32_t i = 0; i < argv->n; i++) {
        if (!string_fits(argv->args[i], "argument", err))
            return false;
        bytes += argv->args[i].n;
    }
    return at_most(bytes, PYREC_MAX_CHUNK, "all arguments", err);
}

bool pyrec_check_env(const struct rec_env *env, struct err *err)
{
    uint64_t bytes = 0;
    if (!at_most(env->n, PYREC_MAX_ARGS, "variables", err))
        return false;
    for (uint32_t i = 0; i < env->n; i++) {
        if (!string_fits(env->names[i], "variable's name", err) || !string_fits(env->values[i], "variable", err))
            return false;
        bytes += env->names[i].n + env->values[i].n;
    }
    return at_most(bytes, PYREC_MAX_CHUNK, "all variables", err);
}

bool pyrec_check_root(const struct rec_root *root, struct err *err)
{
    return in_range(root->kind, 1, REC_ROOT_KINDS - 1, "kind of root", err) && string_fits(root->path, "root", err);
}

bool pyrec_check_thread(const struct rec_thread *thread, struct err *err)
{
    return in_range(thread->id, 1, PYREC_MAX_THREADS, "thread", err) && string_fits(thread->name, "thread name", err);
}

bool pyrec_check_file(const struct rec_file *file, struct err *err)
{
    return in_range(file->id, 1, PYREC_MAX_FILES, "file", err) && string_fits(file->name, "file name", err) &&
           string_fits(file->path, "path", err) &&
           at_most(file->source, REC_SOURCE_REFUSED, "state of a source", err) &&
           at_most(file->pyc, REC_PYC_HASH, "kind of .pyc", err);
}

bool pyrec_check_code(const struct rec_code *code, struct err *err)
{
    return in_range(code->id, REC_CODE_FIRST, PYREC_MAX_CODES, "code object", err) &&
           string_fits(code->name, "function name", err) && string_fits(code->qualname, "qualified name", err) &&
           at_most(code->line_table.n, PYREC_MAX_LINETABLE, "line table", err);
}

bool pyrec_check_nodes(const struct rec_nodes *nodes, struct err *err)
{
    return rows_fit(nodes->n, err) && in_range(nodes->first, 1, PYREC_MAX_NODES, "node", err);
}

bool pyrec_check_samples(const struct rec_samples *s, uint64_t *weight, struct err *err)
{
    if (!rows_fit(s->n, err) || !times_fit(s->time, s->n, err) ||
        !u32s_fit(s->weight, s->n, 1, PYREC_MAX_WEIGHT, "weight", err) ||
        !u8s_fit(s->state, s->n, 0, REC_STATE_MAX, "state", err) ||
        !u8s_fit(s->quality, s->n, REC_EXACT, REC_TRIMMED, "quality", err) ||
        !u32s_fit(s->repeat, s->n, 0, PYREC_MAX_REPEAT, "repeats", err))
        return false;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < s->n; i++)
        sum += s->weight[i] * (1 + (uint64_t)s->repeat[i]);
    *weight = sum;
    return true;
}

bool pyrec_check_ticks(const struct rec_ticks *ticks, struct err *err)
{
    return rows_fit(ticks->n, err) && times_fit(ticks->time, ticks->n, err) &&
           u8s_fit(ticks->state, ticks->n, 0, REC_TICK_STATES - 1, "state of a tick", err) &&
           u32s_fit(ticks->ticks, ticks->n, 1, PYREC_MAX_REPEAT, "ticks", err);
}

bool pyrec_check_losses(const struct rec_losses *losses, struct err *err)
{
    return rows_fit(losses->n, err) && times_fit(losses->time, losses->n, err) &&
           u32s_fit(losses->ticks, losses->n, 1, UINT32_MAX, "lost ticks", err) &&
           u8s_fit(losses->reason, losses->n, 1, REC_LOSS_REASONS - 1, "reason of a loss", err);
}

bool pyrec_check_exit(const struct rec_exit *gone, struct err *err)
{
    return time_fits(gone->time, err);
}

bool pyrec_check_source(const struct rec_source *source, struct err *err)
{
    if (!at_most(source->total, PYREC_MAX_SOURCE, "source text", err) ||
        !at_most(source->bytes.n, PYREC_MAX_CHUNK, "piece of a source text", err))
        return false;
    if (source->offset > source->total || source->bytes.n > source->total - source->offset)
        return err_set(err, ERR_CORRUPT, "a piece of a source text lies outside of it");
    return true;
}

bool pyrec_check_note(struct slice markdown, struct err *err)
{
    return at_most(markdown.n, PYREC_MAX_NOTE, "note", err);
}

bool pyrec_check_end(const struct rec_end *end, struct err *err)
{
    return time_fits(end->time, err) && in_range(end->reason, REC_END_EXIT, REC_END_ERROR, "reason of the end", err);
}
