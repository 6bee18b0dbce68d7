/* json.h: the model as JSON, for programs. The schema is documented in pyheatmap(1).
 *
 * Written one array element at a time, so memory does not grow with the result. Bytes that are not UTF-8 and lone
 * surrogates appear as text (utf8.h). Within a schema number things are only ever added. */
#ifndef HEATMAP_JSON_H
#define HEATMAP_JSON_H

#include <stdio.h>

#include "src/heatmap/model.h"

#define JSON_SCHEMA 1

/* Fails when out of memory; of `out` the caller checks ferror when all is written. */
MUST_CHECK bool json_write(const struct model *m, FILE *out, struct err *err);

#endif
