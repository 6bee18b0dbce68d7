/* array.h: plain arrays that grow, and such of numbers. */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include <stddef.h>
#include <stdint.h>

#include "src/base/err.h"

/* items is the address of a pointer to *cap items of `size` bytes, from malloc or NULL. Makes *cap at least `need`, at
 * least doubling it; new items are zero. On failure nothing changes. The caller frees. */
MUST_CHECK bool array_reserve(void *items, uint32_t *cap, uint64_t need, size_t size, struct err *err);

/* Lower numbers first. */
void array_sort_numbers(uint32_t *numbers, size_t n);
/* Where it is among sorted ones; UINT32_MAX: nowhere. */
uint32_t array_find_number(const uint32_t *numbers, size_t n, uint32_t number);

#endif
