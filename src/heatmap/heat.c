#include "config.h"

#include "src/heatmap/heat.h"

#include <math.h>

unsigned heat_step(uint64_t count, uint64_t hottest)
{
    if (count == 0)
        return 0;
    if (count == 1 || hottest <= 1)
        return 1;
    if (count >= hottest)
        return HEAT_STEPS;
    return 1 + (unsigned)((HEAT_STEPS - 1) * log((double)count) / log((double)hottest));
}
