#include "config.h"

#include "tests/fuzz/container.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "src/base/cursor.h"

enum { BLOCK = 128 * 1024, TIME = 1000 /* from frame to frame */ };

void container_frame(struct pyrec_head head, struct slice records, struct buf *recording)
{
    struct buf payload = {0};
    const size_t room = PYREC_MAX_PAYLOAD - PYREC_HEAD_SIZE;
    records.n = records.n < room ? records.n : room;
    head.length = (uint32_t)records.n;
    const size_t size = PYREC_HEAD_SIZE + records.n;
    if (!buf_reserve(&payload, size))
        abort();
    payload.n = PYREC_HEAD_SIZE;
    buf_slice(&payload, records);
    pyrec_head_pack(&head, payload.p);
    /* pyrec.md §2.1, with blocks that are not compressed */
    buf_u32(recording, 0xfd2fb528);
    if (size < 256) {
        buf_u8(recording, PYREC_ZSTD_FLAGS);
        buf_u8(recording, (uint8_t)size);
    } else if (size < 65536 + 256) {
        buf_u8(recording, PYREC_ZSTD_FLAGS | 1 << 6);
        buf_u16(recording, (uint16_t)(size - 256));
    } else {
        buf_u8(recording, PYREC_ZSTD_FLAGS | 2 << 6);
        buf_u32(recording, (uint32_t)size);
    }
    struct slice left = buf_view(&payload);
    while (left.n > 0) {
        uint32_t n = left.n < BLOCK ? (uint32_t)left.n : BLOCK;
        uint32_t header = n << 3 | (n == left.n);
        buf_bytes(recording, &(uint8_t[]){(uint8_t)header, (uint8_t)(header >> 8), (uint8_t)(header >> 16)}, 3);
        buf_bytes(recording, left.p, n);
        left = slice_skip(left, n);
    }
    buf_u32(recording, (uint32_t)XXH64(payload.p, payload.n, 0));
    if (!buf_ok(recording))
        abort();
    buf_fini(&payload);
}

static void twist_frame(unsigned twist, size_t start, struct buf *recording)
{
    size_t n = recording->n - start;
    if ((twist & TWIST_FLIP) != 0)
        recording->p[start + n / 2] ^= 1;
    if ((twist & TWIST_CUT) != 0)
        recording->n = start + n / 2;
    if ((twist & TWIST_RUBBISH) != 0)
        buf_str(recording, "rubbish\x28\xb5\x2f\xfd\x24");
}

void container_unfold(struct slice bytes, struct buf *recording)
{
    struct cursor c = cursor_of(bytes);
    while (cursor_left(&c) > 0) {
        struct pyrec_head head = {.version = PYREC_VERSION, .id = "a fuzzer's own.."};
        head.kind = cursor_u8(&c);
        head.epoch = cursor_u8(&c);
        head.part = cursor_u8(&c);
        head.sequence = cursor_u8(&c);
        unsigned twist = cursor_u8(&c);
        head.weight_before = cursor_u16(&c);
        head.weight = cursor_u16(&c);
        uint32_t n = cursor_u8(&c);
        n |= (uint32_t)cursor_u16(&c) << 8;
        if (!cursor_ok(&c))
            break;
        head.since = (uint64_t)head.sequence * TIME;
        head.until = head.since + TIME;
        head.version ^= (twist & TWIST_VERSION) != 0;
        head.draft ^= (twist & TWIST_DRAFT) != 0;
        head.id[0] ^= (twist & TWIST_ID) != 0;
        size_t left = cursor_left(&c), start = recording->n;
        container_frame(head, cursor_bytes(&c, n < left ? n : left), recording);
        twist_frame(twist, start, recording);
    }
}

void container_fold(const struct pyrec_head *head, struct slice records, struct buf *bytes)
{
    buf_u8(bytes, head->kind);
    buf_u8(bytes, (uint8_t)head->epoch);
    buf_u8(bytes, (uint8_t)head->part);
    buf_u8(bytes, (uint8_t)head->sequence);
    buf_u8(bytes, 0);
    buf_u16(bytes, (uint16_t)head->weight_before);
    buf_u16(bytes, (uint16_t)head->weight);
    buf_u8(bytes, (uint8_t)records.n);
    buf_u16(bytes, (uint16_t)(records.n >> 8));
    buf_slice(bytes, records);
}

static bool read_bytes(void *self, uint64_t offset, void *to, size_t n, size_t *got, struct err *err)
{
    (void)err;
    struct slice left = slice_skip(*(struct slice *)self, offset < SIZE_MAX ? (size_t)offset : SIZE_MAX);
    *got = left.n < n ? left.n : n;
    if (*got > 0)
        memcpy(to, left.p, *got);
    return true;
}

struct format_input container_input(const struct slice *bytes)
{
    return (struct format_input){(void *)(uintptr_t)bytes, "fuzz", bytes->n, read_bytes};
}
