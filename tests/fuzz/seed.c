/* seed: makes seeds for the fuzzers of a recording. Usage: seed RECORDING DIRECTORY NAME
 *
 * DIRECTORY has a directory for each fuzzer; the seeds' names begin with NAME. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "formats/pyrec_frames.h"
#include "tests/fuzz/container.h"

enum { LARGEST = 64 << 20, MAX_OF_A_KIND = 24, MAX_RECORDS = 16384, MAX_TEXT = 8192 };

struct seeds {
    const char *dir, *name;
    unsigned line_tables, texts;
};

static void save(const struct seeds *s, const char *fuzzer, unsigned number, struct slice bytes)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s/%s-%u", s->dir, fuzzer, s->name, number);
    FILE *f = fopen(path, "wb");
    if (f == NULL || (bytes.n > 0 && fwrite(bytes.p, bytes.n, 1, f) != 1) || fclose(f) != 0) {
        perror(path);
        exit(1);
    }
}

static bool on_code(void *self, const struct rec_code *code, struct err *err)
{
    struct seeds *s = self;
    struct buf b = {0};
    (void)err;
    if (s->line_tables >= MAX_OF_A_KIND || code->line_table.n == 0)
        return true;
    buf_u16(&b, (uint16_t)(code->python & 0xff));
    buf_u32(&b, code->first_line);
    buf_slice(&b, code->line_table);
    save(s, "linetable", s->line_tables++, buf_view(&b));
    buf_fini(&b);
    return true;
}

static bool on_source(void *self, const struct rec_source *piece, struct err *err)
{
    struct seeds *s = self;
    (void)err;
    if (s->texts < MAX_OF_A_KIND)
        save(s, "pytext", s->texts++, slice_of(piece->bytes.p, piece->bytes.n < MAX_TEXT ? piece->bytes.n : MAX_TEXT));
    return true;
}

/* Behind the header, which fuzz_decode writes itself. */
static struct slice without_header(struct slice records)
{
    return records.n > 1 && records.p[0] == PYREC_HEADER && records.p[1] < 0x80 ? slice_skip(records, 2u + records.p[1])
                                                                                : records;
}

static void save_frames(const struct seeds *s, const struct format_input *in)
{
    struct err err = {0};
    struct pyrec_frames frames;
    struct pyrec_frame frame;
    struct buf all = {0}, decode = {0}, behind = {0};
    unsigned n = 0;
    if (!pyrec_frames_init(&frames, in, &err))
        exit(1);
    for (uint64_t at = 0; pyrec_frames_open(&frames, at, &frame, &err) == FRAME_OK; at = frame.offset + frame.size) {
        if (frame.records.n > MAX_RECORDS)
            continue;
        container_fold(&frame.head, frame.records, &all);
        if (frame.head.kind == PYREC_FRAME_END || n >= MAX_OF_A_KIND)
            continue;
        buf_clear(&decode);
        buf_u8(&decode, frame.head.kind == PYREC_FRAME_TEXTS ? 255 : 0);
        buf_slice(&decode, without_header(frame.records));
        save(s, "decode", n++, buf_view(&decode));
    }
    save(s, "model", 0, buf_view(&all));
    buf_u8(&behind, 1);
    buf_slice(&behind, buf_view(&all));
    save(s, "frames", 0, buf_view(&behind));
    save(s, "redact", 0, buf_view(&behind));
    pyrec_frames_fini(&frames);
    buf_fini(&all);
    buf_fini(&decode);
    buf_fini(&behind);
}

int main(int argc, char **argv)
{
    FILE *f = argc == 4 ? fopen(argv[1], "rb") : NULL;
    uint8_t *p = malloc(LARGEST);
    if (f == NULL || p == NULL)
        return 2;
    const struct slice recording = slice_of(p, fread(p, 1, LARGEST, f));
    (void)fclose(f);
    struct err err = {0};
    struct seeds s = {.dir = argv[2], .name = argv[3]};
    const struct sink sink = {.self = &s, .code = on_code, .source = on_source};
    const struct format_input in = container_input(&recording);
    if (!format_pyrec.read(&in, &sink, &err)) {
        (void)fprintf(stderr, "%s: %s\n", argv[1], err.msg);
        return 1;
    }
    if (recording.n <= MAX_RECORDS * 4)
        save(&s, "pyrec", 0, recording);
    save_frames(&s, &in);
    free(p);
    return 0;
}
