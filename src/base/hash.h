/* hash.h: the hash of contents and checksums, XXH3-128, seed 0, in canonical (big-endian) byte order.
 *
 * Not a cryptographic hash: it finds accidents, not forgeries. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "src/base/slice.h"

#define HASH_SIZE 16

void hash128(struct slice s, uint8_t hash[HASH_SIZE]);
/* Of a, then b, as if they were one. */
void hash128_pair(struct slice a, struct slice b, uint8_t hash[HASH_SIZE]);

#endif
