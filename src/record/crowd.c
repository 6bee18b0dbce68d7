#include "config.h"

#include "src/record/crowd.h"

#include <stddef.h>

void crowd_join(struct crowd_member *m)
{
    if (m->crowd == NULL)
        return;
    atomic_fetch_add(&m->crowd->all, 1);
    atomic_fetch_add(&m->crowd->busy, 1);
    m->busy = m->ran = true;
    m->next_census = 0;
}

void crowd_leave(struct crowd_member *m)
{
    if (m->crowd == NULL)
        return;
    atomic_fetch_sub(&m->crowd->all, 1);
    atomic_fetch_sub(&m->crowd->busy, m->busy ? 1 : 0);
}

void crowd_note(struct crowd_member *m, bool ran, uint64_t time, uint64_t second)
{
    m->ran = m->ran || ran;
    if (m->crowd == NULL || time < m->next_census)
        return;
    m->next_census = time + second;
    if (m->ran && !m->busy)
        atomic_fetch_add(&m->crowd->busy, 1);
    else if (!m->ran && m->busy)
        atomic_fetch_sub(&m->crowd->busy, 1);
    m->busy = m->ran;
    m->ran = false;
}

static uint32_t ceil_div(uint32_t a, uint32_t b)
{
    return (a + b - 1) / b;
}

uint32_t crowd_stride(const struct crowd_member *m, uint32_t most)
{
    if (m->crowd == NULL || atomic_load(&m->crowd->all) <= m->crowd->room)
        return 1;
    const uint32_t n = m->busy ? ceil_div(atomic_load(&m->crowd->busy), m->crowd->room) : most;
    return n < 1 ? 1 : n < most ? n : most;
}
