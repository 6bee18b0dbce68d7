#include "config.h"

#include "src/heatmap/pagename.h"

#include <stdio.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "src/base/buf.h"

static bool is_plain(uint8_t b)
{
    return (b >= 'a' && b <= 'z') || (b >= '0' && b <= '9') || b == '_' || b == '-' || b == '.';
}

static void escape(struct buf *out, struct slice name)
{
    for (size_t i = 0; i < name.n; i++) {
        uint8_t b = name.p[i];
        if (is_plain(b) && (b != '.' || i > 0))
            buf_u8(out, b);
        else if (b >= 'A' && b <= 'Z')
            buf_printf(out, "~%c", b - 'A' + 'a');
        else
            buf_printf(out, "~%03u", b);
    }
}

/* Windows takes these for devices, whatever follows the first dot. */
static bool is_reserved(struct slice name)
{
    static const char *const devices[] = {"con", "prn", "aux", "nul"};
    struct slice base = {name.p, 0};
    while (base.n < name.n && name.p[base.n] != '.')
        base.n++;
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++) {
        if (slice_eq(base, slice_str(devices[i])))
            return true;
    }
    bool port = slice_starts(base, SLICE("com")) || slice_starts(base, SLICE("lpt"));
    return port && base.n == 4 && base.p[3] >= '0' && base.p[3] <= '9';
}

/* How many bytes of hash a name carries; each collision takes it one further. */
static const size_t hash_sizes[] = {0, 4, 16};
enum { LEVELS = sizeof hash_sizes / sizeof *hash_sizes };

static bool make_name(struct arena *arena, struct page_request *r, unsigned level, struct err *err)
{
    struct buf name = {0};
    if (is_reserved(r->module))
        buf_str(&name, "_");
    escape(&name, r->module);
    if (level == 0 && (r->type == MODULE_OTHER || is_reserved(r->module) || name.n > PAGENAME_MAX))
        level = 1;
    size_t hashed = hash_sizes[level];
    struct buf page = {0};
    buf_str(&page, r->type == MODULE_OTHER ? "other/" : "src/");
    size_t room = hashed == 0 ? PAGENAME_MAX : PAGENAME_MAX - 1 - 2 * hashed;
    buf_bytes(&page, name.p, name.n < room ? name.n : room);
    if (hashed > 0) {
        XXH128_canonical_t hash;
        XXH128_canonicalFromHash(&hash, XXH3_128bits(r->identity.p, r->identity.n));
        buf_str(&page, "-");
        for (size_t i = 0; i < hashed; i++)
            buf_printf(&page, "%02x", hash.digest[i]);
    }
    buf_str(&page, ".html");
    r->page = (struct slice){NULL, 0};
    if (buf_ok(&name) && buf_ok(&page))
        r->page = arena_copy(arena, buf_view(&page));
    buf_fini(&name);
    buf_fini(&page);
    return r->page.p != NULL || err_nomem(err);
}

struct wish {
    struct page_request *request;
    unsigned level;
};

static int by_page(const void *a, const void *b)
{
    const struct wish *x = a, *y = b;
    return slice_cmp(x->request->page, y->request->page);
}

/* Takes every party of a collision one level further; *again tells whether there was one. */
static bool separate(struct arena *arena, struct wish *wishes, size_t n, bool *again, struct err *err)
{
    *again = false;
    qsort(wishes, n, sizeof *wishes, by_page);
    for (size_t i = 0, next; i < n; i = next) {
        for (next = i + 1; next < n && by_page(&wishes[i], &wishes[next]) == 0;)
            next++;
        for (size_t k = i; next - i > 1 && k < next; k++) {
            struct wish *w = &wishes[k];
            if (w->level + 1 < LEVELS) {
                w->level++;
                *again = true;
            }
        }
    }
    for (size_t i = 0; *again && i < n; i++) {
        if (!make_name(arena, wishes[i].request, wishes[i].level, err))
            return false;
    }
    return true;
}

bool pagename_all(struct arena *arena, struct page_request *requests, size_t n, struct err *err)
{
    struct wish *wishes = calloc(n > 0 ? n : 1, sizeof *wishes);
    if (wishes == NULL)
        return err_nomem(err);
    bool ok = true;
    for (size_t i = 0; i < n && ok; i++) {
        wishes[i].request = &requests[i];
        ok = make_name(arena, &requests[i], 0, err);
    }
    for (bool again = n > 0; again && ok;)
        ok = separate(arena, wishes, n, &again, err);
    free(wishes);
    return ok;
}
