#include "config.h"

#include "src/record/path.h"

/* Appends "/" and a component, if it fits. */
static bool append(char out[PATH_MAX], size_t *n, struct slice component)
{
    if (component.n == 0 || slice_eq(component, SLICE(".")))
        return true;
    if (component.n + 2 > PATH_MAX - *n || memchr(component.p, '\0', component.n) != NULL)
        return false;
    out[(*n)++] = '/';
    memcpy(out + *n, component.p, component.n);
    *n += component.n;
    return true;
}

static struct slice next_component(struct slice *path)
{
    const uint8_t *slash = path->n == 0 ? NULL : memchr(path->p, '/', path->n);
    struct slice component = {path->p, slash == NULL ? path->n : (size_t)(slash - path->p)};
    *path = slice_skip(*path, component.n + 1);
    return component;
}

bool path_join(char out[PATH_MAX], struct slice dir, struct slice name)
{
    size_t n = 0;
    bool fits = true;
    if (name.n > 0 && name.p[0] == '/')
        dir = (struct slice){NULL, 0};
    while (fits && dir.n > 0)
        fits = append(out, &n, next_component(&dir));
    while (fits && name.n > 0)
        fits = append(out, &n, next_component(&name));
    if (fits && n == 0)
        out[n++] = '/';
    out[fits ? n : 0] = '\0';
    return fits;
}

void path_fold(char path[PATH_MAX])
{
    struct slice rest = slice_str(path);
    size_t n = 0; /* what is kept is never longer than what was read, so it is done in place */
    while (rest.n > 0) {
        struct slice component = next_component(&rest);
        if (component.n == 0)
            continue;
        if (slice_eq(component, SLICE(".."))) {
            while (n > 0 && path[--n] != '/')
                ;
        } else {
            path[n++] = '/';
            memmove(path + n, component.p, component.n);
            n += component.n;
        }
    }
    if (n == 0)
        path[n++] = '/';
    path[n] = '\0';
}

bool path_below(struct slice path, struct slice dir)
{
    if (!slice_starts(path, dir))
        return false;
    return path.n == dir.n || dir.n == 0 || dir.p[dir.n - 1] == '/' || path.p[dir.n] == '/';
}

struct slice path_last(struct slice path)
{
    size_t i = path.n;
    while (i > 0 && path.p[i - 1] != '/')
        i--;
    return slice_skip(path, i);
}

struct slice path_dir(struct slice path)
{
    size_t n = path.n - path_last(path).n;
    return (struct slice){path.p, n > 1 ? n - 1 : n};
}
