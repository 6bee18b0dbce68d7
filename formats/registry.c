#include "config.h"

#include <stdlib.h>

#include "formats/format.h"

const struct format *const format_registry[] = {
    &format_pyrec,
    NULL,
};

const struct format *format_by_name(const char *name)
{
    for (size_t i = 0; format_registry[i] != NULL; i++) {
        if (strcmp(format_registry[i]->name, name) == 0)
            return format_registry[i];
    }
    return NULL;
}

/* What people pass by mistake, and what to do about it. */
static const struct {
    struct slice magic;
    const char *words;
} known[] = {
    {SLICE("PK\x03\x04"), "a zip file"},
    {SLICE("\x1f\x8b"), "compressed with gzip"},
    {SLICE("\xfd"
           "7zXZ"),
     "compressed with xz? unpack it first"},
    {SLICE("BZh"), "compressed with bzip2? unpack it first"},
    {SLICE("\x28\xb5\x2f\xfd"), "compressed with zstd, but something else is inside"},
    {SLICE("\x7f"
           "ELF"),
     "a program? name a recording, made by pyrecord"},
    {SLICE("PERFILE2"), "a recording of perf"},
    {SLICE("<!DOCTYPE"), "a web page"},
    {SLICE("<html"), "a web page"},
    {SLICE("#!"), "a script? record it with pyrecord first"},
    {SLICE("{"), "JSON"},
    {SLICE("["), "JSON"},
};

static bool is_text(struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < 0x20 && s.p[i] != '\n' && s.p[i] != '\r' && s.p[i] != '\t')
            return false;
    }
    return true;
}

static bool all_zero(struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != 0)
            return false;
    }
    return true;
}

static const char *describe(struct slice head)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (slice_starts(head, known[i].magic))
            return known[i].words;
    }
    if (all_zero(head))
        return "nothing but zero bytes: was the disk full, or the copy interrupted?";
    return is_text(head) ? "a text file" : "of no kind that is known here";
}

static void set_unknown(struct slice head, struct err *err)
{
    if (head.n == 0) {
        (void)err_set(err, ERR_NOT_THIS_FORMAT, "not a recording: the file is empty");
        return;
    }
    char hex[4 * 3 + 1] = "";
    for (size_t i = 0; i < 4 && i < head.n; i++) {
        static const char digits[] = "0123456789abcdef";
        hex[3 * i] = ' ';
        hex[3 * i + 1] = digits[head.p[i] >> 4];
        hex[3 * i + 2] = digits[head.p[i] & 15];
        hex[3 * i + 3] = '\0';
    }
    (void)err_set(err, ERR_NOT_THIS_FORMAT, "not a recording (begins with%s: %s)", hex, describe(head));
}

const struct format *format_guess(const struct format_input *in, struct err *err)
{
    const struct format *best = NULL;
    int highest = 0;
    size_t n = 0;
    uint8_t *bytes = malloc(FORMAT_HEAD);
    if (bytes == NULL) {
        (void)err_nomem(err);
        return NULL;
    }
    if (!in->read(in->self, 0, bytes, FORMAT_HEAD, &n, err))
        goto out;
    for (size_t i = 0; format_registry[i] != NULL; i++) {
        int bid = format_registry[i]->bid(slice_of(bytes, n));
        if (bid > highest) {
            highest = bid;
            best = format_registry[i];
        }
    }
    if (best == NULL)
        set_unknown(slice_of(bytes, n), err);
out:
    free(bytes);
    return best;
}
