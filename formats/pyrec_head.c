#include "config.h"

#include "formats/pyrec_head.h"

#include "src/base/cursor.h"
#include "src/base/hash.h"

static uint8_t *put(uint8_t *p, uint64_t v, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        *p++ = (uint8_t)(v >> (8 * i));
    return p;
}

void pyrec_head_pack(const struct pyrec_head *head, uint8_t *payload)
{
    uint8_t *p = payload;
    memcpy(p, PYREC_MAGIC, PYREC_MAGIC_SIZE);
    p = put(p + PYREC_MAGIC_SIZE, head->version, 1);
    memcpy(p, head->id, PYREC_ID_SIZE);
    p = put(p + PYREC_ID_SIZE, head->kind, 1);
    p = put(p, 0, 1);
    p = put(p, head->draft, 2);
    p = put(p, head->epoch, 4);
    p = put(p, head->part, 4);
    p = put(p, head->sequence, 4);
    p = put(p, head->length, 4);
    p = put(p, 0, 4);
    p = put(p, head->weight_before, 8);
    p = put(p, head->weight, 8);
    p = put(p, head->since, 8);
    p = put(p, head->until, 8);
    hash128_pair(slice_of(payload, PYREC_HEAD_HASH_AT), slice_of(payload + PYREC_HEAD_SIZE, head->length), p);
}

bool pyrec_head_unpack(struct pyrec_head *head, struct slice payload)
{
    if (payload.n < PYREC_HEAD_SIZE || memcmp(payload.p, PYREC_MAGIC, PYREC_MAGIC_SIZE) != 0)
        return false;
    struct cursor c = cursor_of(slice_skip(payload, PYREC_MAGIC_SIZE));
    head->version = cursor_u8(&c);
    cursor_copy(&c, head->id, PYREC_ID_SIZE);
    head->kind = cursor_u8(&c);
    (void)cursor_u8(&c);
    head->draft = cursor_u16(&c);
    head->epoch = cursor_u32(&c);
    head->part = cursor_u32(&c);
    head->sequence = cursor_u32(&c);
    head->length = cursor_u32(&c);
    (void)cursor_u32(&c);
    head->weight_before = cursor_u64(&c);
    head->weight = cursor_u64(&c);
    head->since = cursor_u64(&c);
    head->until = cursor_u64(&c);
    return true;
}

bool pyrec_head_verify(struct slice payload)
{
    uint8_t hash[HASH_SIZE];
    hash128_pair(slice_of(payload.p, PYREC_HEAD_HASH_AT), slice_skip(payload, PYREC_HEAD_SIZE), hash);
    return memcmp(hash, payload.p + PYREC_HEAD_HASH_AT, HASH_SIZE) == 0;
}
