/* copies.h: where a thread's own copy of a function's bytecode begins.
 *
 * From 3.14 on, threads of a free-threaded build specialise copies of their own (co_tlbc, "thread-local bytecode";
 * index 0 is the code object's own). An instruction's address tells its position only with the copy's start, which is
 * two reads away: it is kept. An entry proves itself, since the instruction must lie within the copy, whose place
 * nobody else can have; but only while the code object at that address is the same one: whoever sees another calls
 * copies_forget. Source: Include/cpython/code.h, Objects/codeobject.c. */
#ifndef RECORD_COPIES_H
#define RECORD_COPIES_H

#include "src/record/pyabi.h"

#define COPIES_SLOTS 4096u

struct copies {
    struct copies_entry {
        uint64_t code, start;
        uint64_t units;
        uint32_t index;
    } * slots; /* owned */
};

MUST_CHECK bool copies_init(struct copies *c, struct err *err);
void copies_fini(struct copies *c);
void copies_forget(struct copies *c);

/* The start of the copy with this index, in which the instruction lies. 0: it lies in none, or cannot be read. */
uint64_t copies_start(struct copies *c, const struct pyabi *abi, const struct remote *remote, uint64_t code,
                      uint32_t index, uint64_t instruction);

#endif
