/* attach.h: what is made instead of a site, to be attached to a bug report: a redacted recording, a report. */
#ifndef HEATMAP_ATTACH_H
#define HEATMAP_ATTACH_H

#include "src/heatmap/options.h"

/* Does what o->action says. */
MUST_CHECK bool attach(const struct options *o, struct err *err);

#endif
