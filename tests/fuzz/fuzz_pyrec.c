/* fuzz_pyrec: any bytes as a recording: read, merged, counted and written as JSON. Memory errors, broken assertions and
 * numbers that do not add up are findings. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "src/heatmap/json.h"
#include "src/heatmap/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static bool read_bytes(void *self, uint64_t offset, void *to, size_t n, size_t *got, struct err *err)
{
    (void)err;
    struct slice left = slice_skip(*(struct slice *)self, offset < SIZE_MAX ? (size_t)offset : SIZE_MAX);
    *got = left.n < n ? left.n : n;
    if (*got > 0)
        memcpy(to, left.p, *got);
    return true;
}

static void must_add_up(const struct model *m)
{
    uint64_t self = m->counts.unattributed;
    for (uint32_t i = 0; i < m->n_lines; i++)
        self += m->lines[i].self;
    if (self != m->counts.n || m->counts.exact + m->counts.trimmed != m->counts.n)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct err err = {0};
    struct slice bytes = {p, n};
    const struct format_input in = {&bytes, "fuzz", n, read_bytes};
    const struct model_options options = {0};
    struct profile *profile = profile_new(BASIS_WALL, &err);
    struct model *m = NULL;
    if (profile != NULL && format_pyrec.read(&in, profile_sink(profile), &err))
        m = model_new(profile, &options, &err);
    FILE *out = m == NULL ? NULL : fopen("/dev/null", "w");
    if (out != NULL) {
        must_add_up(m);
        (void)!json_write(m, out, &err);
        (void)fclose(out);
    }
    model_free(m);
    profile_free(profile);
    return 0;
}
