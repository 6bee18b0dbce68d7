/* attach.h: what is made instead of a site, for a bug report: what a recording is, a summary, a
 * redacted recording, a report. */
#ifndef HEATMAP_ATTACH_H
#define HEATMAP_ATTACH_H

#include "src/heatmap/options.h"

/* Does what o->action says. */
MUST_CHECK bool attach(const struct options *o, struct err *err);

#endif
