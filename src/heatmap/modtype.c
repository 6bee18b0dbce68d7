#include "config.h"

#include "src/heatmap/modtype.h"

#include <stdlib.h>

const char *module_type_name(enum module_type type)
{
    static const char *const names[MODULE_TYPES] = {"project", "stdlib", "site-packages", "other"};
    return names[type];
}

static enum module_type type_of_root(uint32_t kind)
{
    switch (kind) {
    case REC_ROOT_STDLIB:
    case REC_ROOT_PLATFORM:
        return MODULE_STDLIB;
    case REC_ROOT_SITE:
    case REC_ROOT_USER_SITE:
        return MODULE_SITE;
    default:
        return MODULE_PROJECT;
    }
}

/* Among roots that are one directory: sys.path repeats what the other kinds know better, and a script of the standard
 * library (python -m compileall) does not make that a project. */
static int rank_of_root(uint32_t kind)
{
    static const int ranks[] = {
        [REC_ROOT_SITE] = 1,     [REC_ROOT_USER_SITE] = 2, [REC_ROOT_STDLIB] = 3, [REC_ROOT_PLATFORM] = 4,
        [REC_ROOT_EDITABLE] = 5, [REC_ROOT_SCRIPT] = 6,    [REC_ROOT_PATH] = 7,   [REC_ROOT_PREFIX] = 8,
    };
    return kind < sizeof ranks / sizeof *ranks ? ranks[kind] : 9;
}

static struct slice without_slash(struct slice path)
{
    while (path.n > 0 && path.p[path.n - 1] == '/')
        path.n--;
    return path;
}

static int most_specific_first(const void *a, const void *b)
{
    const struct module_root *x = a, *y = b;
    size_t nx = without_slash(x->path).n, ny = without_slash(y->path).n;
    if (nx != ny)
        return nx < ny ? 1 : -1;
    int c = slice_cmp(without_slash(x->path), without_slash(y->path));
    return c != 0 ? c : rank_of_root(x->kind) - rank_of_root(y->kind);
}

void module_roots_sort(struct module_root *roots, size_t n)
{
    if (n > 0)
        qsort(roots, n, sizeof *roots, most_specific_first);
}

static struct slice last_component(struct slice path)
{
    size_t i = path.n;
    while (i > 0 && path.p[i - 1] != '/')
        i--;
    return slice_skip(path, i);
}

/* What comes after the last directory called site-packages or dist-packages; p NULL when there is none: a root that
 * was not recorded, of an environment inside the project for instance. */
static struct slice below_packages(struct slice path)
{
    const struct slice site = SLICE("site-packages"), dist = SLICE("dist-packages");
    struct slice found = {NULL, 0};
    size_t start = 0;
    for (size_t i = 0; i < path.n; i++) {
        if (path.p[i] != '/')
            continue;
        struct slice component = {path.p + start, i - start};
        if (slice_eq(component, site) || slice_eq(component, dist))
            found = slice_skip(path, i + 1);
        start = i + 1;
    }
    return found;
}

static struct slice without_suffix(struct slice s, struct slice suffix)
{
    if (s.n > suffix.n && slice_ends(s, suffix))
        s.n -= suffix.n;
    return s;
}

/* "pkg/__init__.py" → "pkg", "pkg/mod.py" → "pkg.mod" */
static bool dotted(struct arena *arena, struct slice below, struct slice *name, struct err *err)
{
    struct slice stem = without_suffix(without_suffix(below, SLICE(".py")), SLICE(".pyw"));
    stem = without_suffix(stem, SLICE("/__init__"));
    uint8_t *p = arena_alloc(arena, stem.n + 1);
    if (p == NULL)
        return err_nomem(err);
    for (size_t i = 0; i < stem.n; i++)
        p[i] = stem.p[i] == '/' ? '.' : stem.p[i];
    *name = slice_of(p, stem.n);
    return true;
}

bool module_of(struct arena *arena, const struct module_root *roots, size_t n, struct slice name, struct slice path,
               struct module *out, struct err *err)
{
    const struct slice frozen = SLICE("<frozen ");
    if (path.n == 0 && slice_starts(name, frozen) && slice_ends(name, SLICE(">"))) {
        out->type = MODULE_STDLIB;
        out->name = slice_of(name.p + frozen.n, name.n - frozen.n - 1);
        out->below = name;
        return true;
    }
    if (path.n == 0)
        path = name; /* deleted, in a zip file, <string>: the name may still lie below a root */
    for (size_t i = 0; i < n; i++) {
        struct slice root = without_slash(roots[i].path);
        if (!slice_starts(path, root) || path.n <= root.n + 1 || path.p[root.n] != '/')
            continue;
        if (roots[i].kind == REC_ROOT_PREFIX)
            break; /* an environment inside the project is not the project, nor is it a place of modules */
        out->type = type_of_root(roots[i].kind);
        out->below = slice_skip(path, root.n + 1);
        struct slice packaged = below_packages(out->below);
        if (packaged.n > 0) {
            out->type = MODULE_SITE;
            out->below = packaged;
        }
        return dotted(arena, out->below, &out->name, err);
    }
    out->type = MODULE_OTHER;
    out->name = out->below = last_component(path).n > 0 ? last_component(path) : path;
    return true;
}
