/* fake_recording: writes an invented recording (fake.h) to standard output.
 *
 * Usage: fake_recording SEED ROWS [LEAVE_OUT_END] */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/bridge.h"
#include "tests/support/fake.h"

static bool to_stdout(void *self, const uint8_t *p, size_t n, struct err *err)
{
    (void)self;
    return fwrite(p, 1, n, stdout) == n || err_set(err, ERR_SYSTEM, "cannot write");
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    struct bridge b = {.options = {.output = to_stdout}, .no_end = argc > 3};
    const struct sink sink = bridge_sink(&b);
    const struct fake_options options = {.seed = (unsigned)strtoul(argv[1], NULL, 10),
                                         .processes = 2,
                                         .epochs = 3,
                                         .codes = 50,
                                         .nodes = 2000,
                                         .rows = (uint32_t)strtoul(argv[2], NULL, 10),
                                         .odd = true};
    fake_push(&options, &sink);
    pyrec_write_free(b.writer);
    return fflush(stdout) == 0 ? 0 : 1;
}
