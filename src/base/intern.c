#include "config.h"

#include "src/base/intern.h"

#include <stdlib.h>

#include "src/base/buf.h"
#include "src/base/seed.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

void intern_fini(struct intern *t)
{
    arena_fini(&t->arena);
    free(t->items);
    free(t->slots);
    *t = (struct intern){0};
}

void intern_clear(struct intern *t)
{
    arena_reset(&t->arena);
    t->n = 0;
    if (t->slots != NULL)
        memset(t->slots, 0, ((size_t)t->mask + 1) * sizeof *t->slots);
}

static uint32_t first_slot(const struct intern *t, struct slice key)
{
    return (uint32_t)XXH3_64bits_withSeed(key.p, key.n, t->seed) & t->mask;
}

uint32_t intern_find(const struct intern *t, struct slice key)
{
    if (t->slots == NULL)
        return INTERN_NONE;
    for (uint32_t i = first_slot(t, key); t->slots[i] != 0; i = (i + 1) & t->mask) {
        if (slice_eq(t->items[t->slots[i] - 1], key))
            return t->slots[i] - 1;
    }
    return INTERN_NONE;
}

static void place(struct intern *t, uint32_t id)
{
    uint32_t i = first_slot(t, t->items[id]);
    while (t->slots[i] != 0)
        i = (i + 1) & t->mask;
    t->slots[i] = id + 1;
}

/* Doubles both tables; at most half of the slots are ever used. */
static bool grow(struct intern *t)
{
    uint32_t cap = t->cap == 0 ? 64 : t->cap * 2;
    if (cap > UINT32_MAX / 4)
        return false;
    struct slice *items = realloc(t->items, cap * sizeof *items);
    if (items == NULL)
        return false;
    t->items = items;
    uint32_t *slots = calloc((size_t)cap * 2, sizeof *slots);
    if (slots == NULL)
        return false;
    if (t->slots == NULL)
        t->seed = seed_new();
    free(t->slots);
    t->slots = slots;
    t->cap = cap;
    t->mask = cap * 2 - 1;
    for (uint32_t id = 0; id < t->n; id++)
        place(t, id);
    return true;
}

bool intern_put(struct intern *t, struct slice key, uint32_t *id, bool *fresh, struct err *err)
{
    uint32_t found = intern_find(t, key);
    if (fresh != NULL)
        *fresh = found == INTERN_NONE;
    if (found == INTERN_NONE) {
        if (t->n == t->cap && !grow(t))
            return err_nomem(err);
        struct slice copy = arena_copy(&t->arena, key);
        if (copy.p == NULL)
            return err_nomem(err);
        found = t->n++;
        t->items[found] = copy;
        place(t, found);
    }
    *id = found;
    return true;
}

bool intern_put_kind(struct intern *t, uint8_t kind, struct slice value, bool *fresh, struct err *err)
{
    struct buf key = {0};
    uint32_t id;
    buf_u8(&key, kind);
    buf_slice(&key, value);
    const bool ok = buf_ok(&key) ? intern_put(t, buf_view(&key), &id, fresh, err) : err_nomem(err);
    buf_fini(&key);
    return ok;
}
