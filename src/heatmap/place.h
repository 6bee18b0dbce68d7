/* place.h: the tree of module types, folders and files.
 *
 * Built in two steps: places_of makes the tree, of which the counting needs to know what lies below what; with the
 * counts known, places_sort puts it in the order of model.h. Folders come from the files' paths below their roots;
 * folders of one name below several roots of one type are one. */
#ifndef HEATMAP_PLACE_H
#define HEATMAP_PLACE_H

#include "src/heatmap/model.h"

#define PLACE_MAX_DEPTH 32 /* deeper folders are one with their parent: "a/b/c" */

struct place {
    struct model_place shown;
    uint32_t parent; /* of places, less than its own number; MODEL_NONE: a type */
};

struct places {
    struct place *items; /* in the arena */
    uint32_t n;
    uint32_t *folder_of; /* by file: the place that it lies in */
};

/* modules: one a file. Names borrow from them. */
MUST_CHECK bool places_of(struct arena *arena, const struct module *modules, uint32_t n_files, struct places *places,
                          struct err *err);
/* items have their self and total. The result is in the arena. */
MUST_CHECK bool places_sort(struct arena *arena, const struct places *places, struct model_place **sorted,
                            struct err *err);

#endif
