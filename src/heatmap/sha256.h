/* sha256.h: SHA-256 (FIPS 180-4), for the hashes by which a policy allows a style and a script. */
#ifndef HEATMAP_SHA256_H
#define HEATMAP_SHA256_H

#include "src/base/slice.h"

#define SHA256_SIZE 32

void sha256(struct slice s, uint8_t hash[SHA256_SIZE]);

#endif
