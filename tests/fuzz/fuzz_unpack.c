/* fuzz_unpack: any bytes as a .gz, a .zip, a report, and what is inside again: it ends, within its bounds, in a file or
 * in words. */
#include "config.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "src/heatmap/input.h"
#include "src/heatmap/unpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static int memory_file(void)
{
    return memfd_create("inside", MFD_CLOEXEC);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    int fd = memory_file();
    uint64_t size = n;
    must(fd >= 0 && write(fd, p, n) == (ssize_t)n);
    for (unsigned depth = 0; fd >= 0 && depth <= UNPACK_MAX_DEPTH; depth++) {
        struct input input;
        struct err err = {0};
        int inside = -1;
        uint64_t inside_size = 0;
        input_of_file(&input, fd, size, "fuzzed");
        const bool ok = unpack(&input.in, fd, memory_file, &inside, &inside_size, &err);
        must(ok == (err.kind == ERR_NONE) && (ok || err.msg[0] != '\0'));
        must(inside < 0 || (inside_size <= UNPACK_MAX_SMALL + UNPACK_MAX_RATIO * size &&
                            lseek(inside, 0, SEEK_END) == (off_t)inside_size));
        (void)close(fd);
        fd = ok ? inside : -1;
        size = inside_size;
    }
    if (fd >= 0)
        (void)close(fd);
    return 0;
}
