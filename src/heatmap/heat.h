/* heat.h: counts as heat.
 *
 * One scale everywhere: eight steps, logarithmic between one sample and the hottest of what is compared. The colours of
 * the steps are the style sheet's. */
#ifndef HEATMAP_HEAT_H
#define HEATMAP_HEAT_H

#include <stdint.h>

enum { HEAT_STEPS = 8 };

/* 0 for none, 1 for a single sample, 8 for the hottest. */
unsigned heat_step(uint64_t count, uint64_t hottest);

#endif
