#include "config.h"

#include "src/record/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TAKE_AWAY "\r\033[K" /* ECMA-48: to the first column, erase in line */
#define MAX_WIDTH 200

void status_init(struct status *s, bool quiet, bool launched, bool asked)
{
    const char *terminal = getenv("TERM");
    /* Of a command whose output goes elsewhere, hardly anything is to be expected on the terminal. */
    const bool free = !launched || !isatty(STDOUT_FILENO) || asked;
    *s = (struct status){.wanted = !quiet && free && isatty(STDERR_FILENO) && terminal != NULL &&
                                   strcmp(terminal, "dumb") != 0};
}

static bool in_foreground(void)
{
    const pid_t group = tcgetpgrp(STDERR_FILENO);
    return group < 0 || group == getpgrp(); /* < 0: not our controlling terminal, where nobody has a shell */
}

static int width(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return 79;
    return size.ws_col - 1 < MAX_WIDTH ? size.ws_col - 1 : MAX_WIDTH; /* the last column would begin a new line */
}

void status_show(struct status *s, const char *text)
{
    char line[MAX_WIDTH + 64], words[MAX_WIDTH + 1];
    if (!s->wanted || !in_foreground())
        return;
    (void)snprintf(words, sizeof words, "pyrecord: %s", text);
    const int n = snprintf(line, sizeof line, TAKE_AWAY "%.*s", width(), words);
    if (n > 0)
        s->shown = write(STDERR_FILENO, line, (size_t)n) == n;
}

void status_clear(struct status *s)
{
    if (s->shown && in_foreground())
        (void)!write(STDERR_FILENO, TAKE_AWAY, sizeof TAKE_AWAY - 1);
    s->shown = false;
}
