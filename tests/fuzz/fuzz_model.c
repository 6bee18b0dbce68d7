/* fuzz_model: any records in frames that are whole: read, merged, counted, and written as JSON and as pages. */
#include "config.h"

#include "tests/fuzz/container.h"
#include "tests/fuzz/convert.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct buf recording = {0};
    container_unfold(slice_of(p, n), &recording);
    convert(buf_view(&recording));
    buf_fini(&recording);
    return 0;
}
