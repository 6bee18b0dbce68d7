#include "config.h"

#include "formats/pyrec_frames.h"

#include <stdlib.h>

#include <zstd.h>

enum {
    MAGIC_SIZE = 4, /* of zstd */
    READ_AHEAD = 256 * 1024,
    MAX_BLOCK = 128 * 1024,
    BLOCK_HEADER = 3,
    CHECKSUM = 4,
    MAX_PEEKS = 16,
};
static const uint8_t zstd_magic[MAGIC_SIZE] = {0x28, 0xb5, 0x2f, 0xfd};

static size_t max_frame(void)
{
    return ZSTD_compressBound(PYREC_MAX_PAYLOAD);
}

bool pyrec_frames_init(struct pyrec_frames *f, const struct format_input *in, struct err *err)
{
    *f = (struct pyrec_frames){.in = in};
    f->zstd = ZSTD_createDCtx();
    const size_t room = max_frame() + READ_AHEAD;
    f->window = malloc(in->size < room ? (size_t)in->size + 1 : room);
    /* Generous for real damage, where next to nothing looks like a frame and is none, and linear for made-up input. */
    f->search_budget = ((uint64_t)256 << 20) + (in->size < UINT64_MAX / 32 ? in->size * 16 : in->size);
    if (f->zstd != NULL && f->window != NULL)
        return true;
    pyrec_frames_fini(f);
    return err_nomem(err);
}

void pyrec_frames_fini(struct pyrec_frames *f)
{
    (void)ZSTD_freeDCtx(f->zstd);
    free(f->window);
    free(f->payload);
    *f = (struct pyrec_frames){0};
}

bool pyrec_frames_look(struct pyrec_frames *f, uint64_t offset, size_t n, struct slice *got, struct err *err)
{
    size_t at = 0;
    const uint64_t left = offset < f->in->size ? f->in->size - offset : 0;
    if (n > left)
        n = (size_t)left;
    if (offset >= f->window_at && offset - f->window_at <= f->window_n) {
        at = (size_t)(offset - f->window_at);
    } else {
        f->window_at = offset;
        f->window_n = 0;
    }
    if (n > f->window_n - at) {
        memmove(f->window, f->window + at, f->window_n - at);
        f->window_n -= at;
        f->window_at = offset;
        at = 0;
        size_t want = n - f->window_n < READ_AHEAD ? READ_AHEAD : n - f->window_n;
        size_t more = 0;
        if (want > left - f->window_n)
            want = (size_t)left - f->window_n;
        if (!f->in->read(f->in->self, offset + f->window_n, f->window + f->window_n, want, &more, err))
            return false;
        f->window_n += more;
    }
    size_t have = f->window_n - at;
    *got = slice_of(f->window + at, have < n ? have : n);
    return true;
}

/* The frame header of §2.1. *content: bytes of the payload. 0 when it is not one, else its size. */
static size_t frame_header(struct slice s, uint64_t *content)
{
    if (s.n < MAGIC_SIZE + 5 || memcmp(s.p, zstd_magic, MAGIC_SIZE) != 0)
        return 0;
    const uint8_t flags = s.p[MAGIC_SIZE];
    const uint8_t *p = s.p + MAGIC_SIZE + 1;
    if ((flags & PYREC_ZSTD_FLAGS_MASK) != PYREC_ZSTD_FLAGS)
        return 0;
    size_t width = 0;
    switch (flags >> 6) {
    case 0:
        width = 1;
        *content = p[0];
        break;
    case 1:
        width = 2;
        *content = (p[0] | (uint64_t)p[1] << 8) + 256;
        break;
    case 2:
        width = 4;
        *content = p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24;
        if (*content < 65536 + 256)
            return 0;
        break;
    default:
        return 0;
    }
    return *content >= PYREC_HEAD_SIZE && *content <= PYREC_MAX_PAYLOAD ? MAGIC_SIZE + 1 + width : 0;
}

/* Walks the blocks of a frame. *frame is all of its bytes, empty when it is none; *content its payload's size. */
static bool whole_frame(struct pyrec_frames *f, uint64_t offset, struct slice *frame, uint64_t *content,
                        struct err *err)
{
    struct slice s;
    *frame = slice_of(NULL, 0);
    if (!pyrec_frames_look(f, offset, MAGIC_SIZE + 5, &s, err))
        return false;
    size_t n = frame_header(s, content);
    if (n == 0)
        return true;
    for (bool last = false; !last;) {
        if (n + BLOCK_HEADER + CHECKSUM > max_frame())
            return true;
        if (!pyrec_frames_look(f, offset, n + BLOCK_HEADER, &s, err))
            return false;
        if (s.n < n + BLOCK_HEADER)
            return true;
        const uint32_t block = s.p[n] | (uint32_t)s.p[n + 1] << 8 | (uint32_t)s.p[n + 2] << 16;
        const uint32_t type = block >> 1 & 3, size = block >> 3;
        if (type == 3 || size > MAX_BLOCK)
            return true;
        n += BLOCK_HEADER + (type == 1 ? 1 : size); /* a run is one byte, repeated */
        last = (block & 1) != 0;
    }
    n += CHECKSUM;
    if (n > max_frame())
        return true;
    if (!pyrec_frames_look(f, offset, n, &s, err))
        return false;
    if (s.n == n)
        *frame = s;
    return true;
}

/* Room for a payload, whose size is within the limit. */
static bool reserve_payload(struct pyrec_frames *f, size_t n, struct err *err)
{
    if (n <= f->payload_cap)
        return true;
    size_t cap = n > PYREC_MAX_PAYLOAD / 2 ? PYREC_MAX_PAYLOAD : 2 * n;
    free(f->payload);
    f->payload = malloc(cap);
    f->payload_cap = f->payload == NULL ? 0 : cap;
    return f->payload != NULL || err_nomem(err);
}

static enum frame_result open_frame(struct pyrec_frames *f, uint64_t offset, struct pyrec_frame *frame, uint64_t *work,
                                    struct err *err)
{
    struct slice bytes;
    uint64_t content = 0;
    *work = 1;
    if (!whole_frame(f, offset, &bytes, &content, err))
        return FRAME_FAILED;
    if (bytes.n == 0) {
        *work = content == 0 ? 1 : f->window_n;
        return FRAME_BAD;
    }
    *work = bytes.n + content;
    if (!reserve_payload(f, (size_t)content, err))
        return FRAME_FAILED;
    size_t n = ZSTD_decompressDCtx(f->zstd, f->payload, (size_t)content, bytes.p, bytes.n);
    struct slice payload = slice_of(f->payload, (size_t)content);
    if (ZSTD_isError(n) || n != content || !pyrec_head_unpack(&frame->head, payload))
        return FRAME_BAD;
    frame->offset = offset;
    frame->size = bytes.n;
    frame->records = slice_skip(payload, PYREC_HEAD_SIZE);
    if (frame->head.version != PYREC_VERSION)
        return FRAME_OTHER_VERSION;
    return frame->head.length == frame->records.n && pyrec_head_verify(payload) ? FRAME_OK : FRAME_BAD;
}

enum frame_result pyrec_frames_open(struct pyrec_frames *f, uint64_t offset, struct pyrec_frame *frame, struct err *err)
{
    uint64_t work;
    return open_frame(f, offset, frame, &work, err);
}

enum frame_result pyrec_frames_search(struct pyrec_frames *f, uint64_t offset, struct pyrec_frame *frame,
                                      struct err *err)
{
    while (offset < f->in->size && f->search_budget > 0) {
        struct slice s;
        if (!pyrec_frames_look(f, offset, MAGIC_SIZE + 5, &s, err))
            return FRAME_FAILED;
        if (s.n < MAGIC_SIZE + 5)
            return FRAME_BAD;
        /* All of the window that is there. */
        s.n = f->window_n - (size_t)(offset - f->window_at);
        const uint8_t *hit = memmem(s.p, s.n, zstd_magic, MAGIC_SIZE);
        if (hit == NULL) {
            offset += s.n - (MAGIC_SIZE - 1);
            continue;
        }
        offset += (uint64_t)(hit - s.p);
        uint64_t work;
        enum frame_result result = open_frame(f, offset, frame, &work, err);
        if (result != FRAME_BAD)
            return result;
        f->search_budget -= work < f->search_budget ? work : f->search_budget;
        offset++;
    }
    return FRAME_BAD;
}

/* The beginning of a frame's payload, as much as can be had from the beginning of the frame. Not verified. */
static struct slice peek(struct slice bytes, uint8_t *head, size_t n)
{
    ZSTD_DCtx *zstd = ZSTD_createDCtx();
    ZSTD_inBuffer in = {bytes.p, bytes.n, 0};
    ZSTD_outBuffer out = {head, n, 0};
    size_t left = 1;
    if (zstd != NULL)
        (void)ZSTD_DCtx_setParameter(zstd, ZSTD_d_windowLogMax, PYREC_MAX_PAYLOAD_LOG);
    while (zstd != NULL && left != 0 && !ZSTD_isError(left) && out.pos < n && in.pos < in.size)
        left = ZSTD_decompressStream(zstd, &out, &in);
    (void)ZSTD_freeDCtx(zstd);
    return slice_of(head, out.pos);
}

int pyrec_frames_bid(struct slice bytes, int *version)
{
    *version = -1;
    struct slice s = bytes;
    for (int i = 0; i < MAX_PEEKS && s.n > 0; i++) {
        uint8_t head[PYREC_HEAD_SIZE];
        const uint8_t *hit = memmem(s.p, s.n, zstd_magic, MAGIC_SIZE);
        if (hit == NULL)
            break;
        s = slice_skip(s, (size_t)(hit - s.p));
        struct slice seen = peek(s, head, sizeof head);
        if (seen.n > PYREC_MAGIC_SIZE && memcmp(seen.p, PYREC_MAGIC, PYREC_MAGIC_SIZE) == 0) {
            *version = head[PYREC_MAGIC_SIZE];
            return 100;
        }
        s = slice_skip(s, 1);
    }
    /* A single wrong byte must not make a recording unknown. */
    int alike = 0;
    for (size_t i = 0; i < MAGIC_SIZE && i < bytes.n; i++)
        alike += bytes.p[i] == zstd_magic[i];
    alike += bytes.n > MAGIC_SIZE && (bytes.p[MAGIC_SIZE] & PYREC_ZSTD_FLAGS_MASK) == PYREC_ZSTD_FLAGS;
    return alike >= 4 ? 40 : 0;
}
