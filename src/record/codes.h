/* codes.h: code objects as numbers.
 *
 * An address alone does not identify a code object: freed ones are reused at once. So the table keeps, with the
 * address, a signature of what the object holds, and codes_check compares it again. What is new is read whole and
 * pushed as EVENT_CODE at once, since it may be gone a moment later. Of fixed size; when it is full it forgets all and
 * numbers go on. */
#ifndef RECORD_CODES_H
#define RECORD_CODES_H

#include "src/record/events.h"
#include "src/record/pyabi.h"

struct codes_entry {
    uint64_t address; /* 0: free */
    uint64_t signature;
    uint32_t id;
    int32_t first_traceable;
};

struct codes {
    struct codes_entry *slots; /* owned */
    uint32_t n, mask;
    uint32_t next_id;
    uint8_t *strings; /* owned; room to read a code object's parts */
};

MUST_CHECK bool codes_init(struct codes *t, struct err *err);
void codes_fini(struct codes *t);
/* A new image: numbers start again. */
void codes_reset(struct codes *t);

/* What is known of the code object at an address without looking at it: NULL when nothing is. */
const struct codes_entry *codes_known(const struct codes *t, uint64_t address);
/* Compares n code objects at these addresses (0 is skipped) with what is known of them, in batched reads, and forgets
 * those that changed. */
void codes_check(struct codes *t, const struct pyabi *abi, const struct remote *remote, const uint64_t *addresses,
                 uint32_t n);
/* The number of the code object at an address, reading it if it is not known; 0 when it cannot be read or is not one,
 * or when the ring was full (*full). */
uint32_t codes_number(struct codes *t, const struct pyabi *abi, const struct remote *remote, uint64_t address,
                      struct events *events, bool *full);

#endif
