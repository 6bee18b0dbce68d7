#include "config.h"

#include "src/base/array.h"

#include <stdlib.h>
#include <string.h>

bool array_reserve(void *items, uint32_t *cap, uint64_t need, size_t size, struct err *err)
{
    if (need <= *cap)
        return true;
    uint64_t want = *cap < 8 ? 16 : 2 * (uint64_t)*cap;
    if (want < need)
        want = need;
    size_t bytes;
    if (want > UINT32_MAX || __builtin_mul_overflow((size_t)want, size, &bytes))
        return err_nomem(err);
    void *old;
    memcpy(&old, items, sizeof old);
    uint8_t *grown = realloc(old, bytes);
    if (grown == NULL)
        return err_nomem(err);
    memset(grown + *cap * size, 0, bytes - *cap * size);
    memcpy(items, &grown, sizeof grown);
    *cap = (uint32_t)want;
    /* cppcheck-suppress memleak ; *items owns it */
    return true;
}

static int by_number(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

void array_sort_numbers(uint32_t *numbers, size_t n)
{
    qsort(numbers, n, sizeof *numbers, by_number);
}

uint32_t array_find_number(const uint32_t *numbers, size_t n, uint32_t number)
{
    const uint32_t *found = bsearch(&number, numbers, n, sizeof *numbers, by_number);
    return found == NULL ? UINT32_MAX : (uint32_t)(found - numbers);
}
