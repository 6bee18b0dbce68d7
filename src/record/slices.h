/* slices.h: when the calling thread runs, and for how long in one go. */
#ifndef RECORD_SLICES_H
#define RECORD_SLICES_H

#include <stdint.h>

/* Asks for short turns, for a thread that has little to do, but at once when it wakes. */
void slices_ask_for_short(void);
/* Until that moment of CLOCK_MONOTONIC, in ns. */
void slices_sleep_until(uint64_t ns);

#endif
