/* faulty: makes of a program one whose nth call fails (faults.h), as FAULT=KIND:N in its environment has it. Whether
 * it came to that goes to the file that FAULT_SAYS names. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/faults.h"

static void say(void)
{
    const char *path = getenv("FAULT_SAYS");
    const bool struck = faults_disarm();
    FILE *f = path == NULL ? NULL : fopen(path, "w");
    if (f == NULL)
        return;
    (void)fputs(struck ? "struck\n" : "not reached\n", f);
    (void)fclose(f);
}

__attribute__((constructor)) static void arm(void)
{
    const char *wanted = getenv("FAULT");
    const char *colon = wanted == NULL ? NULL : strchr(wanted, ':');
    if (colon == NULL || atexit(say) != 0)
        return;
    for (enum fault fault = FAULT_ALLOCATION; fault < FAULTS; fault++) {
        const char *name = faults_name(fault);
        if (strlen(name) == (size_t)(colon - wanted) && strncmp(name, wanted, strlen(name)) == 0)
            faults_arm(fault, strtoul(colon + 1, NULL, 10));
    }
}
