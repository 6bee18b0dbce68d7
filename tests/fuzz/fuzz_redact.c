/* fuzz_redact: any records in frames that are whole, redacted: what comes out is a whole recording that weighs what
 * could be read, and redacting it again is possible. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "src/heatmap/redact.h"
#include "tests/formats/dump.h"
#include "tests/fuzz/container.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* false: refused. */
static bool redacted(struct slice recording, enum redact_sources sources, char **p, size_t *n)
{
    struct err err = {0};
    const struct redact_options options = {.sources = sources};
    const struct format_input in = container_input(&recording);
    FILE *out = open_memstream(p, n), *list = fopen("/dev/null", "w");
    must(out != NULL && list != NULL);
    bool ok = redact(&format_pyrec, &in, &options, out, list, &err);
    must(fclose(out) == 0 && fclose(list) == 0);
    must(ok == (err.kind == ERR_NONE));
    return ok;
}

/* Ticks of all that can be read. */
static uint64_t weight_of(struct slice recording, bool whole)
{
    struct err err = {0};
    struct dump d = {0};
    const struct format_input in = container_input(&recording);
    const struct sink sink = dump_sink(&d);
    bool ok = format_pyrec.read(&in, &sink, &err);
    must(!whole || (ok && d.damages == 0));
    uint64_t weight = d.weight;
    dump_fini(&d);
    return weight;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    if (n == 0)
        return 0;
    struct buf recording = {0};
    char *once = NULL, *twice = NULL;
    size_t once_n = 0, twice_n = 0;
    const enum redact_sources sources = p[0] % (REDACT_NONE + 1);
    container_unfold(slice_of(p + 1, n - 1), &recording);
    if (redacted(buf_view(&recording), sources, &once, &once_n)) {
        must(weight_of(slice_of(once, once_n), true) == weight_of(buf_view(&recording), false));
        must(redacted(slice_of(once, once_n), sources, &twice, &twice_n));
    }
    free(once);
    free(twice);
    buf_fini(&recording);
    return 0;
}
