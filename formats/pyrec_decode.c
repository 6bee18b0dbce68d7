#include "config.h"

#include "formats/pyrec_decode.h"

#include "formats/pyrec_check.h"
#include "formats/pyrec_column.h"

static bool malformed(struct err *err, const char *what)
{
    return err_set(err, ERR_CORRUPT, "a malformed %s record", what);
}

static struct slice get_string(struct cursor *c)
{
    return cursor_string(c, PYREC_MAX_STRING);
}

static int32_t get_int32(struct cursor *c)
{
    int64_t v = cursor_zigzag(c);
    if (v < INT32_MIN || v > INT32_MAX)
        c->failed = true;
    return (int32_t)v;
}

/* The number of rows, which the caller has room for. */
static uint32_t get_rows(struct cursor *c, uint32_t max)
{
    uint32_t n = cursor_varint32(c);
    if (n > max)
        c->failed = true;
    return c->failed ? 0 : n;
}

bool pyrec_decode_header(struct slice body, struct rec_header *header, struct err *err)
{
    struct cursor c = cursor_of(body);
    *header = (struct rec_header){.recorder = get_string(&c)};
    header->period_ns = cursor_varint(&c);
    header->time_unit_ns = cursor_varint(&c);
    header->started_ns = cursor_zigzag(&c);
    header->monotonic_ns = cursor_varint(&c);
    return cursor_done(&c) ? pyrec_check_header(header, err) : malformed(err, "HEADER");
}

bool pyrec_decode_host(struct slice body, struct rec_host *host, struct err *err)
{
    struct cursor c = cursor_of(body);
    *host = (struct rec_host){.kernel = get_string(&c)};
    host->machine = get_string(&c);
    host->cpu_model = get_string(&c);
    host->libc = get_string(&c);
    host->container = get_string(&c);
    host->cpus = cursor_varint32(&c);
    return cursor_done(&c) ? pyrec_check_host(host, err) : malformed(err, "HOST");
}

bool pyrec_decode_process(struct slice body, struct rec_process *process, struct err *err)
{
    struct cursor c = cursor_of(body);
    *process = (struct rec_process){.id = cursor_varint32(&c)};
    process->parent = cursor_varint32(&c);
    process->pid = cursor_varint32(&c);
    process->ppid = cursor_varint32(&c);
    process->exec_count = cursor_varint32(&c);
    process->python = cursor_varint32(&c);
    process->flags = cursor_varint32(&c);
    process->started = cursor_varint(&c);
    process->born_ns = cursor_zigzag(&c);
    process->python_build = get_string(&c);
    process->executable = get_string(&c);
    process->cwd = get_string(&c);
    process->root = get_string(&c);
    return cursor_done(&c) ? pyrec_check_process(process, err) : malformed(err, "PROCESS");
}

bool pyrec_decode_argv(struct pyrec_decoder *d, struct slice body, struct rec_argv *argv, struct err *err)
{
    struct cursor c = cursor_of(body);
    *argv = (struct rec_argv){.process = cursor_varint32(&c), .args = d->strings[0]};
    argv->n = get_rows(&c, PYREC_MAX_ARGS);
    for (uint32_t i = 0; i < argv->n; i++)
        d->strings[0][i] = get_string(&c);
    return cursor_done(&c) ? pyrec_check_argv(argv, err) : malformed(err, "ARGV");
}

bool pyrec_decode_env(struct pyrec_decoder *d, struct slice body, struct rec_env *env, struct err *err)
{
    struct cursor c = cursor_of(body);
    *env = (struct rec_env){.process = cursor_varint32(&c), .names = d->strings[0], .values = d->strings[1]};
    env->n = get_rows(&c, PYREC_MAX_ARGS);
    for (uint32_t i = 0; i < env->n; i++) {
        d->strings[0][i] = get_string(&c);
        d->strings[1][i] = get_string(&c);
    }
    return cursor_done(&c) ? pyrec_check_env(env, err) : malformed(err, "ENV");
}

bool pyrec_decode_root(struct slice body, struct rec_root *root, struct err *err)
{
    struct cursor c = cursor_of(body);
    *root = (struct rec_root){.process = cursor_varint32(&c)};
    root->kind = cursor_varint32(&c);
    uint8_t derived = cursor_u8(&c);
    if (derived > 1)
        c.failed = true;
    root->derived = derived == 1;
    root->path = get_string(&c);
    return cursor_done(&c) ? pyrec_check_root(root, err) : malformed(err, "ROOT");
}

bool pyrec_decode_thread(struct slice body, struct rec_thread *thread, struct err *err)
{
    struct cursor c = cursor_of(body);
    *thread = (struct rec_thread){.process = cursor_varint32(&c)};
    thread->id = cursor_varint32(&c);
    thread->tid = cursor_varint(&c);
    thread->interpreter = cursor_varint32(&c);
    thread->name = get_string(&c);
    return cursor_done(&c) ? pyrec_check_thread(thread, err) : malformed(err, "THREAD");
}

bool pyrec_decode_file(struct slice body, struct rec_file *file, struct err *err)
{
    struct cursor c = cursor_of(body);
    *file = (struct rec_file){.id = cursor_varint32(&c)};
    file->process = cursor_varint32(&c);
    file->name = get_string(&c);
    file->path = get_string(&c);
    file->device = cursor_varint(&c);
    file->inode = cursor_varint(&c);
    file->size = cursor_varint(&c);
    file->mtime_ns = cursor_zigzag(&c);
    file->read_ns = cursor_zigzag(&c);
    file->source = cursor_varint32(&c);
    if (file->source == REC_SOURCE_SEEN) {
        struct slice hash = cursor_bytes(&c, REC_HASH_SIZE);
        if (cursor_ok(&c))
            memcpy(file->hash, hash.p, REC_HASH_SIZE);
    }
    file->pyc = cursor_varint32(&c);
    if (file->pyc == REC_PYC_MTIME) {
        file->pyc_mtime_s = cursor_varint32(&c);
        file->pyc_size = cursor_varint32(&c);
    }
    return cursor_done(&c) ? pyrec_check_file(file, err) : malformed(err, "FILE");
}

/* Ids and the like that follow each other: the first, then a column of differences. All in min … max. */
static void get_ids(struct cursor *c, struct pyrec_decoder *d, uint32_t n, uint32_t *ids)
{
    if (n == 0) {
        c->failed = true;
        return;
    }
    int64_t id = cursor_varint32(c);
    column_get_i64(c, n - 1, -(int64_t)UINT32_MAX, UINT32_MAX, d->i64);
    ids[0] = (uint32_t)id;
    for (uint32_t i = 1; i < n && !c->failed; i++) {
        id += d->i64[i - 1];
        if (id < 0 || id > UINT32_MAX)
            c->failed = true;
        ids[i] = (uint32_t)id;
    }
}

bool pyrec_decode_codes(struct pyrec_decoder *d, struct slice body, void *self,
                        bool (*each)(void *self, const struct rec_code *, struct err *), struct err *err)
{
    struct cursor c = cursor_of(body);
    uint32_t n = get_rows(&c, PYREC_MAX_ROWS);
    get_ids(&c, d, n, d->u32[0]);
    for (unsigned k = 1; k < 6; k++)
        column_get_u32(&c, n, 0, UINT32_MAX, d->u32[k]);
    column_get_i64(&c, n, INT32_MIN, INT32_MAX, d->i64);
    column_get_u32(&c, n, 0, PYREC_MAX_STRING, d->u32[6]);
    column_get_u32(&c, n, 0, PYREC_MAX_STRING + 1, d->u32[7]);
    column_get_u32(&c, n, 0, PYREC_MAX_LINETABLE, d->u32[8]);
    if (!cursor_ok(&c))
        return malformed(err, "CODES");
    uint64_t names = 0, qualnames = 0, tables = 0;
    for (uint32_t i = 0; i < n; i++) {
        names += d->u32[6][i];
        qualnames += d->u32[7][i] == 0 ? 0 : d->u32[7][i] - 1;
        tables += d->u32[8][i];
    }
    struct cursor name = cursor_of(cursor_bytes(&c, names));
    struct cursor qualname = cursor_of(cursor_bytes(&c, qualnames));
    struct cursor table = cursor_of(cursor_bytes(&c, tables));
    if (!cursor_done(&c))
        return malformed(err, "CODES");
    for (uint32_t i = 0; i < n; i++) {
        struct rec_code code = {
            .id = d->u32[0][i],
            .file = d->u32[1][i],
            .python = d->u32[2][i],
            .first_line = d->u32[3][i],
            .flags = d->u32[4][i],
            .units = d->u32[5][i],
            .first_traceable = (int32_t)d->i64[i],
            .name = cursor_bytes(&name, d->u32[6][i]),
            .line_table = cursor_bytes(&table, d->u32[8][i]),
        };
        code.qualname = d->u32[7][i] == 0 ? code.name : cursor_bytes(&qualname, d->u32[7][i] - 1);
        if (!pyrec_check_code(&code, err) || !each(self, &code, err))
            return false;
    }
    return true;
}

bool pyrec_decode_nodes(struct pyrec_decoder *d, struct slice body, struct rec_nodes *nodes, struct err *err)
{
    struct cursor c = cursor_of(body);
    *nodes =
        (struct rec_nodes){.process = cursor_varint32(&c), .parent = d->u32[0], .code = d->u32[1], .offset = d->u32[2]};
    nodes->first = cursor_varint32(&c);
    nodes->n = get_rows(&c, PYREC_MAX_ROWS);
    column_get_u32(&c, nodes->n, 1, UINT32_MAX, d->u32[0]);
    column_get_u32(&c, nodes->n, 0, UINT32_MAX, d->u32[1]);
    column_get_u32(&c, nodes->n, 0, UINT32_MAX, d->u32[2]);
    if (!cursor_done(&c) || nodes->first > UINT32_MAX - nodes->n)
        return malformed(err, "NODES");
    /* What is written is the distance to the parent. */
    for (uint32_t i = 0; i < nodes->n; i++) {
        uint32_t id = nodes->first + i;
        if (d->u32[0][i] > id)
            return malformed(err, "NODES");
        d->u32[0][i] = id - d->u32[0][i];
    }
    return pyrec_check_nodes(nodes, err);
}

/* The first time, then a column of what the others differ from the one before. In place: the differences become the
 * times. */
static uint64_t *get_times(struct cursor *c, struct pyrec_decoder *d, uint32_t n)
{
    uint64_t *times = (uint64_t *)d->i64;
    uint64_t time = cursor_varint(c);
    if (n == 0) {
        c->failed = true;
        return times;
    }
    column_get_i64(c, n - 1, -(int64_t)PYREC_MAX_TIME, PYREC_MAX_TIME, d->i64 + 1);
    if (c->failed)
        return times;
    times[0] = time;
    for (uint32_t i = 1; i < n; i++) {
        time += times[i];
        times[i] = time;
    }
    return times;
}

bool pyrec_decode_samples(struct pyrec_decoder *d, struct slice body, struct rec_samples *samples, uint64_t *weight,
                          struct err *err)
{
    struct cursor c = cursor_of(body);
    *samples = (struct rec_samples){.process = cursor_varint32(&c),
                                    .thread = d->u32[0],
                                    .weight = d->u32[1],
                                    .node = d->u32[2],
                                    .state = d->u8[0],
                                    .quality = d->u8[1],
                                    .repeat = d->u32[3],
                                    .span = d->u32[4]};
    uint32_t n = get_rows(&c, PYREC_MAX_ROWS);
    samples->n = n;
    samples->time = get_times(&c, d, n);
    column_get_u32(&c, n, 0, UINT32_MAX, d->u32[0]);
    column_get_u32(&c, n, 0, UINT32_MAX, d->u32[1]);
    column_get_u32(&c, n, 0, UINT32_MAX, d->u32[2]);
    column_get_u8(&c, n, 0, UINT8_MAX, d->u8[0]);
    column_get_u8(&c, n, 0, UINT8_MAX, d->u8[1]);
    column_get_u32(&c, n, 0, UINT32_MAX, d->u32[3]);
    column_get_u32(&c, n, 0, UINT32_MAX, d->u32[4]);
    return cursor_done(&c) ? pyrec_check_samples(samples, weight, err) : malformed(err, "SAMPLES");
}

bool pyrec_decode_ticks(struct pyrec_decoder *d, struct slice body, struct rec_ticks *ticks, struct err *err)
{
    struct cursor c = cursor_of(body);
    *ticks =
        (struct rec_ticks){.process = cursor_varint32(&c), .state = d->u8[0], .ticks = d->u32[0], .span = d->u32[1]};
    ticks->n = get_rows(&c, PYREC_MAX_ROWS);
    ticks->time = get_times(&c, d, ticks->n);
    column_get_u8(&c, ticks->n, 0, UINT8_MAX, d->u8[0]);
    column_get_u32(&c, ticks->n, 0, UINT32_MAX, d->u32[0]);
    column_get_u32(&c, ticks->n, 0, UINT32_MAX, d->u32[1]);
    return cursor_done(&c) ? pyrec_check_ticks(ticks, err) : malformed(err, "TICKS");
}

bool pyrec_decode_losses(struct pyrec_decoder *d, struct slice body, struct rec_losses *losses, struct err *err)
{
    struct cursor c = cursor_of(body);
    *losses = (struct rec_losses){
        .process = cursor_varint32(&c), .thread = d->u32[0], .ticks = d->u32[1], .reason = d->u8[0]};
    losses->n = get_rows(&c, PYREC_MAX_ROWS);
    losses->time = get_times(&c, d, losses->n);
    column_get_u32(&c, losses->n, 0, UINT32_MAX, d->u32[0]);
    column_get_u32(&c, losses->n, 0, UINT32_MAX, d->u32[1]);
    column_get_u8(&c, losses->n, 0, UINT8_MAX, d->u8[0]);
    return cursor_done(&c) ? pyrec_check_losses(losses, err) : malformed(err, "LOSSES");
}

bool pyrec_decode_exit(struct slice body, struct rec_exit *gone, struct err *err)
{
    struct cursor c = cursor_of(body);
    *gone = (struct rec_exit){.process = cursor_varint32(&c)};
    gone->time = cursor_varint(&c);
    gone->status = get_int32(&c);
    return cursor_done(&c) ? pyrec_check_exit(gone, err) : malformed(err, "EXIT");
}

bool pyrec_decode_source(struct slice body, struct rec_source *source, struct err *err)
{
    struct cursor c = cursor_of(body);
    *source = (struct rec_source){0};
    cursor_copy(&c, source->hash, REC_HASH_SIZE);
    source->total = cursor_varint32(&c);
    source->offset = cursor_varint32(&c);
    source->bytes = cursor_bytes(&c, cursor_left(&c));
    if (!cursor_done(&c))
        return malformed(err, "SOURCE");
    return pyrec_check_source(source, err);
}

bool pyrec_decode_end(struct slice body, struct rec_end *end, struct err *err)
{
    struct cursor c = cursor_of(body);
    *end = (struct rec_end){.time = cursor_varint(&c)};
    end->reason = cursor_varint32(&c);
    end->status = get_int32(&c);
    end->wakes = cursor_varint(&c);
    end->read = cursor_varint(&c);
    end->dropped = cursor_varint(&c);
    end->cpu_ns = cursor_varint(&c);
    return cursor_done(&c) ? pyrec_check_end(end, err) : malformed(err, "END");
}
