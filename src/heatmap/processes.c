/* Which processes and threads there were, as a tree by who started whom, with their samples; and the facts of the
 * recording. */
#include "config.h"

#include "src/heatmap/front.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/heatmap/html.h"

enum {
    ROWS_MAX = 1000,     /* processes and threads that are listed */
    DEPTH_MAX = 32,      /* deeper ones stand beside their parents */
    COMMAND_MAX = 10000, /* characters of a command */
};

struct list {
    const struct model *m;
    struct buf *out;
    uint32_t *first_child, *next; /* of processes; MODEL_NONE: no more */
    uint32_t *first_thread;       /* of each process and, behind the last, the end */
    uint32_t *first_env;          /* likewise */
    uint32_t rows;                /* listed so far */
};

static void fact(struct buf *out, const char *name, struct slice value)
{
    if (value.n == 0)
        return;
    buf_printf(out, "<dt>%s<dd>", name);
    html_cut(out, value, COMMAND_MAX);
    buf_str(out, "\n");
}

static void numbers(const struct list *l, uint64_t samples)
{
    buf_str(l->out, "<span>");
    html_count(l->out, samples);
    buf_str(l->out, "</span><span>");
    html_percent(l->out, samples, l->m->counts.n);
    buf_str(l->out, "</span>");
    front_bar(l->out, samples, samples, l->m->counts.n);
}

/* The threads of one process, most samples first. */
static int by_samples(const void *a, const void *b, void *threads)
{
    const uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
    const struct model_thread *x = (const struct model_thread *)threads + i;
    const struct model_thread *y = (const struct model_thread *)threads + k;
    if (x->samples != y->samples)
        return x->samples > y->samples ? -1 : 1;
    return (i > k) - (i < k);
}

static void thread_row(struct list *l, const struct model_thread *t)
{
    buf_str(l->out, "<p><span>");
    html_cut(l->out, t->name.n > 0 ? t->name : SLICE("a thread without a name"), FRONT_NAME_MAX);
    buf_printf(l->out, " <small>thread %" PRIu64, t->tid);
    if (t->interpreter != 0)
        buf_printf(l->out, ", interpreter %u", t->interpreter);
    if (l->m->basis == BASIS_ACTIVE && t->wall > 0) {
        buf_str(l->out, ", active for ");
        html_percent_word(l->out, t->samples, t->wall);
        buf_str(l->out, " % of its time");
    }
    buf_str(l->out, "</small></span>");
    numbers(l, t->samples);
    buf_str(l->out, "</p>\n");
}

static void threads(struct list *l, uint32_t process)
{
    const uint32_t first = l->first_thread[process], n = l->first_thread[process + 1] - first;
    uint32_t *order = malloc((n + 1) * sizeof *order);
    if (order == NULL) {
        l->out->failed = true;
        return;
    }
    for (uint32_t i = 0; i < n; i++)
        order[i] = first + i;
    qsort_r(order, n, sizeof *order, by_samples, l->m->threads);
    uint32_t i = 0;
    for (; i < n && l->rows < ROWS_MAX; i++, l->rows++)
        thread_row(l, &l->m->threads[order[i]]);
    if (i < n) {
        buf_str(l->out, "<p>and ");
        html_count_of(l->out, n - i, "more thread", "more threads");
        buf_str(l->out, "</p>\n");
    }
    free(order);
}

static void facts(const struct list *l, uint32_t process)
{
    const struct model *m = l->m;
    const struct model_process *p = &m->processes[process];
    struct buf line = {0};
    buf_str(l->out, "<dl>\n");
    front_command(p, &line);
    fact(l->out, "command", buf_view(&line));
    fact(l->out, "executable", p->executable);
    fact(l->out, "build", p->python_build);
    fact(l->out, "directory", p->cwd);
    for (uint32_t i = l->first_env[process]; i < l->first_env[process + 1]; i++) {
        buf_clear(&line);
        buf_slice(&line, m->env[i].name);
        buf_u8(&line, '=');
        buf_slice(&line, m->env[i].value);
        fact(l->out, "environment", buf_view(&line));
    }
    buf_str(l->out, "</dl>\n");
    l->out->failed |= line.failed;
    buf_fini(&line);
}

static double seconds(const struct model *m, uint64_t units)
{
    return (double)units * (double)m->header.time_unit_ns / 1e9;
}

static void open_process(struct list *l, uint32_t process, bool open)
{
    const struct model *m = l->m;
    const struct model_process *p = &m->processes[process];
    struct buf line = {0};
    front_command(p, &line);
    buf_printf(l->out, "<details%s><summary><span><b>", open ? " open" : "");
    html_cut(l->out, buf_view(&line), FRONT_NAME_MAX);
    buf_printf(l->out, "</b> <small>process %u, ", p->pid);
    html_count_of(l->out, l->first_thread[process + 1] - l->first_thread[process], "thread", "threads");
    if (p->ended > p->started) {
        buf_str(l->out, ", ");
        html_seconds(l->out, seconds(m, p->ended - p->started));
    }
    buf_str(l->out, "</small></span>");
    numbers(l, p->samples);
    buf_str(l->out, "</summary>\n");
    l->rows++;
    l->out->failed |= line.failed;
    buf_fini(&line);
    threads(l, process);
    facts(l, process);
}

/* In preorder. A chain of processes can be long: it is walked, not recursed into. */
static void processes(struct list *l, uint32_t roots)
{
    const struct model *m = l->m;
    uint32_t depth = 0, listed = 0;
    for (uint32_t at = roots; at != MODEL_NONE && l->rows < ROWS_MAX;) {
        open_process(l, at, listed == 0);
        listed++;
        if (l->first_child[at] != MODEL_NONE) {
            at = l->first_child[at];
            if (++depth > DEPTH_MAX)
                buf_str(l->out, "</details>\n");
            continue;
        }
        buf_str(l->out, "</details>\n");
        while (at != MODEL_NONE && l->next[at] == MODEL_NONE) {
            at = m->processes[at].parent < at ? m->processes[at].parent : MODEL_NONE;
            if (at != MODEL_NONE && depth-- <= DEPTH_MAX)
                buf_str(l->out, "</details>\n");
        }
        if (at != MODEL_NONE)
            at = l->next[at];
    }
    for (; depth > 0; depth--) {
        if (depth <= DEPTH_MAX)
            buf_str(l->out, "</details>\n");
    }
    if (listed < m->n_processes) {
        buf_str(l->out, "<p>and ");
        html_count_of(l->out, m->n_processes - listed, "more process", "more processes");
        buf_str(l->out, "</p>\n");
    }
}

/* Threads and environment come process by process. */
static void find_parts(const struct model *m, struct list *l)
{
    uint32_t thread = 0, env = 0;
    for (uint32_t i = 0; i <= m->n_processes; i++) {
        while (thread < m->n_threads && m->threads[thread].process < i)
            thread++;
        while (env < m->n_env && m->env[env].process < i)
            env++;
        l->first_thread[i] = thread;
        l->first_env[i] = env;
    }
}

/* A parent that comes after its child, as nonsense in a recording could have it, is none. Returns the first root. */
static uint32_t link_up(const struct model *m, struct list *l)
{
    uint32_t roots = MODEL_NONE;
    for (uint32_t i = m->n_processes; i-- > 0;) {
        const uint32_t parent = m->processes[i].parent;
        uint32_t *list = parent < i ? &l->first_child[parent] : &roots;
        l->next[i] = *list;
        *list = i;
    }
    return roots;
}

static void list_processes(const struct model *m, struct buf *out)
{
    const size_t n = (size_t)m->n_processes + 1;
    uint32_t *memory = malloc(4 * n * sizeof *memory);
    if (memory == NULL) {
        out->failed = true;
        return;
    }
    struct list l = {.m = m,
                     .out = out,
                     .first_child = memory,
                     .next = memory + n,
                     .first_thread = memory + 2 * n,
                     .first_env = memory + 3 * n};
    for (size_t i = 0; i < n; i++)
        l.first_child[i] = MODEL_NONE;
    find_parts(m, &l);
    buf_str(out, "<section class=\"processes rows\">\n<h2>Processes and threads</h2>\n<p aria-hidden=true><span></span>"
                 "<span>samples</span><span>share %</span></p>\n");
    processes(&l, link_up(m, &l));
    buf_str(out, "</section>\n");
    free(memory);
}

static void about(const struct model *m, struct buf *out)
{
    static const char *const bases[] = {
        [BASIS_ACTIVE] = "active: samples of threads that were on a CPU or held the GIL",
        [BASIS_WALL] = "wall: samples of all threads, whatever they did",
        [BASIS_GIL] = "gil: samples of threads that held the GIL",
    };
    char cpus[32];
    buf_str(out, "<section class=about>\n<details><summary>About this recording</summary>\n<dl>\n");
    fact(out, "recorder", m->header.recorder);
    fact(out, "counted", slice_str(bases[m->basis]));
    fact(out, "system", m->host.kernel);
    fact(out, "machine", m->host.machine);
    fact(out, "processor", m->host.cpu_model);
    (void)snprintf(cpus, sizeof cpus, "%u", m->host.cpus);
    fact(out, "processors online", m->host.cpus == 0 ? SLICE("") : slice_str(cpus));
    fact(out, "C library", m->host.libc);
    fact(out, "container", m->host.container);
    buf_str(out, "</dl>\n</details>\n</section>\n");
}

void front_processes(const struct model *m, struct buf *out)
{
    if (m->n_processes > 0)
        list_processes(m, out);
    about(m, out);
}
