#include "config.h"

#include "src/heatmap/rewrite.h"

#include <stdlib.h>

#include "src/base/array.h"
#include "src/heatmap/utf8.h"

void rewrite_fini(struct rewrite *r)
{
    arena_fini(&r->arena);
    intern_fini(&r->known);
    free(r->rules);
    *r = (struct rewrite){0};
}

static uint8_t lower(uint8_t b)
{
    return b >= 'A' && b <= 'Z' ? (uint8_t)(b - 'A' + 'a') : b;
}

static bool is_alnum(uint8_t b)
{
    return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9');
}

static bool is_hex(uint8_t b)
{
    return (b >= '0' && b <= '9') || (lower(b) >= 'a' && lower(b) <= 'f');
}

static bool folds(enum rewrite_mode mode)
{
    return mode == REWRITE_ANYWHERE || mode == REWRITE_WORD;
}

/* --- the rules -----------------------------------------------------------------------------------------------------*/

static bool put(struct rewrite *r, struct slice from, struct slice to, enum rewrite_mode mode, bool escaped,
                struct err *err)
{
    bool fresh = false;
    if (!intern_put_kind(&r->known, (uint8_t)mode, from, &fresh, err))
        return false;
    if (!fresh)
        return true;
    if (!array_reserve(&r->rules, &r->cap, (uint64_t)r->n + 1, sizeof *r->rules, err))
        return false;
    struct rewrite_rule rule = {arena_copy(&r->arena, from), arena_copy(&r->arena, to), mode, escaped, 0};
    if (rule.from.p == NULL || rule.to.p == NULL)
        return err_nomem(err);
    r->rules[r->n++] = rule;
    return true;
}

static uint32_t code_point(const uint8_t *p, unsigned n)
{
    static const uint8_t lead[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t c = p[0] & lead[n];
    for (unsigned i = 1; i < n; i++)
        c = c << 6 | (p[i] & 0x3f);
    return c;
}

enum form { FORM_LATIN1, FORM_PYTHON, FORM_JSON, FORM_URL, FORMS };

static void put_form(struct buf *out, enum form form, const uint8_t *p, unsigned n)
{
    const uint32_t c = code_point(p, n);
    if (c < 0x80 || form == FORM_LATIN1)
        buf_u8(out, (uint8_t)c);
    else if (form == FORM_PYTHON && c < 0x100)
        buf_printf(out, "\\x%02x", c);
    else if (form == FORM_URL)
        for (unsigned i = 0; i < n; i++)
            buf_printf(out, "%%%02X", p[i]);
    else if (c < 0x10000)
        buf_printf(out, "\\u%04x", c);
    else if (form == FORM_PYTHON)
        buf_printf(out, "\\U%08x", c);
    else
        buf_printf(out, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10), 0xdc00 + (c & 0x3ff));
}

/* false: the form does not exist, or is the word itself. */
static bool form_of(struct slice word, enum form form, struct buf *out)
{
    bool other = false;
    buf_clear(out);
    for (size_t i = 0; i < word.n;) {
        const unsigned n = utf8_char(word.p + i, word.n - i);
        if (n == 0 || (form == FORM_LATIN1 && code_point(word.p + i, n) > 0xff))
            return false;
        put_form(out, form, word.p + i, n);
        other |= n > 1;
        i += n;
    }
    return other;
}

/* Bytes that are not UTF-8 come in Python's strings as lone surrogates (content.h): ED B2 80 … */
static bool surrogates_of(struct slice word, struct buf *out)
{
    bool other = false;
    buf_clear(out);
    for (size_t i = 0; i < word.n;) {
        const unsigned n = utf8_char(word.p + i, word.n - i);
        if (n == 0) {
            const uint8_t b = word.p[i++];
            buf_u8(out, 0xed);
            buf_u8(out, (uint8_t)(0xb0 | (b >> 6)));
            buf_u8(out, (uint8_t)(0x80 | (b & 0x3f)));
            other = true;
            continue;
        }
        buf_bytes(out, word.p + i, n);
        i += n;
    }
    return other;
}

bool rewrite_add(struct rewrite *r, struct slice from, struct slice to, enum rewrite_mode mode, struct err *err)
{
    if (from.n == 0 || memchr(from.p, '\n', from.n) != NULL || memchr(from.p, '\r', from.n) != NULL)
        return true;
    bool ok = put(r, from, to, mode, false, err);
    struct buf form = {0};
    for (unsigned i = 0; ok && i < FORMS; i++) {
        if (form_of(from, (enum form)i, &form))
            ok = buf_ok(&form) ? put(r, buf_view(&form), to, mode, true, err) : err_nomem(err);
    }
    if (ok && surrogates_of(from, &form))
        ok = buf_ok(&form) ? put(r, buf_view(&form), to, mode, true, err) : err_nomem(err);
    buf_fini(&form);
    return ok;
}

/* In any case, a word before those that it begins. So the rules that begin alike stand together, whatever they begin
 * with, and are found as in a tree. */
static int by_letters(const void *a, const void *b)
{
    const struct rewrite_rule *x = a, *y = b;
    for (size_t i = 0; i < x->from.n && i < y->from.n; i++) {
        const uint8_t bx = lower(x->from.p[i]), by = lower(y->from.p[i]);
        if (bx != by)
            return bx < by ? -1 : 1;
    }
    if (x->from.n != y->from.n)
        return x->from.n < y->from.n ? -1 : 1;
    const int c = slice_cmp(x->from, y->from);
    return c != 0 ? c : (int)x->mode - (int)y->mode;
}

void rewrite_ready(struct rewrite *r)
{
    if (r->n > 0)
        qsort(r->rules, r->n, sizeof *r->rules, by_letters);
    uint32_t i = 0;
    for (unsigned b = 0; b < 256; b++) {
        r->first[b] = i;
        while (i < r->n && lower(r->rules[i].from.p[0]) == b)
            i++;
    }
    r->first[256] = i;
}

/* --- matching ------------------------------------------------------------------------------------------------------*/

static bool same(const uint8_t *p, struct slice word, bool fold)
{
    if (!fold)
        return memcmp(p, word.p, word.n) == 0;
    for (size_t i = 0; i < word.n; i++) {
        if (lower(p[i]) != lower(word.p[i]))
            return false;
    }
    return true;
}

/* Whether the letter or digit before `at` ends an escape, as in "\n", "\x2f" or "%2F", and so no word. */
static bool ends_escape(struct slice s, size_t at)
{
    static const struct {
        const char *lead;
        size_t digits;
    } escapes[] = {{"%", 2}, {"\\x", 2}, {"\\u", 4}, {"\\U", 8}};
    if (at >= 2 && s.p[at - 2] == '\\')
        return true;
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++) {
        const size_t lead = strlen(escapes[i].lead), n = lead + escapes[i].digits;
        if (at < n || memcmp(s.p + at - n, escapes[i].lead, lead) != 0)
            continue;
        size_t k = 0;
        while (k < escapes[i].digits && is_hex(s.p[at - 1 - k]))
            k++;
        if (k == escapes[i].digits)
            return true;
    }
    return false;
}

static bool word_begins(struct slice s, size_t at)
{
    return at == 0 || !is_alnum(s.p[at - 1]) || ends_escape(s, at);
}

static bool is_name(struct slice s, size_t at)
{
    if (at >= s.n)
        return false;
    if (s.p[at] == '.') /* of a suffix, or of a sentence */
        return at + 1 < s.n && is_alnum(s.p[at + 1]);
    return is_alnum(s.p[at]) || s.p[at] == '_' || s.p[at] == '-';
}

static bool fits(const struct rewrite_rule *rule, struct slice s, size_t at)
{
    if (rule->from.n > s.n - at || !same(s.p + at, rule->from, folds(rule->mode)))
        return false;
    const size_t end = at + rule->from.n;
    switch (rule->mode) {
    case REWRITE_WORD:
        return word_begins(s, at) && (end == s.n || !is_alnum(s.p[end]));
    case REWRITE_COMPONENT:
        return at > 0 && (s.p[at - 1] == '/' || s.p[at - 1] == '\\') && !is_name(s, end);
    case REWRITE_DIRECTORY: /* one at the top, /root, is no part of another path */
        return !is_name(s, end) && (memchr(rule->from.p + 1, '/', rule->from.n - 1) != NULL || at == 0 ||
                                    (!is_name(s, at - 1) && s.p[at - 1] != '/') || ends_escape(s, at));
    default:
        return true;
    }
}

/* Of the rules from *first on and before *end, which begin alike for `at` bytes and are longer than that: those that go
 * on with the letter b. */
static void narrow(const struct rewrite *r, uint32_t *first, uint32_t *end, size_t at, uint8_t b)
{
    uint32_t lowest[2] = {*first, *first}; /* with b, and with more than b */
    if (*first < *end && lower(r->rules[*first].from.p[at]) == b && lower(r->rules[*end - 1].from.p[at]) == b)
        return; /* all of them */
    for (unsigned i = 0; i < 2; i++) {
        uint32_t n = *end - lowest[i];
        while (n > 0) {
            const uint8_t there = lower(r->rules[lowest[i] + n / 2].from.p[at]);
            if (there < b || (there == b && i == 1)) {
                lowest[i] += n / 2 + 1;
                n -= n / 2 + 1;
            } else {
                n /= 2;
            }
        }
    }
    *first = lowest[0];
    *end = lowest[1];
}

static struct rewrite_rule *match(struct rewrite *r, struct slice s, size_t at)
{
    const uint8_t b = lower(s.p[at]);
    uint32_t first = r->first[b], end = r->first[b + 1];
    struct rewrite_rule *longest = NULL;
    for (size_t n = 1; first < end && r->steps <= REWRITE_MAX_STEPS; n++, r->steps++) {
        for (; first < end && r->rules[first].from.n == n; first++) {
            if ((longest == NULL || longest->from.n < n) && fits(&r->rules[first], s, at))
                longest = &r->rules[first];
        }
        if (at + n == s.n)
            break;
        narrow(r, &first, &end, n, lower(s.p[at + n]));
    }
    return longest;
}

void rewrite_apply(struct rewrite *r, struct slice s, struct buf *out)
{
    size_t done = 0;
    if (s.n == 0)
        return; /* there may be no bytes at all to point at */
    for (size_t i = 0; i < s.n;) {
        struct rewrite_rule *rule = match(r, s, i);
        if (rule == NULL) {
            i++;
            continue;
        }
        buf_bytes(out, s.p + done, i - done);
        buf_slice(out, rule->to);
        rule->hits++;
        i += rule->from.n;
        done = i;
    }
    buf_bytes(out, s.p + done, s.n - done);
}

bool rewrite_done(const struct rewrite *r, struct err *err)
{
    return r->steps <= REWRITE_MAX_STEPS ||
           err_set(err, ERR_LIMIT, "its names and secrets are made to be slow to look for");
}

uint64_t rewrite_hits(const struct rewrite *r, struct slice word)
{
    uint32_t first = 0, end = r->n;
    for (size_t n = 0; n < word.n && first < end; n++) {
        while (first < end && r->rules[first].from.n == n)
            first++;
        narrow(r, &first, &end, n, lower(word.p[n]));
    }
    for (; first < end && r->rules[first].from.n == word.n; first++) {
        if (slice_eq(r->rules[first].from, word))
            return r->rules[first].hits;
    }
    return 0;
}
