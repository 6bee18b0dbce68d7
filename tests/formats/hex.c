#include "config.h"

#include "tests/formats/hex.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <zstd.h>

#include "formats/pyrec_head.h"
#include "src/base/hash.h"

enum { MAX_NESTING = 8, LENGTH_AT = 40 /* in a head, pyrec.md §2.2 */ };

static bool put_repeated(struct buf *out, size_t start, const char *times, struct err *err)
{
    char *end;
    unsigned long n = strtoul(times, &end, 10);
    if (n == 0 || *end != '\0')
        return err_set(err, ERR_USAGE, "a byte is repeated %s times", times);
    uint8_t byte = out->p[start];
    for (unsigned long i = 1; i < n; i++)
        buf_u8(out, byte);
    return true;
}

/* A word between spaces: hex digits, a byte and how often it comes (00*20), an integer as varint (v300) or as zigzag
 * varint (z-5). */
static bool put_word(struct buf *out, const char *word, struct err *err)
{
    char *end = NULL;
    if (word[0] == 'v')
        buf_varint(out, strtoull(word + 1, &end, 0));
    if (word[0] == 'z') {
        long long v = strtoll(word + 1, &end, 0);
        buf_varint(out, (uint64_t)v << 1 ^ (uint64_t)(v >> 63));
    }
    if (end != NULL)
        return *end == '\0' || err_set(err, ERR_USAGE, "not a number: %s", word);
    size_t start = out->n;
    for (const char *p = word; *p != '\0'; p += 2) {
        const char digits[] = {p[0], p[1], '\0'};
        if (p[0] == '*')
            return out->n == start + 1 ? put_repeated(out, start, p + 1, err)
                                       : err_set(err, ERR_USAGE, "not one byte: %s", word);
        if (!isxdigit((unsigned char)p[0]) || !isxdigit((unsigned char)p[1]))
            return err_set(err, ERR_USAGE, "not hex: %s", word);
        buf_u8(out, (uint8_t)strtoul(digits, NULL, 16));
    }
    return true;
}

/* What began at `start` gets its length in front, as a varint. */
static void put_length(struct buf *out, size_t start)
{
    struct buf length = {0};
    buf_varint(&length, out->n - start);
    if (buf_reserve(out, length.n)) {
        memmove(out->p + start + length.n, out->p + start, out->n - start);
        memcpy(out->p + start, length.p, length.n);
        out->n += length.n;
    }
    buf_fini(&length);
}

bool hex_bytes(struct slice text, struct buf *out, struct err *err)
{
    size_t open[MAX_NESTING], depth = 0;
    for (size_t i = 0; i < text.n;) {
        char c = (char)text.p[i];
        if (c == '#') {
            while (i < text.n && text.p[i] != '\n')
                i++;
        } else if (isspace((unsigned char)c)) {
            i++;
        } else if (c == '"') {
            const uint8_t *end = memchr(text.p + i + 1, '"', text.n - i - 1);
            if (end == NULL)
                return err_set(err, ERR_USAGE, "a text without an end");
            size_t n = (size_t)(end - (text.p + i + 1));
            buf_bytes(out, text.p + i + 1, n);
            i += n + 2;
        } else if (c == '[' && depth < MAX_NESTING) {
            open[depth++] = out->n;
            i++;
        } else if (c == ']' && depth > 0) {
            put_length(out, open[--depth]);
            i++;
        } else {
            char word[80];
            size_t n = 0;
            while (i < text.n && !isspace(text.p[i]) && strchr("#\"[]", (char)text.p[i]) == NULL && n + 1 < sizeof word)
                word[n++] = (char)text.p[i++];
            word[n] = '\0';
            if (n == 0 || !put_word(out, word, err))
                return err_set(err, ERR_USAGE, "cannot read '%c'", c);
        }
    }
    if (depth > 0)
        return err_set(err, ERR_USAGE, "a [ without its ]");
    return buf_ok(out) || err_nomem(err);
}

/* The state of a fixture: what the next frame's head says unless it is told otherwise. */
struct assembler {
    struct pyrec_head next;
    uint32_t parts[256]; /* by kind */
};

/* What a fixture may want wrong. */
struct wrongs {
    bool spoil;        /* the checksum */
    uint32_t too_long; /* the head says so many bytes more than there are */
};

static bool set_field(struct pyrec_head *h, struct wrongs *wrongs, const char *key, uint64_t v)
{
    if (strcmp(key, "kind") == 0)
        h->kind = (uint8_t)v;
    else if (strcmp(key, "version") == 0)
        h->version = (uint8_t)v;
    else if (strcmp(key, "draft") == 0)
        h->draft = (uint16_t)v;
    else if (strcmp(key, "recording") == 0)
        memset(h->id, (int)v, sizeof h->id);
    else if (strcmp(key, "epoch") == 0)
        h->epoch = (uint32_t)v;
    else if (strcmp(key, "part") == 0)
        h->part = (uint32_t)v;
    else if (strcmp(key, "sequence") == 0)
        h->sequence = (uint32_t)v;
    else if (strcmp(key, "weight_before") == 0)
        h->weight_before = v;
    else if (strcmp(key, "weight") == 0)
        h->weight = v;
    else if (strcmp(key, "since") == 0)
        h->since = v;
    else if (strcmp(key, "until") == 0)
        h->until = v;
    else if (strcmp(key, "spoil") == 0)
        wrongs->spoil = v != 0;
    else if (strcmp(key, "too_long") == 0)
        wrongs->too_long = (uint32_t)v;
    else
        return false;
    return true;
}

static bool put_frame(struct assembler *a, char *fields, struct slice records, struct buf *out, struct err *err)
{
    bool ok = false;
    struct wrongs wrongs = {0};
    struct buf payload = {0};
    struct pyrec_head h = a->next;
    h.kind = PYREC_FRAME_EPOCH;
    h.epoch = a->next.epoch == 0 ? 1 : a->next.epoch;
    h.weight = 0;
    bool part_given = strstr(fields, "part=") != NULL;
    for (char *save, *field = strtok_r(fields, " \t", &save); field != NULL; field = strtok_r(NULL, " \t", &save)) {
        char *value = strchr(field, '=');
        if (value == NULL)
            return err_set(err, ERR_USAGE, "not a field: %s", field);
        *value = '\0';
        if (!set_field(&h, &wrongs, field, strtoull(value + 1, NULL, 0)))
            return err_set(err, ERR_USAGE, "no such field: %s", field);
    }
    const uint32_t epoch = h.epoch;
    if (epoch != a->next.epoch && h.kind == PYREC_FRAME_EPOCH)
        a->parts[PYREC_FRAME_EPOCH] = 0;
    if (!part_given)
        h.part = a->parts[h.kind];
    if (h.kind != PYREC_FRAME_EPOCH)
        h.epoch = 0;

    static const uint8_t zeros[PYREC_HEAD_SIZE];
    buf_bytes(&payload, zeros, sizeof zeros);
    if (!hex_bytes(records, &payload, err))
        goto out;
    h.length = (uint32_t)(payload.n - PYREC_HEAD_SIZE);
    pyrec_head_pack(&h, payload.p);
    if (wrongs.too_long != 0) {
        for (unsigned k = 0; k < 4; k++)
            payload.p[LENGTH_AT + k] = (uint8_t)((h.length + wrongs.too_long) >> (8 * k));
        hash128_pair(slice_of(payload.p, PYREC_HEAD_HASH_AT), slice_of(payload.p + PYREC_HEAD_SIZE, h.length),
                     payload.p + PYREC_HEAD_HASH_AT);
    }
    if (wrongs.spoil)
        payload.p[PYREC_HEAD_HASH_AT] ^= 1;

    ZSTD_CCtx *zstd = ZSTD_createCCtx();
    size_t cap = ZSTD_compressBound(payload.n);
    if (zstd == NULL || !buf_reserve(out, cap)) {
        (void)ZSTD_freeCCtx(zstd);
        (void)err_nomem(err);
        goto out;
    }
    (void)ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1);
    (void)ZSTD_CCtx_setParameter(zstd, ZSTD_c_windowLog, PYREC_MAX_PAYLOAD_LOG);
    size_t n = ZSTD_compress2(zstd, out->p + out->n, cap, payload.p, payload.n);
    (void)ZSTD_freeCCtx(zstd);
    if (ZSTD_isError(n)) {
        (void)err_set(err, ERR_SYSTEM, "zstd: %s", ZSTD_getErrorName(n));
        goto out;
    }
    out->n += n;
    a->next = h;
    a->next.epoch = epoch;
    a->next.version = PYREC_VERSION;
    a->next.draft = 0;
    a->next.sequence = h.sequence + 1;
    a->next.weight_before = h.weight_before + h.weight;
    a->next.since = h.until;
    a->parts[h.kind] = h.part + 1;
    ok = true;
out:
    buf_fini(&payload);
    return ok;
}

/* "@frame …" begins a frame, "@plain" bytes that stand for themselves; both reach to the next @ that begins a line. */
bool hex_recording(struct slice text, struct buf *out, struct err *err)
{
    struct assembler a = {.next = {.version = PYREC_VERSION}};
    memset(a.next.id, 0xaa, sizeof a.next.id);
    size_t i = 0;
    while (i < text.n && text.p[i] != '@') {
        const uint8_t *eol = memchr(text.p + i, '\n', text.n - i);
        i = eol == NULL ? text.n : (size_t)(eol - text.p) + 1;
    }
    while (i < text.n) {
        const uint8_t *eol = memchr(text.p + i, '\n', text.n - i);
        size_t body = eol == NULL ? text.n : (size_t)(eol - text.p) + 1;
        char line[256];
        (void)snprintf(line, sizeof line, "%.*s", (int)(body - i), (const char *)text.p + i);
        line[strcspn(line, "#\n")] = '\0';
        size_t end = body;
        while (end < text.n && !(text.p[end] == '@' && text.p[end - 1] == '\n'))
            end++;
        struct slice bytes = slice_of(text.p + body, end - body);
        bool plain = strncmp(line, "@plain", 6) == 0;
        if (!plain && strncmp(line, "@frame", 6) != 0)
            return err_set(err, ERR_USAGE, "no such directive: %s", line);
        if (plain ? !hex_bytes(bytes, out, err) : !put_frame(&a, line + 6, bytes, out, err))
            return err_prefix(err, "%s", line);
        i = end;
    }
    return buf_ok(out) || err_nomem(err);
}

bool hex_load(const char *path, struct buf *out, struct err *err)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return err_system(err, errno, "%s", path);
    for (size_t n = 1; n > 0 && buf_reserve(out, 65536);) {
        n = fread(out->p + out->n, 1, 65536, f);
        out->n += n;
    }
    bool ok = ferror(f) == 0 || err_system(err, errno, "%s", path);
    (void)fclose(f);
    if (ok && buf_reserve(out, 1))
        out->p[out->n] = '\0';
    return ok && (buf_ok(out) || err_nomem(err));
}
