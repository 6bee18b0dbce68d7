#include "config.h"

#include "src/heatmap/pytext.h"

#include <errno.h>
#include <iconv.h>
#include <stdio.h>

#include "src/base/buf.h"
#include "src/heatmap/utf8.h"

/* A decorator list that is longer than this, with its comments, loses its `def`. */
enum { DEF_LINES = 200 };

static bool is_line_end(uint8_t b)
{
    return b == '\n' || b == '\r';
}

/* The first line of *rest without its ending; *rest goes on behind it. */
static struct slice take_line(struct slice *rest)
{
    struct slice line = {rest->p, 0};
    while (line.n < rest->n && !is_line_end(rest->p[line.n]))
        line.n++;
    size_t end = line.n;
    if (end < rest->n)
        end += rest->p[end] == '\r' && end + 1 < rest->n && rest->p[end + 1] == '\n' ? 2 : 1;
    *rest = slice_skip(*rest, end);
    return line;
}

static struct slice skip_blanks(struct slice s)
{
    while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t' || s.p[0] == '\f'))
        s = slice_skip(s, 1);
    return s;
}

static bool is_word(uint8_t b)
{
    return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') || b == '_';
}

/* PEP 263: ^[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+); empty where it does not match. */
static struct slice cookie_of_line(struct slice line)
{
    const struct slice coding = SLICE("coding");
    line = skip_blanks(line);
    if (line.n == 0 || line.p[0] != '#')
        return (struct slice){NULL, 0};
    for (; line.n > coding.n; line = slice_skip(line, 1)) {
        uint8_t sign = line.p[coding.n];
        if (!slice_starts(line, coding) || (sign != ':' && sign != '='))
            continue;
        struct slice name = slice_skip(line, coding.n + 1);
        while (name.n > 0 && (name.p[0] == ' ' || name.p[0] == '\t'))
            name = slice_skip(name, 1);
        size_t n = 0;
        while (n < name.n && (is_word(name.p[n]) || name.p[n] == '-' || name.p[n] == '.'))
            n++;
        if (n > 0)
            return slice_of(name.p, n);
    }
    return (struct slice){NULL, 0};
}

/* In the first line, or in the second when the first is blank or a comment. */
static struct slice cookie_of(struct slice bytes)
{
    struct slice first = take_line(&bytes);
    struct slice cookie = cookie_of_line(first);
    first = skip_blanks(first);
    if (cookie.n == 0 && (first.n == 0 || first.p[0] == '#'))
        cookie = cookie_of_line(take_line(&bytes));
    return cookie;
}

enum codec { CODEC_UTF8, CODEC_ASCII, CODEC_LATIN1, CODEC_CP1252, CODEC_ICONV };
enum { NAME_MAX_BYTES = 32 };

/* The names that Python takes for what needs no iconv(3), which may be without its tables where we run. */
static enum codec codec_of(struct slice cookie, char name[NAME_MAX_BYTES])
{
    static const struct {
        const char *name;
        enum codec codec;
    } known[] = {
        {"utf-8", CODEC_UTF8},          {"utf8", CODEC_UTF8},          {"u8", CODEC_UTF8},
        {"ascii", CODEC_ASCII},         {"us-ascii", CODEC_ASCII},     {"latin-1", CODEC_LATIN1},
        {"latin1", CODEC_LATIN1},       {"l1", CODEC_LATIN1},          {"iso-8859-1", CODEC_LATIN1},
        {"iso8859-1", CODEC_LATIN1},    {"iso-latin-1", CODEC_LATIN1}, {"cp1252", CODEC_CP1252},
        {"windows-1252", CODEC_CP1252},
    };
    size_t n = cookie.n < NAME_MAX_BYTES - 1 ? cookie.n : NAME_MAX_BYTES - 1;
    for (size_t i = 0; i < n; i++) {
        uint8_t b = cookie.p[i];
        name[i] = (char)(b == '_' ? '-' : b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b);
    }
    name[n] = '\0';
    if (n == 0 || strncmp(name, "utf-8-", 6) == 0) /* utf-8-sig, utf-8-unix */
        return CODEC_UTF8;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(name, known[i].name) == 0)
            return known[i].codec;
    }
    return CODEC_ICONV;
}

static void put_char(struct buf *out, uint32_t c)
{
    if (c < 0x80) {
        buf_u8(out, (uint8_t)c);
    } else if (c < 0x800) {
        buf_u8(out, (uint8_t)(0xc0 | c >> 6));
        buf_u8(out, (uint8_t)(0x80 | (c & 0x3f)));
    } else {
        buf_u8(out, (uint8_t)(0xe0 | c >> 12));
        buf_u8(out, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
        buf_u8(out, (uint8_t)(0x80 | (c & 0x3f)));
    }
}

/* What cp1252 has at 0x80 … 0x9f; 0: nothing. */
static const uint16_t cp1252[32] = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};

static void decode_single(struct buf *out, struct slice bytes, enum codec codec)
{
    for (size_t i = 0; i < bytes.n; i++) {
        uint8_t b = bytes.p[i];
        uint32_t c = b;
        if (codec == CODEC_CP1252 && b >= 0x80 && b < 0xa0)
            c = cp1252[b - 0x80];
        else if (codec == CODEC_ASCII && b >= 0x80)
            c = 0;
        if (c != 0)
            put_char(out, c);
        else
            buf_printf(out, "\\x%02x", b);
    }
}

static void decode_iconv(struct buf *out, struct slice bytes, iconv_t cd)
{
    char *in = (char *)(uintptr_t)bytes.p; /* iconv does not write to it */
    size_t in_left = bytes.n;
    while (in_left > 0) {
        char piece[4096];
        char *to = piece;
        size_t to_left = sizeof piece;
        size_t done = iconv(cd, &in, &in_left, &to, &to_left);
        int why = errno;
        utf8_show(out, slice_of(piece, sizeof piece - to_left));
        if (done == (size_t)-1 && why != E2BIG && in_left > 0) {
            buf_printf(out, "\\x%02x", (uint8_t)*in);
            in++;
            in_left--;
        }
    }
}

/* ASCII without NUL: the same in every encoding that is decoded here by hand. */
static bool is_ascii(struct slice s)
{
    size_t i = 0;
    while (i < s.n && s.p[i] != '\0' && s.p[i] < 0x80)
        i++;
    return i == s.n;
}

static bool decode(struct arena *arena, struct slice bytes, struct pytext *out, struct err *err)
{
    const struct slice bom = SLICE("\xef\xbb\xbf");
    char name[NAME_MAX_BYTES];
    enum codec codec = CODEC_UTF8;
    iconv_t cd = (iconv_t)-1;
    out->unknown = (struct slice){NULL, 0};
    if (slice_starts(bytes, bom)) {
        bytes = slice_skip(bytes, bom.n);
    } else {
        struct slice cookie = cookie_of(bytes);
        codec = codec_of(cookie, name);
        if (codec == CODEC_ICONV && (cd = iconv_open("UTF-8", name)) == (iconv_t)-1) {
            codec = CODEC_UTF8;
            out->unknown = cookie;
        }
    }
    bool plain = codec == CODEC_UTF8 ? utf8_plain(bytes) == bytes.n : codec != CODEC_ICONV && is_ascii(bytes);
    if (plain) {
        out->text = bytes;
        return true;
    }
    struct buf text = {0};
    if (codec == CODEC_UTF8)
        utf8_show(&text, bytes);
    else if (codec == CODEC_ICONV)
        decode_iconv(&text, bytes, cd);
    else
        decode_single(&text, bytes, codec);
    if (cd != (iconv_t)-1)
        (void)iconv_close(cd);
    out->text = buf_ok(&text) ? arena_copy(arena, buf_view(&text)) : (struct slice){NULL, 0};
    buf_fini(&text);
    return out->text.p != NULL || err_nomem(err);
}

bool pytext_decode(struct arena *arena, struct slice bytes, struct pytext *out, struct err *err)
{
    if (!decode(arena, bytes, out, err))
        return false;
    if (out->text.n > UINT32_MAX)
        return err_set(err, ERR_LIMIT, "a source text of %zu bytes", out->text.n);
    size_t lines = 0;
    for (struct slice rest = out->text; rest.n > 0; lines++)
        (void)take_line(&rest);
    uint32_t *starts = arena_calloc(arena, lines + 1, sizeof *starts);
    if (starts == NULL)
        return err_nomem(err);
    struct slice rest = out->text;
    for (size_t i = 0; i < lines; i++) {
        starts[i] = (uint32_t)(out->text.n - rest.n);
        (void)take_line(&rest);
    }
    starts[lines] = (uint32_t)out->text.n;
    out->lines = (uint32_t)lines;
    out->starts = starts;
    return true;
}

struct slice pytext_line(const struct pytext *t, uint32_t line)
{
    if (line == 0 || line > t->lines)
        return (struct slice){NULL, 0};
    struct slice s = slice_of(t->text.p + t->starts[line - 1], t->starts[line] - t->starts[line - 1]);
    while (s.n > 0 && is_line_end(s.p[s.n - 1]))
        s.n--;
    return s;
}

/* Steps over `word` and the blanks behind it. */
static bool take_word(struct slice *s, struct slice word)
{
    if (!slice_starts(*s, word) || (s->n > word.n && (is_word(s->p[word.n]) || s->p[word.n] >= 0x80)))
        return false;
    *s = skip_blanks(slice_skip(*s, word.n));
    return true;
}

uint32_t pytext_def_line(const struct pytext *t, uint32_t first_line, struct slice name)
{
    if (name.n == 0 || name.p[0] == '<')
        return first_line;
    for (uint32_t i = 0; i < DEF_LINES && first_line <= t->lines && i <= t->lines - first_line; i++) {
        uint32_t line = first_line + i;
        struct slice s = skip_blanks(pytext_line(t, line));
        (void)take_word(&s, SLICE("async"));
        if ((take_word(&s, SLICE("def")) || take_word(&s, SLICE("class"))) && take_word(&s, name))
            return line;
    }
    return first_line;
}
