#include "config.h"

#include "src/heatmap/here.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void here_ask(struct here *here)
{
    *here = (struct here){.user = ""};
    const struct passwd *me = getpwuid(getuid());
    if (me != NULL) {
        (void)snprintf(here->user, sizeof here->user, "%s", me->pw_name);
        (void)snprintf(here->home, sizeof here->home, "%s", me->pw_dir);
        (void)snprintf(here->full_name, sizeof here->full_name, "%.*s", (int)strcspn(me->pw_gecos, ","), me->pw_gecos);
    }
    if (gethostname(here->host, sizeof here->host - 1) != 0)
        here->host[0] = '\0';
}
