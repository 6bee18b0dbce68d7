#include "config.h"

#include "src/heatmap/browser.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

/* $BROWSER is a list, apart by colons; the first that can be run is taken. */
static int run(const char *program, size_t n, const char *address)
{
    char name[4096];
    if (n == 0 || n >= sizeof name)
        return ENOENT;
    memcpy(name, program, n);
    name[n] = '\0';
    char *argv[] = {name, (char *)(uintptr_t)address, NULL};
    posix_spawn_file_actions_t files;
    int why = posix_spawn_file_actions_init(&files);
    if (why != 0)
        return why;
    /* Browsers chatter on the terminal of whoever started them. */
    why = posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    if (why == 0)
        why = posix_spawn_file_actions_adddup2(&files, 1, 2);
    if (why == 0)
        why = posix_spawnp(&(pid_t){0}, name, &files, NULL, argv, environ);
    (void)posix_spawn_file_actions_destroy(&files);
    return why;
}

bool browser_open(const char *address, struct err *err)
{
    const char *list = getenv("BROWSER");
    int why = ENOENT;
    while (list != NULL && *list != '\0' && why != 0) {
        size_t n = strcspn(list, ":");
        why = run(list, n, address);
        list += n + (list[n] == ':');
    }
    if (why != 0)
        why = run("xdg-open", strlen("xdg-open"), address);
    return why == 0 || err_system(err, why, "neither $BROWSER nor xdg-open can be run; open %s", address);
}
