/* replay: runs a fuzz target on files, for compilers without libFuzzer.
 *
 * Usage: replay_NAME FILE… */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

enum { LARGEST = 16 << 20 };

int main(int argc, char **argv)
{
    uint8_t *p = malloc(LARGEST);
    for (int i = 1; p != NULL && i < argc; i++) {
        FILE *f = fopen(argv[i], "rb");
        if (f == NULL)
            return 1;
        size_t n = fread(p, 1, LARGEST, f);
        (void)fclose(f);
        (void)LLVMFuzzerTestOneInput(p, n);
    }
    free(p);
    return p == NULL || argc < 2;
}
