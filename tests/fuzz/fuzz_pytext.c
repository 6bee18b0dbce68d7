/* fuzz_pytext: any bytes as Python source: whatever it is, text comes out, in lines that make up all of it. */
#include "config.h"

#include <stdlib.h>

#include "src/heatmap/pytext.h"
#include "src/heatmap/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void must(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct arena arena = {0};
    struct err err = {0};
    struct pytext t;
    must(pytext_decode(&arena, slice_of(p, n), &t, &err));
    must(utf8_plain(t.text) == t.text.n);
    must(t.starts[0] == 0 && t.starts[t.lines] == t.text.n);
    for (uint32_t i = 1; i <= t.lines; i++) {
        must(t.starts[i] > t.starts[i - 1]);
        struct slice line = pytext_line(&t, i);
        must(line.n == 0 || (memchr(line.p, '\n', line.n) == NULL && memchr(line.p, '\r', line.n) == NULL));
        uint32_t def = pytext_def_line(&t, i, SLICE("f"));
        must(def >= i && def <= t.lines);
    }
    must(pytext_line(&t, t.lines + 1).n == 0 && pytext_line(&t, 0).n == 0);
    must(pytext_def_line(&t, UINT32_MAX, SLICE("f")) == UINT32_MAX);
    arena_fini(&arena);
    return 0;
}
