/* unpack.h: recordings inside other files: .gz, .zip, a report of --report.
 *
 * Told by content, whatever the name is. What is inside is written to a file without a name; it is bounded in
 * proportion to what it came from, since a recording is compressed already and hardly grows. */
#ifndef HEATMAP_UNPACK_H
#define HEATMAP_UNPACK_H

#include "formats/format.h"

#define UNPACK_MAX_RATIO 100u          /* bytes inside for each byte of the file … */
#define UNPACK_MAX_SMALL (64ull << 20) /* … besides so many … */
#define UNPACK_MAX (16ull << 30)       /* … but never more than this */
#define UNPACK_MAX_DEPTH 4             /* a report in a .zip in a .gz */
#define UNPACK_MAX_ENTRIES 10000u      /* files in a .zip that are looked at */

/* What begins the element that holds the recording in a report, and the names of its attributes. */
#define UNPACK_ELEMENT "<script type=\"application/x-pyheatmap-recording\""
#define UNPACK_ELEMENT_END "</script>"

/* in, read through `fd`: *out is a new descriptor of what is inside, which the caller closes, *size its bytes; -1 where
 * it is nothing that is unpacked. make_file gives an empty file to write to. */
MUST_CHECK bool unpack(const struct format_input *in, int fd, int (*make_file)(void), int *out, uint64_t *size,
                       struct err *err);

#endif
