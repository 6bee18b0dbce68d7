/* here.h: what this machine says of whoever uses it, and of itself: names to look for in a recording that was mostly
 * made here. */
#ifndef HEATMAP_HERE_H
#define HEATMAP_HERE_H

#include <limits.h>

/* Empty: it does not say. */
struct here {
    char user[256], full_name[256], home[PATH_MAX], host[256];
};

/* Reads the system's list of users, which may be anywhere on the network: to be asked before rights are given up. */
void here_ask(struct here *here);

#endif
