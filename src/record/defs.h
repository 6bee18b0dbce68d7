/* defs.h: what samples refer to: images, threads, files, code objects.
 *
 * The sampler sends each of these once; a recording defines them anew in every epoch that uses them. This keeps them,
 * and writes each when an epoch first needs it. Source texts are read and sent as soon as a file is first named. */
#ifndef RECORD_DEFS_H
#define RECORD_DEFS_H

#include "formats/pyrec_write.h"
#include "src/base/intern.h"
#include "src/record/events.h"
#include "src/record/image.h"
#include "src/record/sources.h"

struct defs_options {
    struct image_options image;
    bool no_argv;
    enum sources_kind sources;
};

struct defs {
    struct pyrec_write *write; /* borrowed */
    struct defs_options options;
    struct arena arena; /* of files' names and paths */
    struct sources sources;
    struct image *image; /* owned; the current one, or NULL */
    struct intern file_keys;
    struct def_file *files; /* owned; index: file_keys */
    uint32_t files_cap;
    struct intern code_keys; /* hold the codes' names and line tables */
    struct def_code *codes;  /* owned; index: code_keys */
    uint32_t codes_cap;
    uint32_t *known; /* owned; sampler's number of a code → index in codes + 1 */
    uint32_t known_cap;
    uint32_t epoch;
    uint32_t epoch_files, epoch_codes; /* defined in it so far */
};

/* Zero-initialise, set write and options. */
void defs_fini(struct defs *d);

MUST_CHECK bool defs_process(struct defs *d, const struct event_process *event, struct err *err);
MUST_CHECK bool defs_thread(struct defs *d, const struct event_thread *event, struct err *err);
/* bytes: as event.bytes. */
MUST_CHECK bool defs_code(struct defs *d, const struct event_code *event, const uint8_t *bytes, struct err *err);
/* The code's number in this epoch, by the number that the sampler gave it; it is defined on return. */
MUST_CHECK bool defs_use_code(struct defs *d, uint32_t code, uint32_t *id, struct err *err);
/* After pyrec_write_epoch: defines the image and its threads again. */
MUST_CHECK bool defs_epoch(struct defs *d, struct err *err);
/* Looks at the names of the image's threads, and sends those that changed. */
MUST_CHECK bool defs_rename(struct defs *d, struct err *err);

#endif
