#include "config.h"

#include "src/heatmap/run.h"

static void fill_process(const struct profile *p, const uint32_t *index_of, uint32_t i, struct model_process *out)
{
    const struct profile_process *from = &p->processes[i];
    uint32_t parent = from->rec.parent;
    bool has_parent = parent != 0 && parent <= p->n_processes && p->processes[parent - 1].known;
    *out = (struct model_process){.id = from->rec.id,
                                  .pid = from->rec.pid,
                                  .ppid = from->rec.ppid,
                                  .python = from->rec.python,
                                  .free_threaded = (from->rec.flags & REC_PROCESS_FREE_THREADED) != 0,
                                  .parent = has_parent ? index_of[parent - 1] : MODEL_NONE,
                                  .started = from->rec.started,
                                  .ended = from->exited ? from->gone.time : from->last,
                                  .python_build = from->rec.python_build,
                                  .executable = from->rec.executable,
                                  .cwd = from->rec.cwd,
                                  .argv = from->argv,
                                  .argc = from->argc,
                                  .samples = from->samples};
    memcpy(out->ticks, from->ticks, sizeof out->ticks);
}

static bool fill_processes(const struct profile *p, struct model *m)
{
    uint32_t *index_of = arena_calloc(&m->arena, p->n_processes, sizeof *index_of);
    if (index_of == NULL)
        return false;
    size_t threads = 0, env = 0;
    for (uint32_t i = 0; i < p->n_processes; i++) {
        index_of[i] = m->n_processes;
        if (!p->processes[i].known)
            continue;
        m->n_processes++;
        env += p->processes[i].env_n;
        for (uint32_t k = 0; k < p->processes[i].n_threads; k++)
            threads += p->processes[i].threads[k].known;
    }
    m->processes = arena_calloc(&m->arena, m->n_processes, sizeof *m->processes);
    m->threads = arena_calloc(&m->arena, threads, sizeof *m->threads);
    m->env = arena_calloc(&m->arena, env, sizeof *m->env);
    if (m->processes == NULL || m->threads == NULL || m->env == NULL)
        return false;
    for (uint32_t i = 0; i < p->n_processes; i++) {
        const struct profile_process *from = &p->processes[i];
        if (!from->known)
            continue;
        fill_process(p, index_of, i, &m->processes[index_of[i]]);
        for (uint32_t k = 0; k < from->n_threads; k++) {
            const struct profile_thread *t = &from->threads[k];
            if (t->known)
                m->threads[m->n_threads++] =
                    (struct model_thread){index_of[i], t->tid, t->interpreter, t->name, t->samples, t->wall};
        }
        for (uint32_t k = 0; k < from->env_n; k++)
            m->env[m->n_env++] = (struct model_env){index_of[i], from->env_names[k], from->env_values[k]};
    }
    return true;
}

static bool fill_bins(const struct profile *p, struct model *m)
{
    const struct timeline *t = &p->timeline;
    m->bin_width = UINT64_C(1) << t->shift;
    uint64_t n = (p->duration >> t->shift) + 1;
    m->n_bins = n < TIMELINE_BINS ? (uint32_t)n : TIMELINE_BINS;
    m->bins = arena_calloc(&m->arena, m->n_bins, sizeof *m->bins);
    for (uint32_t i = 0; m->bins != NULL && i < m->n_bins; i++) {
        memcpy(m->bins[i].ticks, t->bins[i], sizeof m->bins[i].ticks);
        m->bins[i].samples = t->bins[i][TIMELINE_SAMPLES];
    }
    return m->bins != NULL;
}

static void fill_counts(const struct profile *p, struct model_counts *c)
{
    c->n = p->n;
    c->exact = p->n - p->trimmed;
    c->trimmed = p->trimmed;
    c->lost = p->lost;
    c->repeated = p->repeated;
    c->rows_read = p->rows_read;
    c->rows_trimmed = p->rows_trimmed;
    c->rows_lost = p->rows_lost;
    c->wall = p->wall;
    memcpy(c->ticks, p->ticks, sizeof c->ticks);
}

bool run_of(const struct profile *p, struct model *m, struct err *err)
{
    m->header = p->header;
    m->host = p->host;
    m->basis = p->basis;
    m->duration = p->duration;
    m->ended = p->ended;
    m->end = p->end;
    m->damages = p->damages;
    m->n_damages = p->n_damages;
    m->recovered = profile_recovered(p);
    fill_counts(p, &m->counts);
    return (fill_processes(p, m) && fill_bins(p, m)) || err_nomem(err);
}
