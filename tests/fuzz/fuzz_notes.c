/* fuzz_notes: any bytes as a note: the HTML holds only tags that cannot load or run anything, each closed once it was
 * opened, and links lead to http, https or mailto. */
#include "config.h"

#include <stdlib.h>
#include <strings.h>

#include "src/heatmap/notes.h"
#include "src/heatmap/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

enum { LONGEST_TAG = 12 };

static void must(bool holds)
{
    if (!holds)
        abort();
}

static bool is_one_of(struct slice s, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (slice_eq(s, slice_str(*words)))
            return true;
    }
    return false;
}

/* Takes what is before a byte, and the byte. */
static struct slice take_until(struct slice *s, char end)
{
    const uint8_t *p = s->n == 0 ? NULL : memchr(s->p, end, s->n);
    must(p != NULL);
    struct slice got = slice_of(s->p, (size_t)(p - s->p));
    *s = slice_skip(*s, got.n + 1);
    return got;
}

static void check_attribute(struct slice tag, struct slice name, struct slice value)
{
    must(memchr(value.p, '<', value.n) == NULL && memchr(value.p, '>', value.n) == NULL);
    if (slice_eq(tag, SLICE("a")) && slice_eq(name, SLICE("href"))) {
        must(value.n >= 7 && (strncasecmp((const char *)value.p, "http://", 7) == 0 ||
                              strncasecmp((const char *)value.p, "mailto:", 7) == 0 ||
                              (value.n >= 8 && strncasecmp((const char *)value.p, "https://", 8) == 0)));
        return;
    }
    static const char *const titles[] = {"title", NULL}, *const classes[] = {"class", NULL},
                             *const starts[] = {"start", NULL};
    must((slice_eq(tag, SLICE("a")) && is_one_of(name, titles)) ||
         (slice_eq(tag, SLICE("code")) && is_one_of(name, classes)) ||
         (slice_eq(tag, SLICE("ol")) && is_one_of(name, starts)));
}

/* What is between < and >. */
static void check_tag(struct slice tag, int *open)
{
    static const char *const empty[] = {"br", "hr", NULL};
    static const char *const paired[] = {"p",          "h3",  "h4",   "h5", "h6",     "ul", "ol", "li",
                                         "blockquote", "pre", "code", "em", "strong", "a",  NULL};
    bool closes = slice_starts(tag, SLICE("/"));
    struct slice rest = closes ? slice_skip(tag, 1) : tag;
    if (slice_ends(rest, SLICE(" /")))
        rest.n -= 2;
    struct slice name = {rest.p, 0};
    while (name.n < rest.n && rest.p[name.n] != ' ')
        name.n++;
    rest = slice_skip(rest, name.n);
    must(name.n <= LONGEST_TAG && (is_one_of(name, paired) || (!closes && is_one_of(name, empty))));
    must(!closes || rest.n == 0);
    if (is_one_of(name, paired))
        *open += closes ? -1 : 1;
    must(*open >= 0);
    while (rest.n > 0) {
        must(rest.p[0] == ' ');
        rest = slice_skip(rest, 1);
        struct slice attribute = take_until(&rest, '=');
        must(rest.n > 0 && rest.p[0] == '"');
        rest = slice_skip(rest, 1);
        check_attribute(name, attribute, take_until(&rest, '"'));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct buf html = {0};
    int open = 0;
    notes_html(&html, slice_of(p, n));
    must(buf_ok(&html) && utf8_plain(buf_view(&html)) == html.n);
    struct slice rest = buf_view(&html);
    while (rest.n > 0 && memchr(rest.p, '<', rest.n) != NULL) {
        struct slice text = take_until(&rest, '<');
        must(text.n == 0 || memchr(text.p, '\0', text.n) == NULL);
        check_tag(take_until(&rest, '>'), &open);
    }
    must(open == 0);
    buf_fini(&html);
    return 0;
}
