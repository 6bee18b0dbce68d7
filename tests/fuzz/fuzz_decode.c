/* fuzz_decode: any records in one frame of an epoch, texts before the end: decoded, encoded again, and decoded: what
 * the decoder lets through the encoder takes, and it means the same. */
#include "config.h"

#include <stdlib.h>

#include "tests/formats/dump.h"
#include "tests/formats/reencode.h"
#include "tests/fuzz/container.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static const uint8_t header[] = {PYREC_HEADER, 6, 1, 'f', 1, 1, 0, 0};
static const uint8_t end[] = {PYREC_END, 7, 0, 1, 0, 0, 0, 0, 0};

static void put_frame(enum pyrec_frame_kind kind, uint32_t sequence, struct slice records, struct buf *recording)
{
    struct buf b = {0};
    buf_bytes(&b, header, sizeof header);
    buf_slice(&b, records);
    const struct pyrec_head head = {
        .version = PYREC_VERSION, .kind = (uint8_t)kind, .epoch = kind == PYREC_FRAME_EPOCH, .sequence = sequence};
    container_frame(head, buf_view(&b), recording);
    buf_fini(&b);
}

/* false: not all of it could be read. */
static bool dumped(struct slice recording, struct dump *d, struct err *err)
{
    const struct format_input in = container_input(&recording);
    const struct sink sink = dump_sink(d);
    d->rows = true;
    return format_pyrec.read(&in, &sink, err) && d->damages == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct buf recording = {0};
    struct dump first = {0}, second = {0};
    struct reencode r = {0};
    struct err err = {0};
    /* The first byte: how much of it is texts. */
    struct slice all = slice_of(p, n), records = slice_skip(all, 1);
    size_t texts = n == 0 ? 0 : records.n * p[0] / 256;
    put_frame(PYREC_FRAME_EPOCH, 0, slice_skip(records, texts), &recording);
    put_frame(PYREC_FRAME_TEXTS, 1, slice_of(records.p, texts), &recording);
    put_frame(PYREC_FRAME_END, 2, slice_of(end, sizeof end), &recording);
    struct slice bytes = buf_view(&recording);
    if (dumped(bytes, &first, &err)) {
        const struct format_input in = container_input(&bytes);
        const struct sink sink = reencode_sink(&r);
        if (!format_pyrec.read(&in, &sink, &err) && err.kind != ERR_USAGE)
            abort();
        if (r.ended && (!dumped(buf_view(&r.file), &second, &err) || first.weight != second.weight))
            abort();
    }
    dump_fini(&first);
    dump_fini(&second);
    reencode_fini(&r);
    buf_fini(&recording);
    return 0;
}
