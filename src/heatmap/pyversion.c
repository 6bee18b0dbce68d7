#include "config.h"

#include "src/heatmap/pyversion.h"

#include <stddef.h>
#include <stdio.h>

struct pyversion pyversion_of(uint32_t hex)
{
    struct pyversion v;
    const uint32_t major = hex >> 24, minor = hex >> 16 & 255, micro = hex >> 8 & 255, level = hex >> 4 & 15;
    const char *name = level == 0xa ? "a" : level == 0xb ? "b" : level == 0xc ? "rc" : NULL;
    if (level == 0)
        (void)snprintf(v.text, sizeof v.text, "%u.%u", major, minor);
    else if (name == NULL)
        (void)snprintf(v.text, sizeof v.text, "%u.%u.%u", major, minor, micro);
    else
        (void)snprintf(v.text, sizeof v.text, "%u.%u.%u%s%u", major, minor, micro, name, hex & 15);
    return v;
}
