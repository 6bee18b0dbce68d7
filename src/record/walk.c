#include "config.h"

#include "src/record/walk.h"

#include <string.h>

/* Where frames are looked for, in this order: the snapshot's chunk, the older chunk read last, the snapshot's pages,
 * the target itself. */
struct reader {
    const struct pyabi *abi;
    const struct remote *remote;
    struct copies *copies;
    struct walk_snapshot *now;
    struct walk_snapshot *older;
    uint64_t next_chunk; /* the chunk before the oldest that was read */
    uint32_t chunks;     /* older ones read */
    bool has_head;
    uint8_t head[32];    /* of the next chunk */
    uint8_t single[256]; /* a frame that lies in no chunk */
};

uint64_t walk_u64(const uint8_t *copy, uint32_t offset)
{
    uint64_t v;
    memcpy(&v, copy + offset, sizeof v);
    return v;
}

static const uint8_t *in_chunk(const struct walk_snapshot *s, uint64_t address, uint32_t n)
{
    if (address < s->chunk_at || address - s->chunk_at > s->chunk_n || n > s->chunk_n - (address - s->chunk_at))
        return NULL;
    return s->chunk + (address - s->chunk_at);
}

/* Reads the next older chunk if the address lies in it. A deep stack leaves them one by one, newest first. */
static bool load_older(struct reader *r, uint64_t address)
{
    const struct pyabi *a = r->abi;
    if (r->next_chunk == 0 || r->chunks >= WALK_MAX_FRAMES)
        return false;
    if (!r->has_head && !remote_read(r->remote, r->next_chunk, r->head, sizeof r->head))
        return false;
    r->has_head = true;
    uint64_t size = walk_u64(r->head, a->chunk_size);
    uint64_t used = walk_u64(r->head, a->chunk_top) * 8 + a->chunk_data;
    if (address < r->next_chunk || address - r->next_chunk >= size)
        return false;
    if (used > size || used > WALK_CHUNK_MAX)
        used = size < WALK_CHUNK_MAX ? size : WALK_CHUNK_MAX;
    r->older->chunk_at = r->next_chunk;
    r->older->chunk_n = (uint32_t)used;
    if (!remote_read(r->remote, r->next_chunk, r->older->chunk, used)) {
        r->older->chunk_n = 0;
        return false;
    }
    r->next_chunk = walk_u64(r->head, a->chunk_previous);
    r->has_head = false;
    r->chunks++;
    return true;
}

static void use(struct walk_span *used, uint32_t from, uint32_t until)
{
    used->from = used->until == 0 || from < used->from ? (uint16_t)from : used->from;
    used->until = until > used->until ? (uint16_t)until : used->until;
}

/* The page at an address; NULL when these bytes of it are not here, and cannot be read or are not to be. */
static const uint8_t *page_at(struct reader *r, uint64_t at, uint32_t from, uint32_t until, bool read)
{
    struct walk_pages *pages = &r->now->pages;
    uint32_t i = 0;
    while (i < pages->n && pages->at[i] != at)
        i++;
    if (i == pages->n || from < pages->read[i].from || until > pages->read[i].until) {
        if (!read)
            return NULL;
        if (i == WALK_PAGES)
            i = pages->replaced++ % WALK_PAGES;
        if (i == pages->n || pages->at[i] != at)
            pages->used[i] = (struct walk_span){0};
        pages->at[i] = UINT64_MAX;
        if (!remote_read(r->remote, at, pages->bytes[i], WALK_PAGE))
            return NULL;
        pages->at[i] = at;
        pages->read[i] = (struct walk_span){0, WALK_PAGE};
        pages->n += i == pages->n;
    }
    use(&pages->used[i], from, until);
    return pages->bytes[i];
}

static bool from_pages(struct reader *r, uint64_t address, uint32_t n, bool read)
{
    for (uint32_t done = 0; done < n;) {
        const uint64_t at = (address + done) & ~(uint64_t)(WALK_PAGE - 1);
        const uint32_t skip = (uint32_t)(address + done - at);
        const uint32_t count = n - done < WALK_PAGE - skip ? n - done : WALK_PAGE - skip;
        const uint8_t *page = page_at(r, at, skip, skip + count, read);
        if (page == NULL)
            return false;
        memcpy(r->single + done, page + skip, count);
        done += count;
    }
    return true;
}

static const uint8_t *frame_bytes(struct reader *r, uint64_t address)
{
    const uint32_t n = r->abi->frame_size;
    if (address % 8 != 0 || n > sizeof r->single)
        return NULL;
    const uint8_t *p = in_chunk(r->now, address, n);
    if (p == NULL && r->older->chunk_n > 0)
        p = in_chunk(r->older, address, n);
    if (p != NULL)
        return p;
    if (from_pages(r, address, n, false))
        return r->single;
    if (load_older(r, address))
        p = in_chunk(r->older, address, n);
    return p != NULL ? p : from_pages(r, address, n, true) ? r->single : NULL;
}

/* Where a chain begins. */
struct start {
    uint64_t frame;
    bool has_caller; /* the frame comes from a cframe … */
    uint64_t caller; /* … and this is the frame that called it */
};

static bool cframe_bytes(const struct pyabi *a, const struct remote *remote, uint64_t at, uint64_t copy_at,
                         const uint8_t *copy, uint8_t *out)
{
    if (at != copy_at)
        return remote_read(remote, at, out, a->cframe_size);
    memcpy(out, copy, a->cframe_size);
    return true;
}

static bool find_start(const struct pyabi *a, const struct walk_snapshot *s, const struct remote *remote,
                       struct start *start)
{
    *start = (struct start){0};
    if (a->tstate_frame != PYABI_NONE) {
        start->frame = walk_u64(s->tstate, a->tstate_frame);
        return true;
    }
    uint8_t cframe[24], caller[24];
    const uint64_t at = walk_u64(s->tstate, a->tstate_cframe);
    if (at == 0 || !cframe_bytes(a, remote, at, s->cframe_at, s->cframe, cframe))
        return false;
    const uint64_t before = walk_u64(cframe, a->cframe_previous);
    start->frame = walk_u64(cframe, a->cframe_frame);
    if (before == 0)
        return true; /* the first one of the thread */
    if (!cframe_bytes(a, remote, before, s->caller_at, s->caller, caller))
        return false;
    start->has_caller = true;
    start->caller = walk_u64(caller, a->cframe_frame);
    return true;
}

/* Where the bytecode begins that a frame runs; 0: it cannot be told. */
static uint64_t bytecode(struct reader *r, uint64_t code, const uint8_t *frame, uint64_t instruction)
{
    const struct pyabi *a = r->abi;
    uint32_t index;
    if (a->frame_copy == PYABI_NONE)
        return code + a->code_bytecode;
    memcpy(&index, frame + a->frame_copy, sizeof index);
    return copies_start(r->copies, a, r->remote, code, index, instruction);
}

/* Position in code units plus 1; 0 when it lies before the first instruction. */
static uint32_t position(struct reader *r, uint64_t code, const uint8_t *frame)
{
    const struct pyabi *a = r->abi;
    if (a->frame_instr == PYABI_NONE) {
        int32_t last;
        memcpy(&last, frame + a->frame_lasti, sizeof last);
        return last < 0 ? 0 : (uint32_t)last / a->lasti_unit + 1;
    }
    const uint64_t instruction = walk_u64(frame, a->frame_instr);
    const uint64_t start = bytecode(r, code, frame, instruction);
    if (start == 0 || instruction < start)
        return 0;
    uint64_t units = (instruction - start) / 2;
    return units < UINT32_MAX - 1 ? (uint32_t)units + 1 : UINT32_MAX;
}

static void add(struct walk_stack *out, uint64_t address, uint64_t code, uint32_t offset)
{
    if (out->n == WALK_MAX_FRAMES)
        out->truncated = true;
    else
        out->frames[out->n++] = (struct walk_frame){address, code, offset};
}

/* Follows one chain to its end. With a caller, the first entry from C must lead to it. */
static bool follow(struct reader *r, const struct start *start, bool check_caller, struct walk_stack *out)
{
    const struct pyabi *a = r->abi;
    const uint64_t end = a->tstate_base_frame == PYABI_NONE ? 0 : walk_u64(r->now->tstate, a->tstate_base_frame);
    uint64_t frame = check_caller || !start->has_caller ? start->frame : start->caller;
    check_caller = check_caller && start->has_caller;
    out->n = 0;
    out->truncated = false;
    while (frame != 0 && frame != end && !out->truncated) {
        const uint8_t *p = frame_bytes(r, frame);
        if (p == NULL)
            return false;
        const uint8_t owner = a->frame_owner == PYABI_NONE ? 0 : p[a->frame_owner];
        const uint64_t previous = walk_u64(p, a->frame_previous);
        bool entry = owner >= a->owner_c && owner < a->owner_c_end;
        if (!entry && owner > a->owner_generator)
            return false; /* a frame object's, or none: never on a live chain */
        if (!entry) {
            const uint64_t code = walk_u64(p, a->frame_code) & ~7ull; /* 3.14 keeps tags in the low bits */
            if (code == 0)
                return false;
            add(out, frame, code, position(r, code, p));
            entry = a->frame_is_entry != PYABI_NONE && p[a->frame_is_entry] != 0;
        }
        if (entry) {
            add(out, frame, 0, 0);
            if (check_caller && previous != start->caller)
                return false;
            check_caller = false;
        }
        if (previous == frame)
            return false;
        frame = previous;
    }
    return !check_caller || out->truncated;
}

bool walk(const struct pyabi *abi, const struct remote *remote, struct copies *copies, struct walk_snapshot *s,
          struct walk_snapshot *older, struct walk_stack *out)
{
    struct start start;
    if (!find_start(abi, s, remote, &start))
        return false;
    /* 3.11 and 3.12 link a new cframe before they fill in its frame: what it holds until then is left over on the C
     * stack. The frame that called is the innermost one then. */
    for (int check_caller = 1; check_caller >= 0; check_caller--) {
        struct reader r = {.abi = abi, .remote = remote, .copies = copies, .now = s, .older = older};
        older->chunk_n = 0;
        r.next_chunk = s->chunk_n >= 8 ? walk_u64(s->chunk, abi->chunk_previous) : 0;
        if (follow(&r, &start, check_caller != 0, out))
            return true;
        if (!start.has_caller)
            return false;
    }
    return false;
}

void walk_keep_common(struct walk_stack *stack, const struct walk_stack *other)
{
    uint32_t n = 0;
    while (n < stack->n && n < other->n) {
        const struct walk_frame *a = &stack->frames[stack->n - 1 - n], *b = &other->frames[other->n - 1 - n];
        if (a->address != b->address || a->code != b->code)
            break;
        n++;
    }
    /* The leaf-most frame that is left may have moved on between the reads: other, read later, says where it is. */
    uint32_t first = stack->n - n;
    memmove(stack->frames, stack->frames + first, n * sizeof *stack->frames);
    stack->n = n;
    if (n > 0)
        stack->frames[0].offset = other->frames[other->n - n].offset;
}
