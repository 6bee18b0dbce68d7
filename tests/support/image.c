#include "config.h"

#include "tests/support/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint8_t *at(struct image *image, uint64_t address, size_t n)
{
    for (unsigned i = 0; i < image->n; i++) {
        uint64_t offset = address - image->pieces[i].address;
        if (address >= image->pieces[i].address && offset <= image->pieces[i].n && n <= image->pieces[i].n - offset)
            return image->pieces[i].bytes + offset;
    }
    return NULL;
}

/* As process_vm_readv: a short count when a later range is not there, -1 when the first is not. */
static ssize_t read_image(void *self, const struct iovec *local, const struct iovec *remote, unsigned n)
{
    struct image *image = self;
    ssize_t total = 0;
    image->calls++;
    if (image->before != NULL)
        image->before(image);
    for (unsigned i = 0; i < n; i++) {
        const uint8_t *p = at(image, (uint64_t)(uintptr_t)remote[i].iov_base, remote[i].iov_len);
        if (p == NULL) {
            errno = EFAULT;
            return i == 0 ? -1 : total;
        }
        memcpy(local[i].iov_base, p, local[i].iov_len);
        total += (ssize_t)local[i].iov_len;
    }
    return total;
}

void image_init(struct image *image)
{
    *image = (struct image){.remote = {image, read_image}};
}

void image_fini(struct image *image)
{
    for (unsigned i = 0; i < image->n; i++)
        free(image->pieces[i].bytes);
}

void image_map(struct image *image, uint64_t address, size_t n)
{
    if (image->n == IMAGE_PIECES)
        abort();
    image->pieces[image->n].address = address;
    image->pieces[image->n].n = n;
    image->pieces[image->n].bytes = calloc(1, n);
    if (image->pieces[image->n++].bytes == NULL)
        abort();
}

void image_put(struct image *image, uint64_t address, const void *p, size_t n)
{
    uint8_t *to = at(image, address, n);
    if (to == NULL)
        abort();
    memcpy(to, p, n);
}

void image_u64(struct image *image, uint64_t address, uint64_t value)
{
    image_put(image, address, &value, sizeof value);
}

void image_u8(struct image *image, uint64_t address, uint8_t value)
{
    image_put(image, address, &value, sizeof value);
}
