/* run.h: the part of the model that says what ran: processes, threads, environment, time, damage. */
#ifndef HEATMAP_RUN_H
#define HEATMAP_RUN_H

#include "src/heatmap/model.h"

/* Fills in m from p; names stay the profile's. */
MUST_CHECK bool run_of(const struct profile *p, struct model *m, struct err *err);

#endif
