/* convert.h: a whole conversion, as pyheatmap does it, into memory. Numbers that do not add up end the program. */
#ifndef FUZZ_CONVERT_H
#define FUZZ_CONVERT_H

#include "src/base/slice.h"

void convert(struct slice recording);

#endif
