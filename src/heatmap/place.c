#include "config.h"

#include "src/heatmap/place.h"

#include <stdlib.h>

#include "src/base/buf.h"
#include "src/base/intern.h"

struct builder {
    struct arena *arena;
    struct places *places;
    struct intern keys; /* parent and name: number = index of items */
    uint32_t cap;
};

/* Finds or makes the place `name` below `parent`. */
static bool put(struct builder *b, uint32_t parent, struct model_place shown, uint32_t *id, struct err *err)
{
    struct buf key = {0};
    buf_u32(&key, parent);
    buf_u32(&key, (uint32_t)shown.kind << 8 | shown.type);
    buf_u32(&key, shown.file);
    buf_slice(&key, shown.name);
    bool fresh;
    bool ok = (buf_ok(&key) || err_nomem(err)) && intern_put(&b->keys, buf_view(&key), id, &fresh, err);
    buf_fini(&key);
    if (!ok || !fresh)
        return ok;
    struct places *places = b->places;
    if (places->n == b->cap) {
        uint32_t cap = b->cap == 0 ? 64 : 2 * b->cap;
        struct place *items = arena_calloc(b->arena, cap, sizeof *items);
        if (items == NULL)
            return err_nomem(err);
        if (places->n > 0)
            memcpy(items, places->items, places->n * sizeof *items);
        places->items = items;
        b->cap = cap;
    }
    shown.depth = parent == MODEL_NONE ? 0 : places->items[parent].shown.depth + 1;
    places->items[places->n++] = (struct place){shown, parent};
    return true;
}

/* Where a file's name begins in what names its place: behind the last separator. */
static size_t base_of(struct slice path, uint8_t separator)
{
    size_t n = path.n;
    while (n > 0 && path.p[n - 1] != separator)
        n--;
    return n;
}

static bool put_file(struct builder *b, const struct module *m, uint32_t file, struct err *err)
{
    struct model_place folder = {.kind = PLACE_TYPE, .type = m->type, .file = MODEL_NONE};
    uint32_t at;
    if (!put(b, MODEL_NONE, folder, &at, err))
        return false;
    bool frozen = m->below.n > 0 && m->below.p[0] == '<';
    uint8_t separator = frozen ? '.' : '/';
    struct slice path = frozen ? m->name : m->below;
    struct slice folders = {path.p, m->type == MODULE_OTHER ? 0 : base_of(path, separator)};
    folder.kind = PLACE_FOLDER;
    while (folders.n > 0) {
        size_t n = 0;
        while (n + 1 < folders.n && folders.p[n] != separator)
            n++;
        if (b->places->items[at].shown.depth + 1 == PLACE_MAX_DEPTH)
            n = folders.n - 1;
        folder.name = slice_of(folders.p, n);
        if (!put(b, at, folder, &at, err))
            return false;
        folders = slice_skip(folders, n + 1);
    }
    b->places->folder_of[file] = at;
    struct slice name = m->below;
    if (!frozen && m->type != MODULE_OTHER)
        name = slice_skip(name, base_of(name, '/'));
    struct model_place leaf = {.kind = PLACE_FILE, .type = m->type, .name = name, .file = file};
    return put(b, at, leaf, &at, err);
}

bool places_of(struct arena *arena, const struct module *modules, uint32_t n_files, struct places *places,
               struct err *err)
{
    struct builder b = {.arena = arena, .places = places};
    *places = (struct places){.folder_of = arena_calloc(arena, n_files, sizeof *places->folder_of)};
    bool ok = places->folder_of != NULL || err_nomem(err);
    for (uint32_t i = 0; i < n_files && ok; i++)
        ok = put_file(&b, &modules[i], i, err);
    intern_fini(&b.keys);
    return ok;
}

static int by_rank(const void *a, const void *b, void *all)
{
    const struct place *x = (const struct place *)all + *(const uint32_t *)a;
    const struct place *y = (const struct place *)all + *(const uint32_t *)b;
    if (x->parent != y->parent)
        return x->parent < y->parent ? -1 : 1;
    if (x->shown.kind == PLACE_TYPE)
        return (int)x->shown.type - (int)y->shown.type;
    if (x->shown.total != y->shown.total)
        return x->shown.total > y->shown.total ? -1 : 1;
    int c = slice_cmp(x->shown.name, y->shown.name);
    if (c != 0)
        return c;
    if (x->shown.kind != y->shown.kind)
        return (int)x->shown.kind - (int)y->shown.kind;
    return (x->shown.file > y->shown.file) - (x->shown.file < y->shown.file);
}

bool places_sort(struct arena *arena, const struct places *places, struct model_place **sorted, struct err *err)
{
    uint32_t n = places->n;
    /* order: siblings side by side, in their order; size: places of a subtree; start: index in the result */
    uint32_t *order = arena_calloc(arena, n, sizeof *order);
    uint32_t *size = arena_calloc(arena, n, sizeof *size);
    uint32_t *start = arena_calloc(arena, n, sizeof *start);
    uint32_t *files = arena_calloc(arena, n, sizeof *files);
    uint32_t *taken = arena_calloc(arena, (size_t)n + 1, sizeof *taken);
    *sorted = arena_calloc(arena, n, sizeof **sorted);
    if (order == NULL || size == NULL || start == NULL || files == NULL || taken == NULL || *sorted == NULL)
        return err_nomem(err);
    for (uint32_t i = n; i-- > 0;) {
        const struct place *p = &places->items[i];
        order[i] = i;
        size[i]++;
        files[i] += p->shown.kind == PLACE_FILE;
        if (p->parent != MODEL_NONE) {
            size[p->parent] += size[i];
            files[p->parent] += files[i];
        }
    }
    qsort_r(order, n, sizeof *order, by_rank, places->items);
    /* Parents are numbered before their children, so each start is known when the children come; types come last. */
    for (uint32_t i = 0; i < n; i++) {
        uint32_t parent = places->items[order[i]].parent;
        if (parent != MODEL_NONE)
            continue;
        start[order[i]] = taken[n];
        taken[n] += size[order[i]];
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t id = order[i], parent = places->items[id].parent;
        if (parent != MODEL_NONE) {
            start[id] = start[parent] + 1 + taken[parent];
            taken[parent] += size[id];
        }
        struct model_place *out = &(*sorted)[start[id]];
        *out = places->items[id].shown;
        out->files = files[id];
        out->end = start[id] + size[id];
    }
    return true;
}
