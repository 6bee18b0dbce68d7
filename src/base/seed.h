/* seed.h: what an outsider cannot guess, for hash tables whose keys come from a stranger's recording: with a hash that
 * he knows, he could make all keys meet in one slot. Where in a table something lies never shows in a result. */
#ifndef BASE_SEED_H
#define BASE_SEED_H

#include <stdint.h>

uint64_t seed_new(void);

#endif
