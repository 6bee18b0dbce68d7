/* defs.h: what samples refer to: images, threads, files, code objects.
 *
 * The samplers send each of these once; a recording defines them anew in every epoch that uses them. This keeps them,
 * and writes each when an epoch first needs it. Files and code objects are common to all images: what many processes
 * run is defined once. Source texts are read and sent as soon as a file is first named. */
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
    struct intern file_keys;
    struct def_file *files; /* owned; index: file_keys */
    uint32_t files_cap;
    struct intern code_keys; /* hold the codes' names and line tables */
    struct def_code *codes;  /* owned; index: code_keys */
    uint32_t codes_cap;
    uint32_t epoch;                    /* from 0 */
    uint32_t epoch_files, epoch_codes; /* defined in it so far */
};

/* One image. */
struct defs_image {
    struct image *facts; /* owned */
    uint32_t *known;     /* owned; its sampler's number of a code → index in codes + 1 */
    uint32_t known_cap;
    bool defined; /* in … */
    uint32_t epoch;
};

/* Zero-initialise, set write and options. */
void defs_fini(struct defs *d);
/* Zero-initialise. */
void defs_image_fini(struct defs_image *image);

/* Takes the event's facts, also on failure. parent: as for image_know. */
MUST_CHECK bool defs_process(struct defs *d, struct defs_image *image, uint32_t id, const struct event_process *event,
                             const struct image *parent, struct err *err);
/* Defines the image and its threads, if this epoch has not seen it. */
MUST_CHECK bool defs_use_image(struct defs *d, struct defs_image *image, struct err *err);
MUST_CHECK bool defs_thread(struct defs *d, struct defs_image *image, const struct event_thread *event,
                            struct err *err);
/* bytes: as event.bytes. */
MUST_CHECK bool defs_code(struct defs *d, struct defs_image *image, const struct event_code *event,
                          const uint8_t *bytes, struct err *err);
/* The code's number in this epoch, by the number that the image's sampler gave it; it is defined on return. */
MUST_CHECK bool defs_use_code(struct defs *d, const struct defs_image *image, uint32_t code, uint32_t *id,
                              struct err *err);
/* After pyrec_write_epoch: everything has to be defined again. */
void defs_epoch(struct defs *d);
/* Looks at the names of the image's threads, and sends those that changed. */
MUST_CHECK bool defs_rename(struct defs *d, struct defs_image *image, struct err *err);

#endif
