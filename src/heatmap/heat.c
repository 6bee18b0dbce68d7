#include "config.h"

#include "src/heatmap/heat.h"

#include <math.h>

unsigned heat_step(uint64_t count, uint64_t hottest)
{
    if (count == 0)
        return 0;
    unsigned step = HEAT_STEPS, most = 1;
    if (count < hottest)
        step = 1 + (unsigned)((HEAT_STEPS - 1) * log((double)count) / log((double)hottest));
    while (most < step && UINT64_C(1) << (most - 1) < count)
        most++;
    return step < most ? step : most;
}

struct heat_interval heat_interval(uint64_t count, uint64_t n)
{
    if (n == 0)
        return (struct heat_interval){0, 1};
    const double z = 1.959964, size = (double)n, share = (double)count / size;
    const double middle = share + z * z / (2 * size);
    const double reach = z * sqrt(share * (1 - share) / size + z * z / (4 * size * size));
    const double scale = 1 + z * z / size;
    const double low = (middle - reach) / scale, high = (middle + reach) / scale;
    return (struct heat_interval){count == 0 ? 0 : low, count >= n ? 1 : high};
}
