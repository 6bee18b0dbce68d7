#include "config.h"

#include "src/record/nodes.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 2048 };

bool nodes_init(struct nodes *t, uint32_t max, struct err *err)
{
    uint32_t slots = FIRST_SLOTS;
    while (slots < max * 2)
        slots *= 2;
    *t = (struct nodes){.max = max, .mask = FIRST_SLOTS - 1, .slots_max = slots};
    t->keys = calloc(max, sizeof *t->keys);
    t->slots = calloc(slots, sizeof *t->slots);
    if (t->keys == NULL || t->slots == NULL) {
        nodes_fini(t);
        return err_nomem(err);
    }
    return true;
}

void nodes_fini(struct nodes *t)
{
    free(t->keys);
    free(t->slots);
    *t = (struct nodes){0};
}

void nodes_clear(struct nodes *t)
{
    if (t->n == 0)
        return; /* what was never touched takes no memory */
    t->n = 0;
    memset(t->slots, 0, ((size_t)t->mask + 1) * sizeof *t->slots);
    t->mask = FIRST_SLOTS - 1;
}

static uint32_t hash(struct node_key k)
{
    uint64_t h = ((uint64_t)k.parent << 32 | k.code) * 0x9e3779b97f4a7c15u;
    h = (h ^ h >> 29 ^ k.offset) * 0xbf58476d1ce4e5b9u;
    return (uint32_t)(h >> 32);
}

uint32_t nodes_find(const struct nodes *t, struct node_key key, uint32_t *slot)
{
    uint32_t i = hash(key) & t->mask;
    for (; t->slots[i] != 0; i = (i + 1) & t->mask) {
        const struct node_key *k = &t->keys[t->slots[i] - 1];
        if (k->parent == key.parent && k->code == key.code && k->offset == key.offset)
            return t->slots[i];
    }
    *slot = i;
    return 0;
}

static void spread(struct nodes *t)
{
    memset(t->slots, 0, ((size_t)t->mask + 1) * sizeof *t->slots);
    t->mask = t->mask * 2 + 1;
    for (uint32_t id = 1; id <= t->n; id++) {
        uint32_t i = hash(t->keys[id - 1]) & t->mask;
        while (t->slots[i] != 0)
            i = (i + 1) & t->mask;
        t->slots[i] = id;
    }
}

uint32_t nodes_add(struct nodes *t, struct node_key key, uint32_t slot)
{
    t->keys[t->n++] = key;
    t->slots[slot] = t->n;
    if (t->n * 2 > t->mask && t->mask < t->slots_max - 1)
        spread(t);
    return t->n;
}
