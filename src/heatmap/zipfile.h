/* zipfile.h: a .zip with one file in it. The same bytes in, the same bytes out: it holds no time. */
#ifndef HEATMAP_ZIPFILE_H
#define HEATMAP_ZIPFILE_H

#include "src/base/buf.h"

/* Appends the whole .zip to out. */
MUST_CHECK bool zipfile_of(const char *name, struct slice bytes, struct buf *out, struct err *err);

#endif
