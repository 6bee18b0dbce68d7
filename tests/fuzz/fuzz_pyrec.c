/* fuzz_pyrec: any bytes as a recording: read, merged, counted, and written as JSON and as pages. */
#include "config.h"

#include "tests/fuzz/convert.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    convert(slice_of(p, n));
    return 0;
}
