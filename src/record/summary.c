#include "config.h"

#include "src/record/summary.h"

#include <stdio.h>

#define HELD 0.9        /* of the rate: less is said */
#define ENOUGH_TICKS 50 /* to judge the rate by */

/* "1234567" → "1,234,567" */
static const char *grouped(uint64_t value, char out[32])
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value), k = 0;
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            out[k++] = ',';
        out[k++] = digits[i];
    }
    out[k] = '\0';
    return out;
}

static const char *bytes(uint64_t value, char out[32])
{
    static const char *const units[] = {"kB", "MB", "GB", "TB"};
    double v = (double)value / 1000;
    size_t unit = 0;
    while (v >= 1000 && unit + 1 < sizeof units / sizeof *units) {
        v /= 1000;
        unit++;
    }
    (void)snprintf(out, 32, v < 9.95 ? "%.1f %s" : "%.0f %s", v, units[unit]);
    return out;
}

static double percent(uint64_t part, uint64_t rest)
{
    return part == 0 ? 0 : 100 * (double)part / (double)(part + rest);
}

void summary_line(const struct summary *s, char *out, size_t n)
{
    char samples[32], lost[32], trimmed[32], size[32];
    int k = snprintf(out, n, "%s samples in %.1f s, %s lost (%.2f %%), %s trimmed (%.2f %%); %s, %s",
                     grouped(s->family.samplers.samples, samples), (double)s->elapsed_ns / 1e9,
                     grouped(s->family.samplers.lost_ticks, lost),
                     percent(s->family.samplers.lost_ticks, s->family.samplers.samples),
                     grouped(s->family.samplers.trimmed, trimmed),
                     percent(s->family.samplers.trimmed, s->family.samplers.read - s->family.samplers.trimmed),
                     s->where, bytes(s->size, size));
    uint64_t dropped = s->family.samplers.dropped + s->dropped;
    if (dropped > 0 && k > 0 && (size_t)k < n)
        (void)snprintf(out + k, n - (size_t)k, "; %s dropped, since they could not be written in time",
                       grouped(dropped, samples));
}

void summary_progress(const struct summary *s, char *out, size_t n)
{
    char samples[32], size[32];
    (void)snprintf(out, n, "%.0f s, %s samples, %.2f %% lost, %s", (double)s->elapsed_ns / 1e9,
                   grouped(s->family.samplers.samples, samples),
                   percent(s->family.samplers.lost_ticks, s->family.samplers.samples), bytes(s->size, size));
}

double summary_missed_rate(const struct summary *s)
{
    double held = s->family.samplers.ticks < ENOUGH_TICKS
                      ? 1
                      : (double)s->family.samplers.wakes / (double)s->family.samplers.ticks;
    return held >= HELD ? 0 : held * 1e9 / (double)s->period_ns;
}
