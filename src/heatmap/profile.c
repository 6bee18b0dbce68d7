#include "config.h"

#include "src/heatmap/profile.h"

#include <stdlib.h>

#include "src/base/array.h"
#include "src/base/intern.h"

/* What only merging needs. Files, codes and nodes are numbered anew in every epoch; the maps lead from there to the
 * profile's own numbers, and hold only what the current epoch has defined. */
struct profile_merge {
    struct sink sink;
    struct intern file_keys; /* number in it = index of profile.files */
    struct intern code_keys;
    struct intern root_keys;
    uint32_t epoch;  /* counted from 1 */
    uint32_t *files; /* owned; of the epoch: index of profile.files, plus 1 */
    uint32_t n_files, files_cap;
    uint32_t *codes; /* owned; of the epoch, from REC_CODE_FIRST: code of the tree; 0: not defined */
    uint32_t n_codes, codes_cap;
    uint64_t n_nodes;   /* of all processes' maps, since those were emptied */
    uint64_t n_threads; /* the sum of processes' n_threads */
    bool counts[REC_STATE_MAX + 1];
    uint8_t cell_states[REC_STATE_MAX + 1]; /* enum cell_state */
};
enum {
    KEPT_NODES = 1 << 20,
    STAGE = 64, /* rows whose cells are fetched before they are needed */
    AHEAD = 16, /* rows that a weight is fetched before it is needed */
};

double profile_recovered(const struct profile *p)
{
    const uint64_t read = p->wall + p->lost;
    return p->damaged_weight == 0 ? 1 : (double)read / (double)(read + p->damaged_weight);
}

bool profile_counts(enum basis basis, unsigned state)
{
    switch (basis) {
    case BASIS_WALL:
        return true;
    case BASIS_GIL:
        return (state & REC_STATE_GIL) != 0;
    default:
        return (state & (REC_STATE_CPU | REC_STATE_GIL | REC_STATE_UNKNOWN)) != 0;
    }
}

/* A reader checks what it pushes; this keeps a mistake of one from becoming a wild write here. */
static bool undefined(struct err *err, const char *what, uint32_t number)
{
    return err_set(err, ERR_CORRUPT, "%s %u is used and not defined", what, number);
}

static bool keep(struct profile *p, struct slice *s, struct err *err)
{
    if (p->arena.total > PROFILE_MAX_BYTES)
        return err_set(err, ERR_LIMIT, "more than %llu GB of names and tables", PROFILE_MAX_BYTES >> 30);
    *s = arena_copy(&p->arena, *s);
    return s->p != NULL || err_nomem(err);
}

/* The same as before is not kept twice: definitions come again in every epoch. */
static bool keep_or(struct profile *p, struct slice *s, struct slice old, struct err *err)
{
    if (!slice_eq(*s, old))
        return keep(p, s, err);
    *s = old;
    return true;
}

static bool keep_all(struct profile *p, const struct slice *from, uint32_t n, struct slice **to, struct err *err)
{
    *to = arena_calloc(&p->arena, n, sizeof **to);
    if (*to == NULL)
        return err_nomem(err);
    for (uint32_t i = 0; i < n; i++) {
        (*to)[i] = from[i];
        if (!keep(p, &(*to)[i], err))
            return false;
    }
    return true;
}

static struct profile_process *process_of(struct profile *p, uint32_t number, struct err *err)
{
    if (number == 0 || number > p->n_processes || !p->processes[number - 1].known) {
        (void)undefined(err, "process", number);
        return NULL;
    }
    return &p->processes[number - 1];
}

static void reached(struct profile *p, struct profile_process *process, uint64_t time)
{
    if (process->last < time)
        process->last = time;
    if (p->duration < time)
        p->duration = time;
}

/* --- definitions ------------------------------------------------------------------------------------------------ */

static bool on_header(void *self, const struct rec_header *header, struct err *err)
{
    struct profile *p = self;
    if (p->has_header)
        return true;
    p->header = *header;
    p->has_header = true;
    return keep(p, &p->header.recorder, err);
}

static bool on_epoch(void *self, struct err *err)
{
    struct profile *p = self;
    (void)err;
    p->merge->n_files = 0;
    p->merge->n_codes = 0;
    p->merge->epoch++;
    /* Maps are kept from epoch to epoch, but not all of those that were ever wanted. */
    if (p->merge->n_nodes <= KEPT_NODES)
        return true;
    for (uint32_t i = 0; i < p->n_processes; i++) {
        free(p->processes[i].nodes);
        p->processes[i].nodes = NULL;
        p->processes[i].n_nodes = p->processes[i].nodes_cap = 0;
    }
    p->merge->n_nodes = 0;
    return true;
}

static bool on_host(void *self, const struct rec_host *host, struct err *err)
{
    struct profile *p = self;
    if (p->has_host)
        return true;
    p->host = *host;
    p->has_host = true;
    return keep(p, &p->host.kernel, err) && keep(p, &p->host.machine, err) && keep(p, &p->host.cpu_model, err) &&
           keep(p, &p->host.libc, err) && keep(p, &p->host.container, err);
}

static bool on_process(void *self, const struct rec_process *process, struct err *err)
{
    struct profile *p = self;
    if (process->id == 0)
        return undefined(err, "process", 0);
    if (!array_reserve(&p->processes, &p->processes_cap, process->id, sizeof *p->processes, err))
        return false;
    if (p->n_processes < process->id)
        p->n_processes = process->id;
    struct profile_process *mine = &p->processes[process->id - 1];
    const struct rec_process old = mine->rec;
    mine->known = true;
    mine->rec = *process; /* it may come again: the last word holds */
    reached(p, mine, process->started);
    return keep_or(p, &mine->rec.python_build, old.python_build, err) &&
           keep_or(p, &mine->rec.executable, old.executable, err) && keep_or(p, &mine->rec.cwd, old.cwd, err) &&
           keep_or(p, &mine->rec.root, old.root, err);
}

static bool on_argv(void *self, const struct rec_argv *argv, struct err *err)
{
    struct profile *p = self;
    struct profile_process *process = process_of(p, argv->process, err);
    if (process == NULL || process->argv != NULL)
        return process != NULL;
    process->argc = argv->n;
    return keep_all(p, argv->args, argv->n, &process->argv, err);
}

static bool on_env(void *self, const struct rec_env *env, struct err *err)
{
    struct profile *p = self;
    struct profile_process *process = process_of(p, env->process, err);
    if (process == NULL || process->env_names != NULL)
        return process != NULL;
    process->env_n = env->n;
    return keep_all(p, env->names, env->n, &process->env_names, err) &&
           keep_all(p, env->values, env->n, &process->env_values, err);
}

static bool on_root(void *self, const struct rec_root *root, struct err *err)
{
    struct profile *p = self;
    struct profile_process *process = process_of(p, root->process, err);
    if (process == NULL)
        return false;
    struct buf key = {0};
    buf_u32(&key, root->process);
    buf_u32(&key, root->kind);
    buf_slice(&key, root->path);
    uint32_t id;
    bool fresh = false;
    bool ok = (buf_ok(&key) || err_nomem(err)) && intern_put(&p->merge->root_keys, buf_view(&key), &id, &fresh, err);
    buf_fini(&key);
    if (!ok || !fresh)
        return ok;
    if (process->n_roots == PROFILE_MAX_ROOTS)
        return true;
    if (!array_reserve(&process->roots, &process->roots_cap, (uint64_t)process->n_roots + 1, sizeof *process->roots,
                       err))
        return false;
    struct module_root *mine = &process->roots[process->n_roots++];
    *mine = (struct module_root){root->kind, root->path};
    return keep(p, &mine->path, err);
}

static bool on_thread(void *self, const struct rec_thread *thread, struct err *err)
{
    struct profile *p = self;
    struct profile_process *process = process_of(p, thread->process, err);
    if (process == NULL)
        return false;
    if (thread->id == 0)
        return undefined(err, "thread", 0);
    if (thread->id > process->n_threads && thread->id - process->n_threads > PROFILE_MAX_THREADS - p->merge->n_threads)
        return err_set(err, ERR_LIMIT, "more than %u threads", PROFILE_MAX_THREADS);
    if (!array_reserve(&process->threads, &process->threads_cap, thread->id, sizeof *process->threads, err))
        return false;
    if (process->n_threads < thread->id) {
        p->merge->n_threads += thread->id - process->n_threads;
        process->n_threads = thread->id;
    }
    struct profile_thread *mine = &process->threads[thread->id - 1];
    mine->known = true;
    mine->tid = thread->tid;
    mine->interpreter = thread->interpreter;
    if (thread->name.n == 0 || slice_eq(mine->name, thread->name))
        return true;
    mine->name = thread->name;
    return keep(p, &mine->name, err);
}

/* Two names of one file are one; a name that led to no file stands for itself. */
static bool file_key(struct buf *key, const struct rec_file *file)
{
    buf_u8(key, file->path.n > 0);
    if (file->path.n > 0) {
        buf_u64(key, file->device);
        buf_u64(key, file->inode);
        buf_slice(key, file->path);
    } else {
        buf_slice(key, file->name);
    }
    return buf_ok(key);
}

static bool has_more(const struct rec_file *file, const struct rec_file *than)
{
    return file->source == REC_SOURCE_SEEN && than->source != REC_SOURCE_SEEN;
}

static bool merge_file(struct profile *p, const struct rec_file *file, uint32_t id, bool fresh, struct err *err)
{
    if (!array_reserve(&p->files, &p->files_cap, (uint64_t)id + 1, sizeof *p->files, err))
        return false;
    struct profile_file *mine = &p->files[id];
    if (!fresh && file->source == REC_SOURCE_SEEN && mine->rec.source == REC_SOURCE_SEEN &&
        memcmp(file->hash, mine->rec.hash, REC_HASH_SIZE) != 0)
        mine->rewritten = true;
    if (!fresh && !has_more(file, &mine->rec)) {
        if (slice_cmp(file->name, mine->rec.name) < 0) {
            mine->rec.name = file->name;
            return keep(p, &mine->rec.name, err);
        }
        return true;
    }
    struct slice name = fresh || slice_cmp(file->name, mine->rec.name) < 0 ? file->name : mine->rec.name;
    mine->rec = *file;
    mine->rec.name = name;
    return keep(p, &mine->rec.name, err) && keep(p, &mine->rec.path, err);
}

static bool on_file(void *self, const struct rec_file *file, struct err *err)
{
    struct profile *p = self;
    struct profile_merge *m = p->merge;
    if (file->id == 0 || process_of(p, file->process, err) == NULL)
        return undefined(err, "file", 0);
    struct buf key = {0};
    uint32_t id = 0;
    bool fresh;
    bool ok = (file_key(&key, file) || err_nomem(err)) && intern_put(&m->file_keys, buf_view(&key), &id, &fresh, err);
    buf_fini(&key);
    if (ok && id >= PROFILE_MAX_FILES)
        return err_set(err, ERR_LIMIT, "more than %u files", PROFILE_MAX_FILES);
    if (!ok || !merge_file(p, file, id, fresh, err) ||
        !array_reserve(&m->files, &m->files_cap, file->id, sizeof *m->files, err))
        return false;
    p->n_files = m->file_keys.n;
    while (m->n_files < file->id)
        m->files[m->n_files++] = 0;
    m->files[file->id - 1] = id + 1;
    return true;
}

static bool merge_code(struct profile *p, const struct rec_code *code, uint32_t file, uint32_t id, struct err *err)
{
    if (!array_reserve(&p->codes, &p->codes_cap, (uint64_t)id + 1, sizeof *p->codes, err))
        return false;
    p->n_codes = p->merge->code_keys.n;
    struct profile_code *mine = &p->codes[id];
    *mine = (struct profile_code){.file = file,
                                  .python = code->python,
                                  .first_line = code->first_line,
                                  .flags = code->flags,
                                  .units = code->units,
                                  .first_traceable = code->first_traceable,
                                  .name = code->name,
                                  .qualname = code->qualname,
                                  .line_table = code->line_table};
    return keep(p, &mine->name, err) && keep(p, &mine->qualname, err) && keep(p, &mine->line_table, err);
}

static bool on_code(void *self, const struct rec_code *code, struct err *err)
{
    struct profile *p = self;
    struct profile_merge *m = p->merge;
    if (code->id < REC_CODE_FIRST)
        return undefined(err, "code", code->id);
    if (code->file == 0 || code->file > m->n_files || m->files[code->file - 1] == 0)
        return undefined(err, "file", code->file);
    /* The hash covers the file's name, not which file that is. */
    struct {
        uint8_t hash[REC_HASH_SIZE];
        uint32_t file;
    } key = {.file = m->files[code->file - 1] - 1};
    memcpy(key.hash, code->hash, REC_HASH_SIZE);
    uint32_t id, number = code->id - REC_CODE_FIRST;
    bool fresh;
    if (m->code_keys.n > PROFILE_MAX_CODES)
        return err_set(err, ERR_LIMIT, "more than %u code objects", PROFILE_MAX_CODES);
    if (!intern_put(&m->code_keys, slice_of(&key, sizeof key), &id, &fresh, err) ||
        (fresh && !merge_code(p, code, key.file, id, err)) ||
        !array_reserve(&m->codes, &m->codes_cap, (uint64_t)number + 1, sizeof *m->codes, err))
        return false;
    while (m->n_codes <= number)
        m->codes[m->n_codes++] = 0;
    m->codes[number] = REC_CODE_FIRST + id;
    return true;
}

/* Forgets the node numbers of an earlier epoch. Number 0 is the root, here and in the tree. */
static bool begin_nodes(const struct profile *p, struct profile_process *process, struct err *err)
{
    if (process->nodes_epoch == p->merge->epoch && process->n_nodes > 0)
        return true;
    if (!array_reserve(&process->nodes, &process->nodes_cap, 1, sizeof *process->nodes, err))
        return false;
    process->nodes_epoch = p->merge->epoch;
    process->nodes[0] = 0;
    process->n_nodes = 1;
    return true;
}

static bool on_nodes(void *self, const struct rec_nodes *nodes, struct err *err)
{
    struct profile *p = self;
    const struct profile_merge *m = p->merge;
    struct profile_process *process = process_of(p, nodes->process, err);
    if (process == NULL || !begin_nodes(p, process, err))
        return false;
    if (nodes->first != process->n_nodes)
        return undefined(err, "node", process->n_nodes);
    if (!array_reserve(&process->nodes, &process->nodes_cap, (uint64_t)process->n_nodes + nodes->n,
                       sizeof *process->nodes, err))
        return false;
    for (uint32_t i = 0; i < nodes->n; i++) {
        uint32_t parent = nodes->parent[i], code = nodes->code[i];
        if (parent >= process->n_nodes)
            return undefined(err, "node", parent);
        if (code >= REC_CODE_FIRST) {
            uint32_t number = code - REC_CODE_FIRST;
            if (number >= m->n_codes || m->codes[number] == 0)
                return undefined(err, "code", code);
            code = m->codes[number];
        }
        struct tree_node node = {process->nodes[parent], code, nodes->offset[i]};
        if (!tree_put(&p->tree, node, &process->nodes[process->n_nodes], err))
            return false;
        process->n_nodes++;
    }
    p->merge->n_nodes += nodes->n;
    return p->tree.n <= PROFILE_MAX_NODES || err_set(err, ERR_LIMIT, "more than %u distinct stacks", PROFILE_MAX_NODES);
}

/* --- counts ------------------------------------------------------------------------------------------------------ */

static uint8_t cell_state_of(unsigned state)
{
    return profile_counts(BASIS_GIL, state) ? CELL_GIL : profile_counts(BASIS_ACTIVE, state) ? CELL_ACTIVE : CELL_WALL;
}

/* Numbers the threads of the samples. */
static bool threads_have_cells(struct profile *p, struct profile_process *process, const struct rec_samples *s)
{
    for (uint32_t i = 0; i < s->n; i++) {
        struct profile_thread *t = &process->threads[s->thread[i] - 1];
        if (t->in_cells == 0)
            t->in_cells = ++p->cells_threads;
    }
    return p->cells_threads <= CELLS_MAX_THREADS;
}

static uint64_t key_of(const struct profile *p, const struct profile_process *process, const struct rec_samples *s,
                       uint32_t i)
{
    return cell_key(process->nodes[s->node[i]], process->threads[s->thread[i] - 1].in_cells - 1,
                    p->merge->cell_states[s->state[i] & REC_STATE_MAX], s->quality[i] != REC_EXACT);
}

static bool gather_cells(struct profile *p, struct profile_process *process, const struct rec_samples *s,
                         struct err *err)
{
    uint64_t keys[STAGE];
    if (!threads_have_cells(p, process, s))
        cells_drop(p->cells);
    for (uint32_t from = 0, n; from < s->n && !p->cells->dropped; from += n) {
        n = s->n - from < STAGE ? s->n - from : STAGE;
        for (uint32_t i = 0; i < n; i++) {
            keys[i] = key_of(p, process, s, from + i);
            cells_await(p->cells, keys[i], s->time[from + i]);
        }
        for (uint32_t i = 0, k = from; i < n; i++, k++)
            cells_add(p->cells, keys[i], s->time[k], s->span[k], s->repeat[k] + 1, s->weight[k]);
    }
    return !p->cells->failed || err_nomem(err);
}

static bool all_defined(const struct profile_process *process, const struct rec_samples *s, struct err *err)
{
    for (uint32_t i = 0; i < s->n; i++) {
        if (s->node[i] >= process->n_nodes)
            return undefined(err, "node", s->node[i]);
        if (s->thread[i] == 0 || s->thread[i] > process->n_threads)
            return undefined(err, "thread", s->thread[i]);
    }
    return true;
}

static bool on_samples(void *self, const struct rec_samples *s, struct err *err)
{
    struct profile *p = self;
    const bool *counts = p->merge->counts;
    struct profile_process *process = process_of(p, s->process, err);
    if (process == NULL || !begin_nodes(p, process, err) || !all_defined(process, s, err))
        return false;
    const uint32_t *nodes = process->nodes;
    uint64_t counted = 0, trimmed = 0, repeated = 0, wall = 0, last = 0;
    for (uint32_t i = 0; i < s->n; i++) {
        if (s->n - i > AHEAD) /* weights lie all over the memory */
            __builtin_prefetch(&p->tree.weights[nodes[s->node[i + AHEAD]]], 1);
        uint64_t once = s->weight[i], all = once * (1 + (uint64_t)s->repeat[i]);
        uint64_t end = s->time[i] + s->span[i];
        bool is_trimmed = s->quality[i] != REC_EXACT;
        struct profile_thread *t = &process->threads[s->thread[i] - 1];
        wall += all;
        t->wall += all;
        last = end > last ? end : last;
        p->rows_trimmed += is_trimmed;
        if (!counts[s->state[i] & REC_STATE_MAX])
            continue;
        struct tree_weight *w = &p->tree.weights[nodes[s->node[i]]];
        w->all += all;
        w->trimmed += is_trimmed ? all : 0;
        t->samples += all;
        counted += all;
        trimmed += is_trimmed ? all : 0;
        repeated += all - once;
        timeline_add(&p->timeline, TIMELINE_SAMPLES, s->time[i], s->span[i], s->repeat[i] + 1, once);
    }
    p->n += counted;
    p->trimmed += trimmed;
    p->repeated += repeated;
    p->wall += wall;
    p->rows_read += s->n;
    process->samples += counted;
    reached(p, process, last);
    /* Every later sum is at most this one. */
    if (p->wall > PROFILE_MAX_WEIGHT)
        return err_set(err, ERR_LIMIT, "more than 2^53 ticks of samples");
    return p->cells == NULL || gather_cells(p, process, s, err);
}

static bool on_ticks(void *self, const struct rec_ticks *ticks, struct err *err)
{
    struct profile *p = self;
    struct profile_process *process = process_of(p, ticks->process, err);
    if (process == NULL)
        return false;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < ticks->n; i++) {
        uint8_t state = ticks->state[i];
        if (state >= REC_TICK_STATES)
            state = REC_TICK_UNKNOWN;
        process->ticks[state] += ticks->ticks[i];
        p->ticks[state] += ticks->ticks[i];
        timeline_add(&p->timeline, state, ticks->time[i], ticks->span[i], ticks->ticks[i], 1);
        reached(p, process, ticks->time[i] + ticks->span[i]);
    }
    for (unsigned state = 0; state < REC_TICK_STATES; state++)
        sum += p->ticks[state];
    return sum <= PROFILE_MAX_WEIGHT || err_set(err, ERR_LIMIT, "more than 2^53 ticks");
}

static bool on_losses(void *self, const struct rec_losses *losses, struct err *err)
{
    struct profile *p = self;
    struct profile_process *process = process_of(p, losses->process, err);
    if (process == NULL)
        return false;
    for (uint32_t i = 0; i < losses->n; i++) {
        p->lost += losses->ticks[i];
        p->rows_lost += losses->reason[i] == REC_LOSS_READ || losses->reason[i] == REC_LOSS_FULL;
        reached(p, process, losses->time[i]);
    }
    return p->lost <= PROFILE_MAX_WEIGHT || err_set(err, ERR_LIMIT, "more than 2^53 ticks lost");
}

/* --- the rest ---------------------------------------------------------------------------------------------------- */

static bool on_gone(void *self, const struct rec_exit *gone, struct err *err)
{
    struct profile *p = self;
    struct profile_process *process = process_of(p, gone->process, err);
    if (process == NULL)
        return false;
    process->exited = true;
    process->gone = *gone;
    reached(p, process, gone->time);
    return true;
}

static bool on_source(void *self, const struct rec_source *piece, struct err *err)
{
    struct profile *p = self;
    return texts_add(&p->texts, piece, err);
}

static bool on_note(void *self, struct slice markdown, struct err *err)
{
    struct profile *p = self;
    if (markdown.n > PROFILE_MAX_NOTES - p->notes.n)
        return err_set(err, ERR_LIMIT, "more than %u MB of notes", PROFILE_MAX_NOTES >> 20);
    if (p->notes.n > 0)
        buf_str(&p->notes, "\n\n");
    buf_slice(&p->notes, markdown);
    return buf_ok(&p->notes) || err_nomem(err);
}

static bool on_end(void *self, const struct rec_end *end, struct err *err)
{
    struct profile *p = self;
    (void)err;
    p->ended = true;
    p->end = *end;
    if (p->duration < end->time)
        p->duration = end->time;
    return true;
}

static bool on_damage(void *self, const struct damage *damage, struct err *err)
{
    struct profile *p = self;
    if (__builtin_add_overflow(p->damaged_weight, damage->weight, &p->damaged_weight))
        p->damaged_weight = UINT64_MAX; /* what a head says may be anything */
    if (p->n_damages == PROFILE_MAX_DAMAGES)
        return true;
    if (!array_reserve(&p->damages, &p->damages_cap, (uint64_t)p->n_damages + 1, sizeof *p->damages, err))
        return false;
    p->damages[p->n_damages++] = *damage;
    return true;
}

struct profile *profile_new(enum basis basis, struct err *err)
{
    struct profile *p = calloc(1, sizeof *p);
    struct profile_merge *m = calloc(1, sizeof *m);
    if (p == NULL || m == NULL || !tree_init(&p->tree, err)) {
        free(p);
        free(m);
        (void)err_nomem(err);
        return NULL;
    }
    p->basis = basis;
    p->merge = m;
    for (unsigned state = 0; state <= REC_STATE_MAX; state++) {
        m->counts[state] = profile_counts(basis, state);
        m->cell_states[state] = cell_state_of(state);
    }
    m->sink = (struct sink){.self = p,
                            .header = on_header,
                            .epoch = on_epoch,
                            .host = on_host,
                            .process = on_process,
                            .argv = on_argv,
                            .env = on_env,
                            .root = on_root,
                            .thread = on_thread,
                            .file = on_file,
                            .code = on_code,
                            .nodes = on_nodes,
                            .samples = on_samples,
                            .ticks = on_ticks,
                            .losses = on_losses,
                            .exit = on_gone,
                            .source = on_source,
                            .note = on_note,
                            .end = on_end,
                            .damage = on_damage};
    return p;
}

bool profile_keep_cells(struct profile *p, struct err *err)
{
    p->cells = calloc(1, sizeof *p->cells);
    return p->cells == NULL ? err_nomem(err) : cells_init(p->cells, err);
}

void profile_free(struct profile *p)
{
    if (p == NULL)
        return;
    for (uint32_t i = 0; i < p->n_processes; i++) {
        free(p->processes[i].roots);
        free(p->processes[i].threads);
        free(p->processes[i].nodes);
    }
    intern_fini(&p->merge->file_keys);
    intern_fini(&p->merge->code_keys);
    intern_fini(&p->merge->root_keys);
    free(p->merge->files);
    free(p->merge->codes);
    free(p->merge);
    free(p->processes);
    free(p->files);
    free(p->codes);
    free(p->damages);
    if (p->cells != NULL)
        cells_fini(p->cells);
    free(p->cells);
    tree_fini(&p->tree);
    texts_fini(&p->texts);
    buf_fini(&p->notes);
    arena_fini(&p->arena);
    free(p);
}

const struct sink *profile_sink(struct profile *p)
{
    return &p->merge->sink;
}

bool profile_read(struct profile *p, const struct format *format, const struct format_input *in, struct err *err)
{
    return format->read(in, profile_sink(p), err) || err_prefix(err, "%s", in->name);
}
