/* walk.h: a thread's Python stack, from its memory.
 *
 * Owns: following frames through the stack chunks, the thread state's copy, and the pages of whatever lies elsewhere:
 * generators' frames, entries from C on the C stack, up to 3.10 all frames. Knows no
 * version: offsets come from pyabi. Does not know whether the memory stood still: whoever calls it proves that, or
 * walks two copies and keeps what they have in common. Everything that the target drives is bounded. */
#ifndef RECORD_WALK_H
#define RECORD_WALK_H

#include "src/record/copies.h"
#include "src/record/pyabi.h"

#define WALK_MAX_FRAMES 2048
#define WALK_CHUNK_MAX (64u << 10) /* bytes of a chunk that are read in one piece */
#define WALK_TSTATE_MAX 1024
#define WALK_PAGE 4096u /* bytes */
#define WALK_PAGES 32   /* that are kept of one thread */

struct walk_frame {
    uint64_t address;
    uint64_t code;   /* address of the code object; 0: an entry from C */
    uint32_t offset; /* instruction, in code units, plus 1; 0: not started */
};

struct walk_stack {
    uint32_t n;     /* frames, the leaf first */
    bool truncated; /* frames further out were left away */
    struct walk_frame frames[WALK_MAX_FRAMES];
};

/* Bytes of a page. */
struct walk_span {
    uint16_t from, until;
};

/* Pages on which frames lie that are not in a chunk. */
struct walk_pages {
    uint32_t n;
    uint32_t replaced; /* pages that came when there was no room */
    uint64_t at[WALK_PAGES];
    struct walk_span read[WALK_PAGES]; /* what is there */
    struct walk_span used[WALK_PAGES]; /* where frames were; until 0: nowhere */
    uint8_t bytes[WALK_PAGES][WALK_PAGE];
};

/* A copy of a thread's state and of the piece of stack that it uses now. The reader fills it, in one call as far as it
 * can predict addresses and lengths. */
struct walk_snapshot {
    uint8_t tstate[WALK_TSTATE_MAX];
    uint64_t cframe_at; /* where cframe was read; 3.11 and 3.12 only */
    uint8_t cframe[24];
    uint64_t caller_at; /* where the cframe before it was read */
    uint8_t caller[24];
    uint64_t chunk_at; /* where chunk was read */
    uint32_t chunk_n;  /* bytes of it */
    uint8_t chunk[WALK_CHUNK_MAX];
    struct walk_pages pages; /* those that it predicted; walk adds what it reads */
};

/* A field of a copied struct. */
uint64_t walk_u64(const uint8_t *copy, uint32_t offset);

/* False when the chain does not hold together: torn, or gone. What the snapshot lacks is read from `remote`. `older`
 * is room for one older chunk. `copies` may be NULL where the bytecode has none. */
bool walk(const struct pyabi *abi, const struct remote *remote, struct copies *copies, struct walk_snapshot *s,
          struct walk_snapshot *older, struct walk_stack *out);

/* Keeps of `stack` the frames, from the root on, that `other` has at the same places. */
void walk_keep_common(struct walk_stack *stack, const struct walk_stack *other);

#endif
