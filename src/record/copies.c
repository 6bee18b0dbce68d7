#include "config.h"

#include "src/record/copies.h"

#include <stdlib.h>
#include <string.h>

bool copies_init(struct copies *c, struct err *err)
{
    c->slots = calloc(COPIES_SLOTS, sizeof *c->slots);
    return c->slots != NULL || err_nomem(err);
}

void copies_fini(struct copies *c)
{
    free(c->slots);
    c->slots = NULL;
}

void copies_forget(struct copies *c)
{
    memset(c->slots, 0, COPIES_SLOTS * sizeof *c->slots);
}

static bool holds(const struct copies_entry *e, uint64_t instruction)
{
    return instruction >= e->start && instruction - e->start < e->units * 2;
}

/* struct _PyCodeArray: the number of entries, then the entries. */
static bool read_entry(struct copies_entry *e, const struct pyabi *a, const struct remote *remote)
{
    uint64_t array, n;
    return remote_u64(remote, e->code + a->code_units, &e->units) && e->units <= INT32_MAX &&
           remote_u64(remote, e->code + a->code_copies, &array) && array != 0 && remote_u64(remote, array, &n) &&
           e->index < n && remote_u64(remote, array + 8 + 8 * (uint64_t)e->index, &e->start) && e->start != 0;
}

uint64_t copies_start(struct copies *c, const struct pyabi *abi, const struct remote *remote, uint64_t code,
                      uint32_t index, uint64_t instruction)
{
    if (index == 0)
        return code + abi->code_bytecode;
    struct copies_entry *e = &c->slots[((code ^ index) * 0x9e3779b97f4a7c15u >> 40) % COPIES_SLOTS];
    if (e->code == code && e->index == index && holds(e, instruction))
        return e->start;
    *e = (struct copies_entry){.code = code, .index = index};
    if (read_entry(e, abi, remote) && holds(e, instruction))
        return e->start;
    *e = (struct copies_entry){0};
    return 0;
}
