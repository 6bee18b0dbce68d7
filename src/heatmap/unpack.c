#include "config.h"

#include "src/heatmap/unpack.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <zip.h>
#include <zlib.h>

#include "src/heatmap/render.h"

enum { PIECE = 1 << 16, HEAD = 4096, GZIP_WINDOW = 15 + 16 };

/* The file that is being written, and how large it may get. */
struct inside {
    int fd;
    uint64_t size, limit;
};

static bool put(struct inside *to, const uint8_t *p, size_t n, struct err *err)
{
    if (n > to->limit - to->size)
        return err_set(err, ERR_LIMIT, "what is in it unpacks to more than %llu MB: that is no recording",
                       (unsigned long long)to->limit >> 20);
    to->size += n;
    while (n > 0) {
        ssize_t k = write(to->fd, p, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            return err_system(err, errno, "cannot unpack it to a temporary file (TMPDIR says where)");
        p += k;
        n -= (size_t)k;
    }
    return true;
}

/* --- gzip ----------------------------------------------------------------------------------------------------------*/

static bool inflate_piece(z_stream *z, struct inside *to, bool *ended, struct err *err)
{
    uint8_t piece[PIECE];
    do {
        z->next_out = piece;
        z->avail_out = sizeof piece;
        const int got = inflate(z, Z_NO_FLUSH);
        if (!put(to, piece, sizeof piece - z->avail_out, err))
            return false;
        *ended = got == Z_STREAM_END;
        if (*ended && z->avail_in > 0 && z->next_in[0] == 0x1f && inflateReset(z) == Z_OK)
            *ended = false; /* another member follows */
        if (got == Z_MEM_ERROR)
            return err_nomem(err);
        if (got != Z_OK && got != Z_STREAM_END && got != Z_BUF_ERROR) {
            *ended = true; /* damaged: what came before may be read */
            return true;
        }
    } while (!*ended && (z->avail_out == 0 || z->avail_in > 0));
    return true;
}

static bool unpack_gzip(const struct format_input *in, struct inside *to, struct err *err)
{
    z_stream z = {0};
    uint8_t piece[PIECE];
    bool ended = false, ok = inflateInit2(&z, GZIP_WINDOW) == Z_OK || err_nomem(err);
    for (uint64_t at = 0; ok && !ended && at < in->size;) {
        size_t n = 0;
        ok = in->read(in->self, at, piece, sizeof piece, &n, err);
        if (!ok || n == 0)
            break;
        at += n;
        z.next_in = piece;
        z.avail_in = (unsigned)n;
        ok = inflate_piece(&z, to, &ended, err);
    }
    (void)inflateEnd(&z);
    return ok;
}

/* --- zip -----------------------------------------------------------------------------------------------------------*/

static bool is_report(struct slice head)
{
    return slice_starts(head, SLICE("<!DOCTYPE html>")) &&
           memmem(head.p, head.n, RENDER_GENERATOR, sizeof RENDER_GENERATOR - 1) != NULL;
}

/* Whether the beginning of a file is that of a recording, or of something that is unpacked. */
static bool is_wanted(struct slice head)
{
    for (size_t i = 0; format_registry[i] != NULL; i++) {
        if (format_registry[i]->bid(head) >= 100)
            return true;
    }
    return is_report(head) || slice_starts(head, SLICE("\x1f\x8b"));
}

static size_t read_entry(zip_t *zip, uint64_t index, uint8_t *p, size_t n)
{
    zip_file_t *file = zip_fopen_index(zip, index, 0);
    size_t got = 0;
    for (zip_int64_t k = 1; file != NULL && k > 0 && got<n; got += k> 0 ? (size_t)k : 0)
        k = zip_fread(file, p + got, n - got);
    if (file != NULL)
        (void)zip_fclose(file);
    return got;
}

/* The one recording in it: its index. */
static bool find_entry(zip_t *zip, uint64_t *found, struct err *err)
{
    const zip_int64_t n = zip_get_num_entries(zip, 0);
    const char *first = NULL;
    uint8_t *head = malloc(FORMAT_HEAD);
    if (head == NULL)
        return err_nomem(err);
    for (uint64_t i = 0; (zip_int64_t)i < n && err->kind == ERR_NONE; i++) {
        const char *name = zip_get_name(zip, i, ZIP_FL_ENC_GUESS);
        if (i >= UNPACK_MAX_ENTRIES)
            (void)err_set(err, ERR_LIMIT, "a zip file with more than %u files", UNPACK_MAX_ENTRIES);
        else if (!is_wanted(slice_of(head, read_entry(zip, i, head, FORMAT_HEAD))))
            continue;
        else if (first != NULL)
            (void)err_set(err, ERR_NOT_THIS_FORMAT,
                          "a zip file with several recordings (%s, %s …): unpack it, and give one", first,
                          name == NULL ? "?" : name);
        *found = i;
        first = name == NULL ? "?" : name;
    }
    free(head);
    if (err->kind == ERR_NONE && first == NULL)
        (void)err_set(err, ERR_NOT_THIS_FORMAT,
                      "a zip file without a recording that could be read (%lld files; encrypted ones are not read)",
                      (long long)n);
    return err->kind == ERR_NONE;
}

static bool unpack_entry(zip_t *zip, struct inside *to, struct err *err)
{
    uint64_t index = 0;
    uint8_t piece[PIECE];
    if (!find_entry(zip, &index, err))
        return false;
    zip_file_t *file = zip_fopen_index(zip, index, 0);
    if (file == NULL)
        return err_set(err, ERR_CORRUPT, "a damaged zip file: %s", zip_strerror(zip));
    bool ok = true;
    for (zip_int64_t n; ok && (n = zip_fread(file, piece, sizeof piece)) > 0;)
        ok = put(to, piece, (size_t)n, err);
    (void)zip_fclose(file); /* of damage the recording's own checksums tell */
    return ok;
}

static bool unpack_zip(int fd, struct inside *to, struct err *err)
{
    int why = 0;
    const int mine = dup(fd); /* libzip closes what it was given */
    if (mine < 0)
        return err_system(err, errno, "cannot read");
    zip_t *zip = zip_fdopen(mine, 0, &why);
    if (zip == NULL) {
        zip_error_t error;
        zip_error_init_with_code(&error, why);
        (void)err_set(err, ERR_CORRUPT, "a zip file that cannot be read: %s", zip_error_strerror(&error));
        zip_error_fini(&error);
        (void)close(mine);
        return false;
    }
    const bool ok = unpack_entry(zip, to, err);
    zip_discard(zip);
    return ok;
}

/* --- a report ------------------------------------------------------------------------------------------------------*/

/* Where the last element that holds a recording begins; size: nowhere. */
static bool find_element(const struct format_input *in, uint64_t *at, struct err *err)
{
    const struct slice element = SLICE(UNPACK_ELEMENT);
    uint8_t piece[PIECE + sizeof UNPACK_ELEMENT];
    *at = in->size;
    for (uint64_t end = in->size; end > 0;) {
        const uint64_t start = end > PIECE ? end - PIECE : 0;
        size_t n = 0;
        if (!in->read(in->self, start, piece, (size_t)(end - start) + element.n - 1, &n, err))
            return false;
        for (const uint8_t *p = piece; (p = memmem(p, n - (size_t)(p - piece), element.p, element.n)) != NULL; p++)
            *at = start + (uint64_t)(p - piece);
        if (*at < in->size)
            break;
        end = start;
    }
    return true;
}

static int digit_of(uint8_t b)
{
    if (b >= 'A' && b <= 'Z')
        return b - 'A';
    if (b >= 'a' && b <= 'z')
        return b - 'a' + 26;
    if (b >= '0' && b <= '9')
        return b - '0' + 52;
    return b == '+' ? 62 : b == '/' ? 63 : -1;
}

/* Base64 up to the first '<', after the element's '>'. */
static bool unpack_report(const struct format_input *in, struct inside *to, struct err *err)
{
    uint64_t at;
    uint8_t piece[PIECE], out[PIECE];
    size_t n = 0;
    uint32_t bits = 0;
    unsigned digits = 0;
    bool inside_tag = true;
    if (!find_element(in, &at, err))
        return false;
    if (at == in->size)
        return err_set(err, ERR_NOT_THIS_FORMAT,
                       "a page of pyheatmap's without a recording in it: ask for the recording");
    for (; at < in->size; at += n) {
        size_t k = 0;
        if (!in->read(in->self, at, piece, sizeof piece, &n, err))
            return false;
        for (size_t i = 0; i < n; i++) {
            const int digit = digit_of(piece[i]);
            if (inside_tag) {
                inside_tag = piece[i] != '>';
                continue;
            }
            if (piece[i] == '<')
                return put(to, out, k, err);
            if (digit < 0)
                continue;
            bits = bits << 6 | (uint32_t)digit;
            if (++digits % 4 != 1)
                out[k++] = (uint8_t)(bits >> (2 * (3 - (digits - 1) % 4)));
        }
        if (!put(to, out, k, err))
            return false;
        if (n == 0)
            break;
    }
    return true; /* cut: the recording will say so */
}

/* --- all together --------------------------------------------------------------------------------------------------*/

static uint64_t limit_of(uint64_t size)
{
    const uint64_t limit = size > UNPACK_MAX / UNPACK_MAX_RATIO ? UNPACK_MAX : size * UNPACK_MAX_RATIO;
    return limit + UNPACK_MAX_SMALL < UNPACK_MAX ? limit + UNPACK_MAX_SMALL : UNPACK_MAX;
}

bool unpack(const struct format_input *in, int fd, int (*make_file)(void), int *out, uint64_t *size, struct err *err)
{
    uint8_t bytes[HEAD];
    size_t n = 0;
    *out = -1;
    if (!in->read(in->self, 0, bytes, sizeof bytes, &n, err))
        return false;
    const struct slice head = slice_of(bytes, n);
    const bool gzip = slice_starts(head, SLICE("\x1f\x8b")), zip = slice_starts(head, SLICE("PK\x03\x04"));
    if (!gzip && !zip && !is_report(head))
        return true;
    struct inside to = {.fd = make_file(), .limit = limit_of(in->size)};
    if (to.fd < 0)
        return err_system(err, errno, "no temporary file for what is in it");
    if (gzip ? unpack_gzip(in, &to, err) : zip ? unpack_zip(fd, &to, err) : unpack_report(in, &to, err)) {
        *out = to.fd;
        *size = to.size;
        return true;
    }
    (void)close(to.fd);
    return false;
}
