#include "config.h"

#include "src/base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

static void store(XXH128_hash_t value, uint8_t hash[HASH_SIZE])
{
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, value);
    memcpy(hash, canonical.digest, HASH_SIZE);
}

void hash128(struct slice s, uint8_t hash[HASH_SIZE])
{
    store(XXH3_128bits(s.p, s.n), hash);
}

void hash128_pair(struct slice a, struct slice b, uint8_t hash[HASH_SIZE])
{
    XXH3_state_t state;
    XXH3_INITSTATE(&state);
    (void)XXH3_128bits_reset(&state);
    (void)XXH3_128bits_update(&state, a.p, a.n);
    (void)XXH3_128bits_update(&state, b.p, b.n);
    store(XXH3_128bits_digest(&state), hash);
}
