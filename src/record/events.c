#include "config.h"

#include "src/record/events.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

#define ALIGNMENT 8u
#define CACHE_LINE 64
#define PADDING 0u /* the kind of an entry that only fills the end of the ring: entries are contiguous */

struct entry {
    uint32_t size; /* bytes, this head included; a multiple of ALIGNMENT */
    uint32_t kind; /* enum event_kind, or PADDING */
};

/* Positions count bytes since the start and never wrap; masked, they index the ring. Each side keeps what it writes on
 * a cache line of its own, and a copy of the other's position, which it renews only when that says "no room" or
 * "empty". */
struct events {
    _Alignas(CACHE_LINE) _Atomic uint64_t pushed; /* written by the producer */
    uint64_t seen_taken;                          /* the producer's copy of taken */
    _Alignas(CACHE_LINE) _Atomic uint64_t taken;  /* written by the consumer */
    uint64_t seen_pushed;                         /* the consumer's copy of pushed */
    uint32_t current;                             /* size of the entry that events_next returned last, else 0 */
    _Alignas(CACHE_LINE) size_t size;
    uint8_t *ring; /* owned */
};

static const uint8_t payload_size[] = {
    [EVENT_PROCESS] = sizeof(struct event_process), [EVENT_EPOCH] = 0,
    [EVENT_THREAD] = sizeof(struct event_thread),   [EVENT_CODE] = sizeof(struct event_code),
    [EVENT_NODE] = sizeof(struct event_node),       [EVENT_SAMPLE] = sizeof(struct event_sample),
    [EVENT_TICKS] = sizeof(struct event_ticks),     [EVENT_LOST] = sizeof(struct event_lost),
    [EVENT_GONE] = sizeof(struct event_gone),
};

struct events *events_new(size_t size, struct err *err)
{
    assert(size >= 2 * sizeof(struct entry) && (size & (size - 1)) == 0 && size <= UINT32_MAX);
    struct events *e = aligned_alloc(CACHE_LINE, sizeof *e);
    uint8_t *ring = malloc(size);
    if (e == NULL || ring == NULL) {
        free(e);
        free(ring);
        err_nomem(err);
        return NULL;
    }
    memset(e, 0, sizeof *e);
    memset(ring, 0, size); /* touched now, so that the sampler takes no page faults */
    e->size = size;
    e->ring = ring;
    return e;
}

void events_free(struct events *e)
{
    if (e == NULL)
        return;
    free(e->ring);
    free(e);
}

/* Bytes that follow the payload. */
static uint64_t tail_size(const struct event *event)
{
    if (event->kind != EVENT_CODE)
        return 0;
    const struct event_code *code = &event->u.code;
    return (uint64_t)code->file_n + code->name_n + code->qualname_n + code->line_table_n;
}

static bool has_room(struct events *e, uint64_t pushed, uint64_t need)
{
    if (e->size - (pushed - e->seen_taken) >= need)
        return true;
    e->seen_taken = atomic_load_explicit(&e->taken, memory_order_acquire);
    return e->size - (pushed - e->seen_taken) >= need;
}

bool events_push(struct events *e, const struct event *event)
{
    size_t payload = payload_size[event->kind];
    uint64_t tail = tail_size(event);
    uint64_t size = (sizeof(struct entry) + payload + tail + ALIGNMENT - 1) & ~(uint64_t)(ALIGNMENT - 1);
    uint64_t pushed = atomic_load_explicit(&e->pushed, memory_order_relaxed);
    size_t at = (size_t)pushed & (e->size - 1);
    uint64_t padding = size > e->size - at ? e->size - at : 0;
    if (!has_room(e, pushed, padding + size))
        return false;
    if (padding != 0) {
        *(struct entry *)(void *)(e->ring + at) = (struct entry){(uint32_t)padding, PADDING};
        at = 0;
    }
    uint8_t *p = e->ring + at;
    *(struct entry *)(void *)p = (struct entry){(uint32_t)size, event->kind};
    memcpy(p + sizeof(struct entry), &event->u, payload);
    if (tail != 0)
        memcpy(p + sizeof(struct entry) + payload, event->bytes, (size_t)tail);
    atomic_store_explicit(&e->pushed, pushed + padding + size, memory_order_release);
    return true;
}

bool events_next(struct events *e, struct event *event)
{
    events_done(e);
    uint64_t taken = atomic_load_explicit(&e->taken, memory_order_relaxed);
    if (taken == e->seen_pushed) {
        e->seen_pushed = atomic_load_explicit(&e->pushed, memory_order_acquire);
        if (taken == e->seen_pushed)
            return false;
    }
    const uint8_t *p = e->ring + ((size_t)taken & (e->size - 1));
    struct entry entry = *(const struct entry *)(const void *)p;
    uint32_t padding = 0;
    if (entry.kind == PADDING) { /* pushed together with the entry at the start of the ring */
        padding = entry.size;
        p = e->ring;
        entry = *(const struct entry *)(const void *)p;
    }
    event->kind = entry.kind;
    memcpy(&event->u, p + sizeof entry, payload_size[entry.kind]);
    event->bytes = p + sizeof entry + payload_size[entry.kind];
    e->current = padding + entry.size;
    return true;
}

void events_done(struct events *e)
{
    if (e->current == 0)
        return;
    uint64_t taken = atomic_load_explicit(&e->taken, memory_order_relaxed);
    atomic_store_explicit(&e->taken, taken + e->current, memory_order_release);
    e->current = 0;
}
