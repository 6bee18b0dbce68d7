#include "config.h"

#include "formats/pyrec_encode.h"

#include "formats/pyrec_check.h"
#include "formats/pyrec_column.h"

bool pyrec_encode_header(struct buf *b, const struct rec_header *header, struct err *err)
{
    if (!pyrec_check_header(header, err))
        return false;
    buf_string(b, header->recorder);
    buf_varint(b, header->period_ns);
    buf_varint(b, header->time_unit_ns);
    buf_zigzag(b, header->started_ns);
    buf_varint(b, header->monotonic_ns);
    return true;
}

bool pyrec_encode_host(struct buf *b, const struct rec_host *host, struct err *err)
{
    if (!pyrec_check_host(host, err))
        return false;
    buf_string(b, host->kernel);
    buf_string(b, host->machine);
    buf_string(b, host->cpu_model);
    buf_string(b, host->libc);
    buf_string(b, host->container);
    buf_varint(b, host->cpus);
    return true;
}

bool pyrec_encode_process(struct buf *b, const struct rec_process *process, struct err *err)
{
    if (!pyrec_check_process(process, err))
        return false;
    buf_varint(b, process->id);
    buf_varint(b, process->parent);
    buf_varint(b, process->pid);
    buf_varint(b, process->ppid);
    buf_varint(b, process->exec_count);
    buf_varint(b, process->python);
    buf_varint(b, process->flags);
    buf_varint(b, process->started);
    buf_zigzag(b, process->born_ns);
    buf_string(b, process->python_build);
    buf_string(b, process->executable);
    buf_string(b, process->cwd);
    buf_string(b, process->root);
    return true;
}

bool pyrec_encode_argv(struct buf *b, const struct rec_argv *argv, struct err *err)
{
    if (!pyrec_check_argv(argv, err))
        return false;
    buf_varint(b, argv->process);
    buf_varint(b, argv->n);
    for (uint32_t i = 0; i < argv->n; i++)
        buf_string(b, argv->args[i]);
    return true;
}

bool pyrec_encode_env(struct buf *b, const struct rec_env *env, struct err *err)
{
    if (!pyrec_check_env(env, err))
        return false;
    buf_varint(b, env->process);
    buf_varint(b, env->n);
    for (uint32_t i = 0; i < env->n; i++) {
        buf_string(b, env->names[i]);
        buf_string(b, env->values[i]);
    }
    return true;
}

bool pyrec_encode_root(struct buf *b, const struct rec_root *root, struct err *err)
{
    if (!pyrec_check_root(root, err))
        return false;
    buf_varint(b, root->process);
    buf_varint(b, root->kind);
    buf_u8(b, root->derived);
    buf_string(b, root->path);
    return true;
}

bool pyrec_encode_thread(struct buf *b, const struct rec_thread *thread, struct err *err)
{
    if (!pyrec_check_thread(thread, err))
        return false;
    buf_varint(b, thread->process);
    buf_varint(b, thread->id);
    buf_varint(b, thread->tid);
    buf_varint(b, thread->interpreter);
    buf_string(b, thread->name);
    return true;
}

bool pyrec_encode_file(struct buf *b, const struct rec_file *file, struct err *err)
{
    if (!pyrec_check_file(file, err))
        return false;
    buf_varint(b, file->id);
    buf_varint(b, file->process);
    buf_string(b, file->name);
    buf_string(b, file->path);
    buf_varint(b, file->device);
    buf_varint(b, file->inode);
    buf_varint(b, file->size);
    buf_zigzag(b, file->mtime_ns);
    buf_zigzag(b, file->read_ns);
    buf_varint(b, file->source);
    if (file->source == REC_SOURCE_SEEN)
        buf_bytes(b, file->hash, sizeof file->hash);
    buf_varint(b, file->pyc);
    if (file->pyc == REC_PYC_MTIME) {
        buf_varint(b, file->pyc_mtime_s);
        buf_varint(b, file->pyc_size);
    }
    return true;
}

/* One column out of an array: `value` is an expression of the row number i. */
#define PUT_COLUMN(e, b, n, value)           \
    do {                                     \
        for (uint32_t i = 0; i < (n); i++)   \
            (e)->rows[i] = (int64_t)(value); \
        column_put((b), (e)->rows, (n));     \
    } while (0)

static bool same_names(const struct rec_code *code)
{
    return slice_eq(code->qualname, code->name);
}

bool pyrec_encode_codes(struct pyrec_encoder *e, struct buf *b, const struct rec_code *codes, uint32_t n,
                        struct err *err)
{
    for (uint32_t i = 0; i < n; i++) {
        if (!pyrec_check_code(&codes[i], err))
            return false;
    }
    buf_varint(b, n);
    buf_varint(b, codes[0].id);
    PUT_COLUMN(e, b, n - 1, (int64_t)codes[i + 1].id - codes[i].id);
    PUT_COLUMN(e, b, n, codes[i].file);
    PUT_COLUMN(e, b, n, codes[i].python);
    PUT_COLUMN(e, b, n, codes[i].first_line);
    PUT_COLUMN(e, b, n, codes[i].flags);
    PUT_COLUMN(e, b, n, codes[i].units);
    PUT_COLUMN(e, b, n, codes[i].first_traceable);
    PUT_COLUMN(e, b, n, codes[i].name.n);
    PUT_COLUMN(e, b, n, same_names(&codes[i]) ? 0 : codes[i].qualname.n + 1);
    PUT_COLUMN(e, b, n, codes[i].line_table.n);
    for (uint32_t i = 0; i < n; i++)
        buf_slice(b, codes[i].name);
    for (uint32_t i = 0; i < n; i++) {
        if (!same_names(&codes[i]))
            buf_slice(b, codes[i].qualname);
    }
    for (uint32_t i = 0; i < n; i++)
        buf_slice(b, codes[i].line_table);
    return true;
}

bool pyrec_encode_nodes(struct pyrec_encoder *e, struct buf *b, const struct rec_nodes *nodes, struct err *err)
{
    if (!pyrec_check_nodes(nodes, err))
        return false;
    buf_varint(b, nodes->process);
    buf_varint(b, nodes->first);
    buf_varint(b, nodes->n);
    PUT_COLUMN(e, b, nodes->n, (int64_t)nodes->first + i - nodes->parent[i]);
    PUT_COLUMN(e, b, nodes->n, nodes->code[i]);
    PUT_COLUMN(e, b, nodes->n, nodes->offset[i]);
    return true;
}

/* The first time, then a column of what the others differ from the one before. */
static void put_times(struct pyrec_encoder *e, struct buf *b, const uint64_t *time, uint32_t n)
{
    buf_varint(b, time[0]);
    PUT_COLUMN(e, b, n - 1, time[i + 1] - time[i]);
}

bool pyrec_encode_samples(struct pyrec_encoder *e, struct buf *b, const struct rec_samples *samples, uint64_t *weight,
                          struct err *err)
{
    if (!pyrec_check_samples(samples, weight, err))
        return false;
    buf_varint(b, samples->process);
    buf_varint(b, samples->n);
    put_times(e, b, samples->time, samples->n);
    PUT_COLUMN(e, b, samples->n, samples->thread[i]);
    PUT_COLUMN(e, b, samples->n, samples->weight[i]);
    PUT_COLUMN(e, b, samples->n, samples->node[i]);
    PUT_COLUMN(e, b, samples->n, samples->state[i]);
    PUT_COLUMN(e, b, samples->n, samples->quality[i]);
    PUT_COLUMN(e, b, samples->n, samples->repeat[i]);
    PUT_COLUMN(e, b, samples->n, samples->span[i]);
    return true;
}

bool pyrec_encode_ticks(struct pyrec_encoder *e, struct buf *b, const struct rec_ticks *ticks, struct err *err)
{
    if (!pyrec_check_ticks(ticks, err))
        return false;
    buf_varint(b, ticks->process);
    buf_varint(b, ticks->n);
    put_times(e, b, ticks->time, ticks->n);
    PUT_COLUMN(e, b, ticks->n, ticks->state[i]);
    PUT_COLUMN(e, b, ticks->n, ticks->ticks[i]);
    PUT_COLUMN(e, b, ticks->n, ticks->span[i]);
    return true;
}

bool pyrec_encode_losses(struct pyrec_encoder *e, struct buf *b, const struct rec_losses *losses, struct err *err)
{
    if (!pyrec_check_losses(losses, err))
        return false;
    buf_varint(b, losses->process);
    buf_varint(b, losses->n);
    put_times(e, b, losses->time, losses->n);
    PUT_COLUMN(e, b, losses->n, losses->thread[i]);
    PUT_COLUMN(e, b, losses->n, losses->ticks[i]);
    PUT_COLUMN(e, b, losses->n, losses->reason[i]);
    return true;
}

bool pyrec_encode_exit(struct buf *b, const struct rec_exit *gone, struct err *err)
{
    if (!pyrec_check_exit(gone, err))
        return false;
    buf_varint(b, gone->process);
    buf_varint(b, gone->time);
    buf_zigzag(b, gone->status);
    return true;
}

bool pyrec_encode_source(struct buf *b, const struct rec_source *source, struct err *err)
{
    if (!pyrec_check_source(source, err))
        return false;
    buf_bytes(b, source->hash, sizeof source->hash);
    buf_varint(b, source->total);
    buf_varint(b, source->offset);
    buf_slice(b, source->bytes);
    return true;
}

bool pyrec_encode_note(struct buf *b, struct slice markdown, struct err *err)
{
    if (!pyrec_check_note(markdown, err))
        return false;
    buf_slice(b, markdown);
    return true;
}

bool pyrec_encode_end(struct buf *b, const struct rec_end *end, struct err *err)
{
    if (!pyrec_check_end(end, err))
        return false;
    buf_varint(b, end->time);
    buf_varint(b, end->reason);
    buf_zigzag(b, end->status);
    buf_varint(b, end->wakes);
    buf_varint(b, end->read);
    buf_varint(b, end->dropped);
    buf_varint(b, end->cpu_ns);
    return true;
}
