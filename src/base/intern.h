/* intern.h: byte strings to dense numbers.
 *
 * The same bytes get the same id; ids count from 0 in the order of first sight. The bytes are copied into the table's
 * own arena and live as long as it. Keys may be any bytes, so a fixed struct without padding is a key too. */
#ifndef BASE_INTERN_H
#define BASE_INTERN_H

#include "src/base/arena.h"
#include "src/base/err.h"

struct intern {
    struct arena arena;
    struct slice *items; /* owned; items[id] */
    uint32_t n;
    uint32_t cap;
    uint32_t *slots; /* owned; id + 1, or 0 */
    uint32_t mask;
    uint64_t seed; /* of the hash */
};

#define INTERN_NONE UINT32_MAX

void intern_fini(struct intern *t);
/* Forgets all, keeps the tables. */
void intern_clear(struct intern *t);
/* *fresh (may be NULL) tells whether the key was new. Fails only when out of memory. */
MUST_CHECK bool intern_put(struct intern *t, struct slice key, uint32_t *id, bool *fresh, struct err *err);
/* The same for a key that is a kind, one byte, and a value: equal values of two kinds are two keys. */
MUST_CHECK bool intern_put_kind(struct intern *t, uint8_t kind, struct slice value, bool *fresh, struct err *err);
/* INTERN_NONE when it was never put. */
uint32_t intern_find(const struct intern *t, struct slice key);

static inline struct slice intern_get(const struct intern *t, uint32_t id)
{
    return t->items[id];
}

#endif
