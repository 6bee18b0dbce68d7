#include "config.h"

#include "src/record/codes.h"

#include <stdlib.h>
#include <string.h>

#include "src/record/pystr.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

enum {
    SLOTS = 1 << 16,
    SPAN_MAX = 256,
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

/* Of the fields that tell code objects apart: pointers to their parts, sizes and lines. Counters change while it runs,
 * and stay out. */
static uint64_t signature(const struct pyabi *a, const uint8_t *code)
{
    uint64_t parts[5] = {0};
    memcpy(&parts[0], code + a->code_filename, 8);
    memcpy(&parts[1], code + a->code_name, 8);
    memcpy(&parts[2], code + a->code_line_table, 8);
    memcpy(&parts[3], code + a->code_units, 8);
    memcpy(&parts[4], code + a->code_first_line, 4);
    return XXH3_64bits(parts, sizeof parts);
}

void codes_check(struct codes *t, const struct pyabi *abi, const struct remote *remote, const uint64_t *addresses,
                 uint32_t n)
{
    static _Thread_local uint8_t copies[REMOTE_MAX_RANGES][SPAN_MAX];
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
            if (e->address != 0 && (i >= whole || signature(abi, copies[i]) != e->signature))
                e->id = 0; /* the slot stays, so that others are still found behind it */
        }
    }
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

static uint64_t pointer(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* Reads the parts into t->strings and fills the event. */
static bool read_code(struct codes *t, const struct pyabi *a, const struct remote *remote, const uint8_t *code,
                      struct event_code *e)
{
    uint8_t *out = t->strings;
    int64_t units;
    memcpy(&units, code + a->code_units, 8);
    if (units < 0 || units > INT32_MAX)
        return false;
    e->units = (uint32_t)units;
    memcpy(&e->first_line, code + a->code_first_line, 4);
    memcpy(&e->flags, code + a->code_flags, 4);
    memcpy(&e->first_traceable, code + a->code_first_traceable, 4);
    struct {
        uint32_t at;
        uint32_t *n;
    } strings[] = {{a->code_filename, &e->file_n}, {a->code_name, &e->name_n}, {a->code_qualname, &e->qualname_n}};
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
    uint8_t code[SPAN_MAX];
    struct event event = {.kind = EVENT_CODE, .bytes = t->strings};
    if (abi->code_span > sizeof code || !remote_read(remote, address, code, abi->code_span) ||
        !read_code(t, abi, remote, code, &event.u.code))
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
    *e = (struct codes_entry){address, signature(abi, code), t->next_id++, event.u.code.first_traceable};
    return e->id;
}
