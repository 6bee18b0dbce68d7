/* heat.h: counts as heat, and how sure a count is.
 *
 * One scale everywhere: eight steps, logarithmic between one sample and the hottest of what is compared. The colours of
 * the steps are the style sheet's. templates/file.js computes the same. */
#ifndef HEATMAP_HEAT_H
#define HEATMAP_HEAT_H

#include <stdint.h>

enum { HEAT_STEPS = 8 };

/* 0 for none, 1 for a single sample, 8 for the hottest; but few samples stay pale whatever the hottest is: each step
 * wants twice the samples of the one before it, 65 for the last. */
unsigned heat_step(uint64_t count, uint64_t hottest);

/* Where the share of `count` in n lies with 95 % confidence (Wilson's interval), if samples are independent; both
 * between 0 and 1. */
struct heat_interval {
    double low, high;
};
struct heat_interval heat_interval(uint64_t count, uint64_t n);

#endif
