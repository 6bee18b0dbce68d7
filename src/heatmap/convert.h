/* convert.h: a recording becomes a site, and numbers for programs. */
#ifndef HEATMAP_CONVERT_H
#define HEATMAP_CONVERT_H

#include "src/heatmap/options.h"

/* Writes o->output and o->json, of which each may be NULL, and says on standard output what there is to see. What is
 * there already is replaced when the new one is whole. */
MUST_CHECK bool convert(const struct options *o, struct err *err);

#endif
