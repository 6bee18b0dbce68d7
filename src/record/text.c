#include "config.h"

#include "src/record/text.h"

#include <strings.h>

bool text_next(struct slice *text, char end, struct slice *piece)
{
    if (text->n == 0)
        return false;
    const uint8_t *at = memchr(text->p, end, text->n);
    *piece = (struct slice){text->p, at == NULL ? text->n : (size_t)(at - text->p)};
    *text = slice_skip(*text, piece->n + 1);
    return true;
}

static bool blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice text_trim(struct slice s)
{
    while (s.n > 0 && blank(s.p[0]))
        s = slice_skip(s, 1);
    while (s.n > 0 && blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

struct slice text_value(struct slice text, const char *key, char separator)
{
    struct slice line;
    while (text_next(&text, '\n', &line)) {
        struct slice left;
        if (memchr(line.p, separator, line.n) == NULL || !text_next(&line, separator, &left))
            continue;
        left = text_trim(left);
        if (left.n == strlen(key) && strncasecmp((const char *)left.p, key, left.n) == 0)
            return text_trim(line);
    }
    return (struct slice){NULL, 0};
}
