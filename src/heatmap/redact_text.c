#include "config.h"

#include "src/heatmap/redact_text.h"

#include "src/heatmap/secrets.h"

static bool is_blank(uint8_t b)
{
    return b == ' ' || b == '\t' || b == '\f';
}

static bool is_word(uint8_t b)
{
    return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') || b == '_' || b >= 0x80;
}

/* The first line of *rest, and its ending: \n, \r\n or \r, as pytext.h has lines. */
static struct slice take_line(struct slice *rest, struct slice *ending)
{
    struct slice line = {rest->p, 0};
    while (line.n < rest->n && rest->p[line.n] != '\n' && rest->p[line.n] != '\r')
        line.n++;
    *ending = slice_skip(*rest, line.n);
    if (ending->n > 0)
        ending->n = ending->p[0] == '\r' && ending->n > 1 && ending->p[1] == '\n' ? 2 : 1;
    *rest = slice_skip(*rest, line.n + ending->n);
    return line;
}

static size_t blanks(struct slice s, size_t at)
{
    while (at < s.n && is_blank(s.p[at]))
        at++;
    return at;
}

static size_t word(struct slice s, size_t at)
{
    while (at < s.n && is_word(s.p[at]))
        at++;
    return at;
}

/* Bytes of a line that stay when it is blanked: its indentation, and the name that it defines, by which functions are
 * found. */
static size_t head_of(struct slice line)
{
    const size_t indentation = blanks(line, 0);
    size_t at = indentation, end = word(line, at);
    if (slice_eq(slice_of(line.p + at, end - at), SLICE("async"))) {
        at = blanks(line, end);
        end = word(line, at);
    }
    const struct slice first = slice_of(line.p + at, end - at);
    if (!slice_eq(first, SLICE("def")) && !slice_eq(first, SLICE("class")))
        return indentation;
    return word(line, blanks(line, end));
}

/* What the text is written in (PEP 263). */
static bool is_declaration(uint32_t line, struct slice s)
{
    return line <= 2 && memchr(s.p, '#', s.n) != NULL && memmem(s.p, s.n, "coding", 6) != NULL;
}

uint32_t redact_text_lines(struct slice text)
{
    struct slice ending;
    uint32_t n = 0;
    do {
        (void)take_line(&text, &ending);
        n++;
    } while (text.n > 0);
    return n;
}

void redact_text(const struct redact_text *how, struct rewrite *map, struct slice text, struct buf *out)
{
    struct secrets secrets = {0};
    struct slice ending;
    uint32_t keep_to = 0;
    for (uint32_t number = 1; text.n > 0; number++) {
        const struct slice line = take_line(&text, &ending);
        const bool secret = secrets_line(&secrets, line);
        if (how->keep_to != NULL && number <= how->keep_lines && how->keep_to[number - 1] > keep_to)
            keep_to = how->keep_to[number - 1];
        if (how->keep_to != NULL && number > keep_to && !is_declaration(number, line)) {
            /* empty */
        } else if (secret) {
            const size_t head = head_of(line);
            rewrite_apply(map, slice_of(line.p, head), out);
            buf_str(out, head > 0 && !is_blank(line.p[head - 1]) ? " " : "");
            buf_str(out, how->instead);
            if (how->blanked != NULL)
                how->blanked(how->self, number);
        } else {
            rewrite_apply(map, line, out);
        }
        buf_slice(out, ending);
    }
}
