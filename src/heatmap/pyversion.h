/* pyversion.h: a Python's version, as people write it. */
#ifndef HEATMAP_PYVERSION_H
#define HEATMAP_PYVERSION_H

#include <stdbool.h>
#include <stdint.h>

struct pyversion {
    char text[24];
};

/* PY_VERSION_HEX: 0x030d00f0 is 3.13.0, 0x030e00b2 is 3.14.0b2. Without a release level, 0x03090000, only 3.9 is known:
 * up to 3.10 a process's memory does not say more. A free-threaded build's ends in t, as its program's name does. */
struct pyversion pyversion_of(uint32_t hex, bool free_threaded);

#endif
