#include "config.h"

#include "src/record/codes.h"

#include <stdlib.h>
#include <string.h>

#include "src/record/pystr.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

enum {
    SLOTS = 1 << 16,
    SPAN_MAX = PYABI_CODE_SPAN_MAX,
    PART_MAX = 256, /* bytes of a part that are compared */
    SKIP_MAX = 64,
    LENGTH = 8,     /* bytes of ob_size, and of a str's length, which has the same place */
    CONSTANTS = 24, /* bytes: co_consts, co_names, co_exceptiontable */
    NAME_MAX_BYTES = 16 << 10,
    TABLE_MAX_BYTES = 1 << 20, /* pyrec.md: limits */
    STRINGS = 4 * NAME_MAX_BYTES + TABLE_MAX_BYTES,
};

bool codes_init(struct codes *t, struct err *err)
{
    *t = (struct codes){.mask = SLOTS - 1, .next_id = REC_CODE_FIRST};
    t->slots = calloc(SLOTS, sizeof *t->slots);
    t->strings = malloc(STRINGS);
    if (t->slots == NULL || t->strings == NULL) {
        codes_fini(t);
        return err_nomem(err);
    }
    return true;
}

void codes_fini(struct codes *t)
{
    free(t->slots);
    free(t->strings);
    *t = (struct codes){0};
}

static void forget_all(struct codes *t)
{
    if (t->n == 0)
        return; /* what was never touched takes no memory */
    memset(t->slots, 0, SLOTS * sizeof *t->slots);
    t->n = 0;
}

void codes_reset(struct codes *t)
{
    forget_all(t);
    t->next_id = REC_CODE_FIRST;
}

static uint32_t slot_of(const struct codes *t, uint64_t address)
{
    uint32_t i = (uint32_t)(address * 0x9e3779b97f4a7c15u >> 40) & t->mask;
    while (t->slots[i].address != 0 && t->slots[i].address != address)
        i = (i + 1) & t->mask;
    return i;
}

const struct codes_entry *codes_known(const struct codes *t, uint64_t address)
{
    const struct codes_entry *e = &t->slots[slot_of(t, address)];
    return e->address != 0 && e->id != 0 ? e : NULL;
}

void codes_next_round(struct codes *t)
{
    t->round++;
}

bool codes_due(struct codes *t, uint64_t address)
{
    struct codes_entry *e = &t->slots[slot_of(t, address)];
    if (e->address == 0 || e->id == 0 || e->round == t->round)
        return false;
    e->round = t->round;
    return true;
}

/* Of all that stays as it is while a code object lives, co_version among it (3.12 and later: a number that no other
 * one gets). Counters and caches change, and stay out. */
static uint64_t signature(const struct pyabi *a, const uint8_t *code)
{
    uint8_t parts[8 + CONSTANTS + SPAN_MAX] = {0};
    const size_t n = a->code_line_table + 8 - a->code_first_line;
    if (a->code_units != PYABI_NONE)
        memcpy(parts, code + a->code_units, 8);
    memcpy(parts + 8, code + a->code_constants, CONSTANTS);
    memcpy(parts + 8 + CONSTANTS, code + a->code_first_line, n);
    return XXH3_64bits(parts, 8 + CONSTANTS + n);
}

static uint64_t pointer(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* Whether the signature contains a number that no other code object gets. */
static bool has_number(const struct pyabi *a, const uint8_t *code)
{
    uint32_t version = 0;
    if (a->code_version != PYABI_NONE)
        memcpy(&version, code + a->code_version, 4);
    return version != 0; /* 0: the counter has overflowed */
}

static void parts_at(const struct pyabi *a, const uint8_t *code, uint64_t at[CODES_PARTS])
{
    at[0] = pointer(code + a->code_filename);
    at[1] = pointer(code + (a->code_qualname != PYABI_NONE ? a->code_qualname : a->code_name));
    at[2] = pointer(code + a->code_line_table);
}

/* Code objects whose parts are compared, of one call. */
struct check {
    struct codes_entry *entries[REMOTE_MAX_RANGES / CODES_PARTS];
    uint64_t content[REMOTE_MAX_RANGES / CODES_PARTS]; /* 0: cannot be read */
    uint64_t at[REMOTE_MAX_RANGES / CODES_PARTS][CODES_PARTS];
    uint32_t n;
};

/* Hashes the parts. What lies between a length and the data changes: hashes are worked out late. */
static uint64_t content(const struct codes_entry *e, const uint8_t *bytes)
{
    XXH3_state_t hash;
    (void)XXH3_64bits_reset(&hash);
    for (unsigned i = 0; i < CODES_PARTS; i++) {
        (void)XXH3_64bits_update(&hash, bytes, LENGTH);
        (void)XXH3_64bits_update(&hash, bytes + LENGTH + e->parts[i].skip, e->parts[i].n);
        bytes += LENGTH + e->parts[i].skip + e->parts[i].n;
    }
    return XXH3_64bits_digest(&hash) | 1;
}

static void read_contents(struct check *c, const struct pyabi *a, const struct remote *remote)
{
    static _Thread_local uint8_t bytes[REMOTE_MAX_RANGES * (LENGTH + SKIP_MAX + PART_MAX)];
    struct iovec local[REMOTE_MAX_RANGES], far[REMOTE_MAX_RANGES];
    size_t ends[REMOTE_MAX_RANGES / CODES_PARTS] = {0}, end = 0;
    for (uint32_t i = 0; i < c->n; i++) {
        for (unsigned k = 0; k < CODES_PARTS; k++) {
            const struct codes_part *part = &c->entries[i]->parts[k];
            const size_t size = (size_t)LENGTH + part->skip + part->n;
            local[i * CODES_PARTS + k] = (struct iovec){bytes + end, size};
            far[i * CODES_PARTS + k] = (struct iovec){(void *)(uintptr_t)(c->at[i][k] + a->bytes_length), size};
            end += size;
        }
        ends[i] = end;
    }
    const ssize_t got = remote->readv(remote->self, local, far, c->n * CODES_PARTS);
    for (uint32_t i = 0; i < c->n; i++)
        c->content[i] = got >= (ssize_t)ends[i] ? content(c->entries[i], local[(size_t)i * CODES_PARTS].iov_base) : 0;
}

static void check_contents(struct check *c, const struct pyabi *a, const struct remote *remote)
{
    read_contents(c, a, remote);
    for (uint32_t i = 0; i < c->n; i++) {
        if (c->content[i] != c->entries[i]->content)
            c->entries[i]->id = 0;
    }
    c->n = 0;
}

void codes_check(struct codes *t, const struct pyabi *abi, const struct remote *remote, const uint64_t *addresses,
                 uint32_t n)
{
    static _Thread_local uint8_t copies[REMOTE_MAX_RANGES][SPAN_MAX];
    struct check check = {.n = 0};
    for (uint32_t first = 0; first < n; first += REMOTE_MAX_RANGES) {
        struct iovec local[REMOTE_MAX_RANGES], far[REMOTE_MAX_RANGES];
        uint32_t count = n - first < REMOTE_MAX_RANGES ? n - first : REMOTE_MAX_RANGES;
        for (uint32_t i = 0; i < count; i++) {
            local[i] = (struct iovec){copies[i], abi->code_span};
            far[i] = (struct iovec){(void *)(uintptr_t)addresses[first + i], abi->code_span};
        }
        ssize_t got = remote->readv(remote->self, local, far, count);
        uint32_t whole = got < 0 ? 0 : (uint32_t)((size_t)got / abi->code_span);
        for (uint32_t i = 0; i < count; i++) {
            struct codes_entry *e = &t->slots[slot_of(t, addresses[first + i])];
            if (i >= whole || signature(abi, copies[i]) != e->signature) {
                e->id = 0; /* the slot stays, so that others are still found behind it */
            } else if (e->content != 0) {
                parts_at(abi, copies[i], check.at[check.n]);
                check.entries[check.n++] = e;
                if (check.n == sizeof check.entries / sizeof *check.entries)
                    check_contents(&check, abi, remote);
            }
        }
    }
    if (check.n > 0)
        check_contents(&check, abi, remote);
}

bool codes_check_copy(struct codes *t, const struct pyabi *abi, uint64_t address, const uint8_t *code)
{
    struct codes_entry *e = &t->slots[slot_of(t, address)];
    if (e->content != 0)
        return false;
    if (signature(abi, code) != e->signature)
        e->id = 0;
    return true;
}

static void note_content(struct codes_entry *e, const struct pyabi *a, const struct remote *remote, const uint8_t *code)
{
    struct check check = {.entries = {e}, .n = 1};
    parts_at(a, code, check.at[0]);
    for (unsigned i = 0; i < CODES_PARTS; i++) {
        const uint64_t part = check.at[0][i], behind = part + a->bytes_length + LENGTH;
        uint64_t data = part + a->bytes_data, n;
        uint32_t kind;
        if (i < 2 ? !pystr_find(a, remote, part, &data, &n, &kind) : !remote_u64(remote, part + a->bytes_length, &n))
            return;
        if (data >= behind && data - behind <= SKIP_MAX)
            e->parts[i] = (struct codes_part){(uint16_t)(data - behind), (uint16_t)(n < PART_MAX ? n : PART_MAX)};
    }
    read_contents(&check, a, remote);
    e->content = check.content[0];
}

/* What tells the code object at e->address from others. */
static bool identify(struct codes_entry *e, const struct pyabi *a, const struct remote *remote, uint8_t code[SPAN_MAX])
{
    if (!remote_read(remote, e->address, code, a->code_span))
        return false;
    e->signature = signature(a, code);
    if (!has_number(a, code))
        note_content(e, a, remote, code);
    return has_number(a, code) || e->content != 0;
}

static bool read_table(const struct pyabi *a, const struct remote *remote, uint64_t bytes, uint8_t *out, uint32_t *n)
{
    uint64_t length;
    if (bytes == 0 || !remote_u64(remote, bytes + a->bytes_length, &length) || length > TABLE_MAX_BYTES ||
        (length > 0 && !remote_read(remote, bytes + a->bytes_data, out, length)))
        return false;
    *n = (uint32_t)length;
    return true;
}

static bool read_units(const struct pyabi *a, const struct remote *remote, const uint8_t *code, uint32_t *n)
{
    int64_t units;
    if (a->code_units != PYABI_NONE)
        memcpy(&units, code + a->code_units, 8);
    else if (!remote_read(remote, pointer(code + a->code_bytes) + a->bytes_length, &units, 8))
        return false;
    if (units < 0 || units > INT32_MAX)
        return false;
    *n = (uint32_t)(a->code_units != PYABI_NONE ? units : units / 2);
    return true;
}

/* Reads the parts into t->strings and fills the event. */
static bool read_code(struct codes *t, const struct pyabi *a, const struct remote *remote, const uint8_t *code,
                      struct event_code *e)
{
    uint8_t *out = t->strings;
    if (!read_units(a, remote, code, &e->units))
        return false;
    memcpy(&e->first_line, code + a->code_first_line, 4);
    memcpy(&e->flags, code + a->code_flags, 4);
    if (a->code_first_traceable != PYABI_NONE)
        memcpy(&e->first_traceable, code + a->code_first_traceable, 4);
    const uint32_t qualname = a->code_qualname != PYABI_NONE ? a->code_qualname : a->code_name;
    struct {
        uint32_t at;
        uint32_t *n;
    } strings[] = {{a->code_filename, &e->file_n}, {a->code_name, &e->name_n}, {qualname, &e->qualname_n}};
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
        if (!pystr_read(a, remote, pointer(code + strings[i].at), out, NAME_MAX_BYTES, strings[i].n))
            return false;
        out += *strings[i].n;
    }
    return read_table(a, remote, pointer(code + a->code_line_table), out, &e->line_table_n);
}

uint32_t codes_number(struct codes *t, const struct pyabi *abi, const struct remote *remote, uint64_t address,
                      struct events *events, bool *full)
{
    const struct codes_entry *known = codes_known(t, address);
    if (known != NULL)
        return known->id;
    uint8_t code[SPAN_MAX], after[SPAN_MAX];
    struct codes_entry new = {.address = address}, again = new;
    struct event event = {.kind = EVENT_CODE, .bytes = t->strings};
    /* The target may be running: what was read in between belongs to this one only if it is still the same. */
    if (!identify(&new, abi, remote, code) || !read_code(t, abi, remote, code, &event.u.code) ||
        !identify(&again, abi, remote, after) || again.signature != new.signature || again.content != new.content)
        return 0;
    if (t->n >= SLOTS / 2)
        forget_all(t);
    event.u.code.code = t->next_id;
    if (!events_push(events, &event)) {
        *full = true;
        return 0;
    }
    struct codes_entry *e = &t->slots[slot_of(t, address)];
    if (e->address == 0)
        t->n++;
    *e = new;
    e->id = t->next_id++;
    e->round = t->round;
    return e->id;
}
