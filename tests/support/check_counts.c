/* check_counts: counts a recording once as pyheatmap does and once the plain way (recount.h), and compares.
 *
 * Usage: check_counts RECORDING…      exit 1 when anything differs, in any basis */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "src/heatmap/input.h"
#include "src/heatmap/model.h"
#include "tests/support/recount.h"

static bool read_into(const char *path, const struct sink *sink, struct err *err)
{
    struct input input;
    if (!input_open(&input, path, false, err))
        return false;
    const struct format *format = format_guess(&input.in, err);
    bool ok = format != NULL && format->read(&input.in, sink, err);
    input_close(&input);
    return ok;
}

static bool check(const char *path, enum basis basis, struct err *err)
{
    static const char *const names[] = {"active", "wall", "gil"};
    const struct model_options options = {0};
    struct profile *p = profile_new(basis, err);
    struct recount *r = recount_new(basis);
    bool ok = p != NULL && read_into(path, profile_sink(p), err) && read_into(path, recount_sink(r), err);
    struct model *m = ok ? model_new(p, &options, err) : NULL;
    ok = m != NULL && recount_agrees(r, m);
    if (ok)
        (void)printf("%s, %s: %" PRIu64 " samples, %u lines, %u functions, %u calls agree\n", path, names[basis],
                     m->counts.n, m->n_lines, m->n_functions, m->n_calls);
    model_free(m);
    recount_free(r);
    profile_free(p);
    return ok;
}

int main(int argc, char **argv)
{
    bool ok = argc > 1;
    for (int i = 1; i < argc; i++) {
        for (enum basis basis = BASIS_ACTIVE; basis <= BASIS_GIL; basis++) {
            struct err err = {0};
            if (!check(argv[i], basis, &err)) {
                (void)fprintf(stderr, "%s: %s\n", argv[i], err.kind == ERR_NONE ? "the counts differ" : err.msg);
                ok = false;
            }
        }
    }
    return ok ? 0 : 1;
}
