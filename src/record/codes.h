/* codes.h: code objects as numbers.
 *
 * An address alone does not identify a code object: freed ones are reused at once. So the table keeps, with the
 * address, a signature of what the object holds (a number that no other object gets, from 3.12 on; before, also a look
 * into its strings, since all pointers may be the same), and codes_check compares it again, for every stack: a frame
 * that is where it was may be another call, of another code object (a loop that compiles and runs uses one address for
 * all). What is new is read whole and pushed as EVENT_CODE at once, since it may be gone a moment later. Of fixed size;
 * when it is full it forgets all and numbers go on. */
#ifndef RECORD_CODES_H
#define RECORD_CODES_H

#include "src/record/events.h"
#include "src/record/pyabi.h"

enum { CODES_PARTS = 3 }; /* file name, qualified name, line table */

/* What is compared of a part: its length and the first n bytes that follow it after so many. */
struct codes_part {
    uint16_t skip, n;
};

struct codes_entry {
    uint64_t address; /* 0: free */
    uint64_t signature;
    uint32_t id;
    uint32_t round; /* in which it was due last */
    struct codes_part parts[CODES_PARTS];
    uint64_t content; /* hash of the parts; 0: the signature says it all */
};

struct codes {
    struct codes_entry *slots; /* owned */
    uint32_t n, mask;
    uint32_t next_id;
    uint32_t round;
    uint8_t *strings; /* owned; room to read a code object's parts */
};

MUST_CHECK bool codes_init(struct codes *t, struct err *err);
void codes_fini(struct codes *t);
/* A new image: numbers start again. */
void codes_reset(struct codes *t);

/* What is known of the code object at an address without looking at it: NULL when nothing is. */
const struct codes_entry *codes_known(const struct codes *t, uint64_t address);
/* Another stack: every code object is due again. */
void codes_next_round(struct codes *t);
/* Whether this one is known and has to be checked: true once a round. */
bool codes_due(struct codes *t, uint64_t address);
/* Compares n known code objects with what is known of them, in batched reads, and forgets those that changed. */
void codes_check(struct codes *t, const struct pyabi *abi, const struct remote *remote, const uint64_t *addresses,
                 uint32_t n);
/* The same of one, of which `code` (abi->code_span bytes) is a copy. False when that is not enough. */
bool codes_check_copy(struct codes *t, const struct pyabi *abi, uint64_t address, const uint8_t *code);
/* The number of the code object at an address, reading it if it is not known; 0 when it cannot be read or is not one,
 * or when the ring was full (*full). */
uint32_t codes_number(struct codes *t, const struct pyabi *abi, const struct remote *remote, uint64_t address,
                      struct events *events, bool *full);

#endif
