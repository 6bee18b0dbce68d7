#include "config.h"

#include "src/record/nodemap.h"

#include "src/base/array.h"

#include <assert.h>
#include <stdlib.h>

struct nodemap_node {
    uint32_t parent, code, offset; /* the sampler's */
    uint32_t epoch;                /* in which it has … */
    uint32_t number;               /* … this number; 0: in none */
    uint32_t above;                /* while the way to the root is followed: the node that was come from */
};

void nodemap_fini(struct nodemap *m)
{
    free(m->nodes);
    *m = (struct nodemap){0};
}

bool nodemap_add(struct nodemap *m, const struct event_node *node, struct err *err)
{
    assert(node->node == m->n + 1 && node->parent <= m->n);
    if (!array_reserve(&m->nodes, &m->cap, (uint64_t)m->n + 1, sizeof *m->nodes, err))
        return false;
    m->nodes[m->n++] = (struct nodemap_node){.parent = node->parent, .code = node->code, .offset = node->offset};
    return true;
}

void nodemap_forget(struct nodemap *m)
{
    m->n = 0;
}

static bool is_known(const struct nodemap *m, const struct nodemap_node *node)
{
    return node->number != 0 && node->epoch == m->epoch;
}

bool nodemap_use(struct nodemap *m, uint32_t epoch, uint32_t node, const struct nodemap_sink *sink, uint32_t *number,
                 struct err *err)
{
    assert(node <= m->n);
    if (m->epoch != epoch) {
        m->epoch = epoch;
        m->used = 0;
    }
    uint32_t above = 0;
    while (node != 0 && !is_known(m, &m->nodes[node - 1])) {
        m->nodes[node - 1].above = above;
        above = node;
        node = m->nodes[node - 1].parent;
    }
    *number = node == 0 ? 0 : m->nodes[node - 1].number;
    for (; above != 0; above = m->nodes[above - 1].above) {
        struct nodemap_node *next = &m->nodes[above - 1];
        const struct event_node row = {m->used + 1, *number, next->code, next->offset};
        if (!sink->define(sink->self, &row, err))
            return false;
        next->epoch = epoch;
        next->number = *number = ++m->used;
    }
    return true;
}
