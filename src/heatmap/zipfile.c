#include "config.h"

#include "src/heatmap/zipfile.h"

#include <zlib.h>

/* PKWARE's APPNOTE, §4.3.7, §4.3.12, §4.3.16. */
enum {
    NEEDED = 20,    /* version 2.0: deflate */
    UTF8 = 1 << 11, /* the name is */
    DEFLATED = 8,
    DAY = 1 << 5 | 1,     /* 1 January 1980: the first that there is */
    DEFLATE_WINDOW = -15, /* raw */
};

static bool deflate_all(struct slice bytes, struct buf *out, struct err *err)
{
    z_stream z = {0};
    if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, DEFLATE_WINDOW, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        return err_nomem(err);
    const size_t bound = deflateBound(&z, bytes.n);
    bool ok = buf_reserve(out, bound) || err_nomem(err);
    if (ok) {
        z.next_in = (uint8_t *)(uintptr_t)bytes.p; /* it does not write there */
        z.avail_in = (unsigned)bytes.n;
        z.next_out = out->p + out->n;
        z.avail_out = (unsigned)bound;
        ok = deflate(&z, Z_FINISH) == Z_STREAM_END || err_set(err, ERR_LIMIT, "too large for a zip file");
        out->n += z.total_out;
    }
    (void)deflateEnd(&z);
    return ok;
}

/* What the local header and the directory say alike. */
static void entry(struct buf *out, uint32_t crc, size_t packed, size_t size, size_t name)
{
    buf_u16(out, NEEDED);
    buf_u16(out, UTF8);
    buf_u16(out, DEFLATED);
    buf_u16(out, 0);
    buf_u16(out, DAY);
    buf_u32(out, crc);
    buf_u32(out, (uint32_t)packed);
    buf_u32(out, (uint32_t)size);
    buf_u16(out, (uint16_t)name);
    buf_u16(out, 0);
}

bool zipfile_of(const char *name, struct slice bytes, struct buf *out, struct err *err)
{
    struct buf packed = {0};
    if (bytes.n > INT32_MAX)
        return err_set(err, ERR_LIMIT, "too large for a zip file");
    const uint32_t crc = (uint32_t)crc32(0, bytes.p, (unsigned)bytes.n);
    bool ok = deflate_all(bytes, &packed, err);
    if (ok) {
        const size_t length = strlen(name);
        buf_str(out, "PK\x03\x04");
        entry(out, crc, packed.n, bytes.n, length);
        buf_str(out, name);
        buf_slice(out, buf_view(&packed));
        const size_t directory = out->n;
        buf_str(out, "PK\x01\x02");
        buf_u16(out, NEEDED);
        entry(out, crc, packed.n, bytes.n, length);
        buf_u16(out, 0); /* comment */
        buf_u16(out, 0); /* disk */
        buf_u16(out, 0);
        buf_u32(out, 0);
        buf_u32(out, 0); /* where its local header is */
        buf_str(out, name);
        const size_t end = out->n;
        buf_str(out, "PK\x05\x06");
        buf_u32(out, 0); /* disks */
        buf_u16(out, 1);
        buf_u16(out, 1);
        buf_u32(out, (uint32_t)(end - directory));
        buf_u32(out, (uint32_t)directory);
        buf_u16(out, 0);
        ok = buf_ok(out) || err_nomem(err);
    }
    buf_fini(&packed);
    return ok;
}
