#include "config.h"

#include "src/record/events.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

#define ALIGNMENT 8u
#define CACHE_LINE 64
#define HEAD 8u    /* bytes before the payload */
#define PADDING 0u /* the kind of an entry that only fills the end of the ring: entries are contiguous */

/* Positions count bytes since the start and never wrap; masked, they index the ring. A producer takes its piece of the
 * ring by moving `pushed`, fills it, and writes its head last; what the consumer has taken it leaves zeroed, so that a
 * head of zero says "not yet". */
struct ring {
    _Alignas(CACHE_LINE) _Atomic uint64_t pushed; /* moved by the producers */
    _Alignas(CACHE_LINE) _Atomic uint64_t taken;  /* moved by the consumer */
    uint32_t current;                             /* consumer: size of the entry that events_next returned last, or 0 */
    uint32_t padding;                             /* … and of the padding before it */
    _Alignas(CACHE_LINE) size_t size;
    uint8_t *bytes; /* owned */
};

struct events {
    struct ring *ring;
    bool owner; /* of the ring */
    uint32_t image;
};

static const uint8_t payload_size[] = {
    [EVENT_PROCESS] = sizeof(struct event_process), [EVENT_FORGET] = 0,
    [EVENT_THREAD] = sizeof(struct event_thread),   [EVENT_CODE] = sizeof(struct event_code),
    [EVENT_NODE] = sizeof(struct event_node),       [EVENT_SAMPLE] = sizeof(struct event_sample),
    [EVENT_TICKS] = sizeof(struct event_ticks),     [EVENT_LOST] = sizeof(struct event_lost),
    [EVENT_GONE] = sizeof(struct event_gone),
};

static struct ring *ring_new(size_t size)
{
    struct ring *ring = aligned_alloc(CACHE_LINE, sizeof *ring);
    uint8_t *bytes = malloc(size);
    if (ring == NULL || bytes == NULL) {
        free(ring);
        free(bytes);
        return NULL;
    }
    memset(ring, 0, sizeof *ring);
    memset(bytes, 0, size); /* touched now, so that the samplers take no page faults */
    ring->size = size;
    ring->bytes = bytes;
    return ring;
}

static void ring_free(struct ring *ring)
{
    free(ring->bytes);
    free(ring);
}

static struct events *handle(struct ring *ring, bool owner, struct err *err)
{
    struct events *e = ring == NULL ? NULL : calloc(1, sizeof *e);
    if (e == NULL) {
        err_nomem(err);
        return NULL;
    }
    *e = (struct events){.ring = ring, .owner = owner};
    return e;
}

struct events *events_new(size_t size, struct err *err)
{
    assert(size >= 2 * (size_t)HEAD && (size & (size - 1)) == 0 && size <= UINT32_MAX);
    struct ring *ring = ring_new(size);
    struct events *e = handle(ring, true, err);
    if (e == NULL && ring != NULL)
        ring_free(ring);
    return e;
}

struct events *events_share(struct events *e, struct err *err)
{
    return handle(e->ring, false, err);
}

void events_free(struct events *e)
{
    if (e == NULL)
        return;
    if (e->owner)
        ring_free(e->ring);
    free(e);
}

void events_image(struct events *e, uint32_t image)
{
    assert(image < 1u << 24); /* head_of */
    e->image = image;
}

/* Bytes that follow the payload. */
static uint64_t tail_size(const struct event *event)
{
    if (event->kind != EVENT_CODE)
        return 0;
    const struct event_code *code = &event->u.code;
    return (uint64_t)code->file_n + code->name_n + code->qualname_n + code->line_table_n;
}

/* size: bytes, the head included, a multiple of ALIGNMENT. */
static uint64_t head_of(uint64_t size, uint32_t kind, uint32_t image)
{
    return (uint64_t)image << 40 | (uint64_t)kind << 32 | size;
}

static _Atomic uint64_t *head_at(const struct ring *ring, size_t at)
{
    return (_Atomic uint64_t *)(void *)(ring->bytes + at);
}

/* Takes size bytes of the ring for an entry, and what is left of its end before that. */
static bool reserve(struct ring *ring, uint64_t size, size_t *at, uint64_t *padding)
{
    uint64_t pushed = atomic_load_explicit(&ring->pushed, memory_order_relaxed);
    for (;;) {
        const uint64_t used = pushed - atomic_load_explicit(&ring->taken, memory_order_acquire);
        if (used > ring->size) { /* `pushed` is old by a round: look again */
            pushed = atomic_load_explicit(&ring->pushed, memory_order_relaxed);
            continue;
        }
        *at = (size_t)pushed & (ring->size - 1);
        *padding = size > ring->size - *at ? ring->size - *at : 0;
        if (ring->size - used < *padding + size)
            return false;
        if (atomic_compare_exchange_weak_explicit(&ring->pushed, &pushed, pushed + *padding + size,
                                                  memory_order_relaxed, memory_order_relaxed))
            return true;
    }
}

bool events_push(struct events *e, const struct event *event)
{
    struct ring *ring = e->ring;
    const size_t payload = payload_size[event->kind];
    const uint64_t tail = tail_size(event);
    const uint64_t size = (HEAD + payload + tail + ALIGNMENT - 1) & ~(uint64_t)(ALIGNMENT - 1);
    uint64_t padding;
    size_t at;
    if (!reserve(ring, size, &at, &padding))
        return false;
    if (padding != 0) {
        atomic_store_explicit(head_at(ring, at), head_of(padding, PADDING, 0), memory_order_release);
        at = 0;
    }
    uint8_t *p = ring->bytes + at;
    memcpy(p + HEAD, &event->u, payload);
    if (tail != 0)
        memcpy(p + HEAD + payload, event->bytes, (size_t)tail);
    atomic_store_explicit(head_at(ring, at), head_of(size, event->kind, e->image), memory_order_release);
    return true;
}

bool events_next(struct events *e, struct event *event)
{
    struct ring *ring = e->ring;
    events_done(e);
    size_t at = (size_t)atomic_load_explicit(&ring->taken, memory_order_relaxed) & (ring->size - 1);
    uint64_t head = atomic_load_explicit(head_at(ring, at), memory_order_acquire);
    uint32_t padding = 0;
    if (head != 0 && (head >> 32 & 0xff) == PADDING) {
        padding = (uint32_t)head;
        at = 0;
        head = atomic_load_explicit(head_at(ring, at), memory_order_acquire);
    }
    if (head == 0)
        return false;
    event->kind = head >> 32 & 0xff;
    event->image = (uint32_t)(head >> 40);
    const uint8_t *p = ring->bytes + at + HEAD;
    memcpy(&event->u, p, payload_size[event->kind]);
    event->bytes = p + payload_size[event->kind];
    ring->current = (uint32_t)head;
    ring->padding = padding;
    return true;
}

void events_done(struct events *e)
{
    struct ring *ring = e->ring;
    if (ring->current == 0)
        return;
    const uint64_t taken = atomic_load_explicit(&ring->taken, memory_order_relaxed);
    const size_t at = (size_t)taken & (ring->size - 1);
    if (ring->padding != 0)
        memset(ring->bytes + at, 0, HEAD); /* nothing else was written there */
    memset(ring->bytes + (ring->padding != 0 ? 0 : at), 0, ring->current);
    atomic_store_explicit(&ring->taken, taken + ring->padding + ring->current, memory_order_release);
    ring->current = ring->padding = 0;
}
