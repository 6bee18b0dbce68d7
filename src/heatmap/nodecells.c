#include "config.h"

#include "src/heatmap/nodecells.h"

#include <stdlib.h>

/* By number of cells: the thread of the model. */
static uint32_t *map_threads(const struct profile *p, struct arena *arena)
{
    uint32_t *thread_of = arena_calloc(arena, (size_t)p->cells_threads + 1, sizeof *thread_of), n = 0;
    for (uint32_t i = 0; thread_of != NULL && i < p->n_processes; i++) {
        const struct profile_process *process = &p->processes[i];
        for (uint32_t k = 0; process->known && k < process->n_threads; k++) {
            if (!process->threads[k].known)
                continue;
            if (process->threads[k].in_cells > 0)
                thread_of[process->threads[k].in_cells - 1] = n;
            n++; /* as run.c numbers them */
        }
    }
    return thread_of;
}

static bool link_children(struct node_cells *n, const struct tree *tree, struct arena *arena)
{
    n->child = arena_calloc(arena, tree->n, sizeof *n->child);
    n->sibling = arena_calloc(arena, tree->n, sizeof *n->sibling);
    for (uint32_t i = tree->n; n->child != NULL && n->sibling != NULL && i-- > 1;) {
        const uint32_t parent = tree->nodes[i].parent;
        n->sibling[i] = n->child[parent];
        n->child[parent] = i;
    }
    return n->child != NULL && n->sibling != NULL;
}

/* Parents are numbered before their children, so where a node begins is known when its children come. */
static bool lay_out(struct node_cells *n, const struct tree *tree, const struct cells *cells, struct arena *scratch)
{
    uint32_t *size = arena_calloc(scratch, tree->n, sizeof *size); /* with all that it leads to */
    if (size == NULL)
        return false;
    for (uint32_t i = 0; !cells->dropped && i <= cells->mask; i++) {
        if (cells->slots[i].weight != 0)
            n->of[cell_node(cells->slots[i].key)].own++;
    }
    for (uint32_t i = tree->n; i-- > 0;) {
        size[i] += n->of[i].own;
        if (i > 0)
            size[tree->nodes[i].parent] += size[i];
    }
    for (uint32_t i = 0; i < tree->n; i++) {
        struct node_range *parent = &n->of[tree->nodes[i].parent], *r = &n->of[i];
        r->begin = i == 0 ? 0 : parent->end;
        r->end = r->begin + r->own; /* and moves on as its children come */
        r->own = r->begin;          /* and moves on as its cells come */
        if (i > 0)
            parent->end += size[i];
    }
    return true;
}

static int by_key(const void *a, const void *b)
{
    const struct cell *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

static void fill(struct node_cells *n, const struct tree *tree, const struct cells *cells, const uint32_t *thread_of)
{
    for (uint32_t i = 0; !cells->dropped && i <= cells->mask; i++) {
        struct cell cell = cells->slots[i];
        if (cell.weight == 0)
            continue;
        const uint64_t bin = cell_bin(cell.key);
        n->n_bins = bin >= n->n_bins ? (uint32_t)bin + 1 : n->n_bins;
        cell.key = cell_key(cell_node(cell.key), thread_of[cell_thread(cell.key)], cell_state(cell.key),
                            cell_trimmed(cell.key)) |
                   bin;
        n->cells[n->of[cell_node(cell.key)].own++] = cell;
    }
    for (uint32_t i = 0; i < tree->n; i++) {
        const struct node_range *r = &n->of[i];
        if (r->own - r->begin > 1)
            qsort(n->cells + r->begin, r->own - r->begin, sizeof *n->cells, by_key);
    }
}

bool nodecells_take(struct node_cells *n, struct profile *p, struct arena *arena, struct err *err)
{
    struct cells *cells = p->cells;
    struct arena scratch = {0};
    cells_flush(cells);
    const uint32_t *thread_of = map_threads(p, &scratch);
    *n = (struct node_cells){.n = cells->n, .shift = cells->shift};
    n->of = arena_calloc(arena, p->tree.n, sizeof *n->of);
    n->cells = calloc((size_t)cells->n + 1, sizeof *n->cells);
    const bool ok = !cells->failed && thread_of != NULL && n->of != NULL && n->cells != NULL &&
                    link_children(n, &p->tree, arena) && lay_out(n, &p->tree, cells, &scratch);
    if (ok)
        fill(n, &p->tree, cells, thread_of);
    arena_fini(&scratch);
    cells_drop(cells);
    return ok || err_nomem(err);
}

void nodecells_fini(struct node_cells *n)
{
    free(n->cells);
    n->cells = NULL;
}

uint32_t nodecells_next(const struct node_cells *n, const struct tree *tree, uint32_t node, bool children)
{
    if (children && n->child[node] != 0)
        return n->child[node];
    while (node != 0 && n->sibling[node] == 0)
        node = tree->nodes[node].parent;
    return n->sibling[node];
}
