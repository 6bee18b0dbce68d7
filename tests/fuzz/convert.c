#include "config.h"

#include "tests/fuzz/convert.h"

#include <stdio.h>
#include <stdlib.h>

#include "src/heatmap/json.h"
#include "src/heatmap/model.h"
#include "src/heatmap/render.h"
#include "tests/fuzz/container.h"

enum { MAX_PAGES = 8 /* rendered: they are alike */ };

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void must_add_up(const struct model *m)
{
    uint64_t self = m->counts.unattributed;
    for (uint32_t i = 0; i < m->n_lines; i++) {
        must(m->lines[i].self <= m->lines[i].total && m->lines[i].total <= m->counts.n);
        self += m->lines[i].self;
    }
    must(self == m->counts.n && m->counts.exact + m->counts.trimmed == m->counts.n && m->counts.n <= m->counts.wall);
    must(m->recovered >= 0 && m->recovered <= 1);
    for (uint32_t i = 0; i < m->n_files; i++)
        must(m->files[i].self <= m->files[i].total && m->files[i].total <= m->counts.n);
    for (uint32_t i = 0; i < m->n_calls; i++)
        must(m->calls[i].samples <= m->counts.n);
}

static int by_bytes(const void *a, const void *b)
{
    return slice_cmp(*(const struct slice *)a, *(const struct slice *)b);
}

/* Names of pages lead nowhere else, whatever the file system folds, and no two are the same. */
static void must_be_apart(const struct model *m)
{
    struct slice *names = calloc(m->n_files + 1, sizeof *names);
    must(names != NULL);
    for (uint32_t i = 0; i < m->n_files; i++) {
        struct slice name = names[i] = m->files[i].page;
        const uint8_t *slash = memchr(name.p, '/', name.n);
        must(slash != NULL && (slice_starts(name, SLICE("src/")) || slice_starts(name, SLICE("other/"))));
        must(name.n <= 255 && slash[1] != '.' && slice_ends(name, SLICE(".html")));
        for (const uint8_t *p = slash + 1; p < name.p + name.n; p++)
            must((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || strchr("_.-~", *p) != NULL);
    }
    if (m->n_files > 0)
        qsort(names, m->n_files, sizeof *names, by_bytes);
    for (uint32_t i = 1; i < m->n_files; i++)
        must(!slice_eq(names[i - 1], names[i]));
    free(names);
}

static void render(const struct model *m)
{
    struct buf page = {0};
    render_front(m, NULL, &page);
    must(buf_ok(&page) && memchr(page.p, '\0', page.n) == NULL);
    for (uint32_t i = 0; i < m->n_files && i < MAX_PAGES; i++) {
        buf_clear(&page);
        render_file(m, i, NULL, &page);
        must(buf_ok(&page) && memchr(page.p, '\0', page.n) == NULL);
    }
    buf_fini(&page);
}

void convert(struct slice recording)
{
    struct err err = {0};
    const struct format_input in = container_input(&recording);
    const struct model_options options = {0};
    struct profile *profile = profile_new(BASIS_WALL, &err);
    struct model *m = NULL;
    if (profile != NULL && format_pyrec.read(&in, profile_sink(profile), &err))
        m = model_new(profile, &options, &err);
    FILE *out = m == NULL ? NULL : fopen("/dev/null", "w");
    if (out != NULL) {
        must_add_up(m);
        must_be_apart(m);
        render(m);
        (void)!json_write(m, out, &err);
        (void)fclose(out);
    } else {
        must(err.kind != ERR_NONE);
    }
    model_free(m);
    profile_free(profile);
}
