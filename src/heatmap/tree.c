#include "config.h"

#include "src/heatmap/tree.h"

#include <assert.h>
#include <stdlib.h>

#include "src/base/array.h"
#include "src/base/seed.h"

bool tree_init(struct tree *t, struct err *err)
{
    *t = (struct tree){0};
    if (!array_reserve(&t->nodes, &t->cap, 1, sizeof *t->nodes, err) ||
        !array_reserve(&t->weights, &t->weights_cap, 1, sizeof *t->weights, err)) {
        tree_fini(t);
        return false;
    }
    t->n = 1;
    for (unsigned i = 0; i < sizeof t->factors / sizeof *t->factors; i++)
        t->factors[i] = seed_new() | 1;
    return true;
}

void tree_fini(struct tree *t)
{
    free(t->nodes);
    free(t->weights);
    free(t->slots);
    *t = (struct tree){0};
}

/* Multilinear: with random factors, two nodes meet no more often than chance has it, whoever chose them. */
static uint32_t first_slot(const struct tree *t, struct tree_node k)
{
    uint64_t h = t->factors[0] + t->factors[1] * k.parent + t->factors[2] * k.code + t->factors[3] * k.offset;
    return (uint32_t)(h >> 32) & t->mask;
}

static void place(struct tree *t, uint32_t id)
{
    uint32_t i = first_slot(t, t->nodes[id]);
    while (t->slots[i] != 0)
        i = (i + 1) & t->mask;
    t->slots[i] = id;
}

/* At most half of the slots are ever used. */
static bool grow_slots(struct tree *t, struct err *err)
{
    uint64_t slots = t->slots == NULL ? 1024 : 2 * ((uint64_t)t->mask + 1);
    if (slots > UINT32_MAX)
        return err_nomem(err);
    uint32_t *p = calloc(slots, sizeof *p);
    if (p == NULL)
        return err_nomem(err);
    free(t->slots);
    t->slots = p;
    t->mask = (uint32_t)slots - 1;
    for (uint32_t id = 1; id < t->n; id++)
        place(t, id);
    return true;
}

bool tree_put(struct tree *t, struct tree_node node, uint32_t *id, struct err *err)
{
    if ((t->slots == NULL || t->n > t->mask / 2) && !grow_slots(t, err))
        return false;
    assert(t->slots != NULL);
    for (uint32_t i = first_slot(t, node); t->slots[i] != 0; i = (i + 1) & t->mask) {
        const struct tree_node *k = &t->nodes[t->slots[i]];
        if (k->parent == node.parent && k->code == node.code && k->offset == node.offset) {
            *id = t->slots[i];
            return true;
        }
    }
    if (!array_reserve(&t->nodes, &t->cap, (uint64_t)t->n + 1, sizeof *t->nodes, err) ||
        !array_reserve(&t->weights, &t->weights_cap, (uint64_t)t->n + 1, sizeof *t->weights, err))
        return false;
    t->nodes[t->n] = node;
    *id = t->n++;
    place(t, *id);
    return true;
}
