/* site.h: a directory that is the site.
 *
 * Written beside its place and renamed at the end, so that a failure leaves nothing half-written, and a site that was
 * there stays until the new one is whole. */
#ifndef HEATMAP_SITE_H
#define HEATMAP_SITE_H

#include "src/heatmap/projection.h"

#define SITE_MAX_PAGES (1u << 18)

struct site_options {
    const char *dir;
    bool force;                      /* replace a directory that is not a site of ours */
    struct projections *projections; /* borrowed; NULL: no data for filters */
};

/* An existing site of ours is replaced whole; anything else that is in the way is an ERR_USAGE. */
MUST_CHECK bool site_write(const struct model *m, const struct site_options *options, struct err *err);

#endif
