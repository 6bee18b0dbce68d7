#include "config.h"

#include "src/heatmap/pyversion.h"

#include <stddef.h>
#include <stdio.h>

struct pyversion pyversion_of(uint32_t hex, bool free_threaded)
{
    struct pyversion v;
    const uint32_t major = hex >> 24, minor = hex >> 16 & 255, micro = hex >> 8 & 255, level = hex >> 4 & 15;
    const char *threads = free_threaded ? "t" : "";
    const char *name = level == 0xa ? "a" : level == 0xb ? "b" : level == 0xc ? "rc" : NULL;
    if (level == 0)
        (void)snprintf(v.text, sizeof v.text, "%u.%u%s", major, minor, threads);
    else if (name == NULL)
        (void)snprintf(v.text, sizeof v.text, "%u.%u.%u%s", major, minor, micro, threads);
    else
        (void)snprintf(v.text, sizeof v.text, "%u.%u.%u%s%u%s", major, minor, micro, name, hex & 15, threads);
    return v;
}
