/* image.h: a memory image in a process's place: pieces at addresses, read through struct remote. */
#ifndef TESTS_IMAGE_H
#define TESTS_IMAGE_H

#include "src/record/remote.h"

enum { IMAGE_PIECES = 16 };

struct image {
    struct remote remote; /* its self is this struct: do not move it */
    struct {
        uint64_t address;
        uint8_t *bytes; /* owned */
        size_t n;
    } pieces[IMAGE_PIECES];
    unsigned n;
    unsigned calls;                      /* of readv */
    void (*before)(struct image *image); /* of each call, if set: somebody else is at work */
};

void image_init(struct image *image);
void image_fini(struct image *image);
/* n zeroed bytes at an address. */
void image_map(struct image *image, uint64_t address, size_t n);
void image_put(struct image *image, uint64_t address, const void *p, size_t n);
void image_u64(struct image *image, uint64_t address, uint64_t value);
void image_u8(struct image *image, uint64_t address, uint8_t value);

#endif
