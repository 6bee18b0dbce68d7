/* arena.h: memory that is released all at once.
 *
 * Zero-initialise; arena_fini releases everything. What is returned is aligned for any type and lives as long as the
 * arena, or until arena_reset. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "src/base/slice.h"

struct arena {
    struct arena_block *head; /* owned; newest first */
    size_t total;             /* bytes obtained from the system */
};

void arena_fini(struct arena *a);
/* Forgets all allocations, keeps one block for reuse: for scratch arenas. */
void arena_reset(struct arena *a);
/* NULL when out of memory. Not cleared. */
void *arena_alloc(struct arena *a, size_t n);
/* count × size, zeroed; NULL on overflow too. */
void *arena_calloc(struct arena *a, size_t count, size_t size);
/* A copy with a NUL behind it (not counted in n); p is NULL when out of memory. */
struct slice arena_copy(struct arena *a, struct slice s);

#endif
