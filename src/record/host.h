/* host.h: the machine that a recording is made on: what a maintainer asks for first. */
#ifndef RECORD_HOST_H
#define RECORD_HOST_H

#include "formats/content.h"
#include "src/base/arena.h"

/* What cannot be told is empty. Slices are in the arena. */
void host_facts(struct rec_host *host, struct arena *arena);

#endif
