/* pyrec_frames.h: the container, one frame at a time (pyrec.md §2): finding frames in an input, decompressing and
 * verifying them. What a frame means in the order of the recording is pyrec_read.c's business.
 *
 * Owns one window on the input and one payload, of fixed bounds whatever the input says, and smaller for a small input.
 */
#ifndef FORMATS_PYREC_FRAMES_H
#define FORMATS_PYREC_FRAMES_H

#include "formats/format.h"
#include "formats/pyrec_head.h"

struct pyrec_frames {
    const struct format_input *in; /* borrowed */
    struct ZSTD_DCtx_s *zstd;      /* owned */
    uint8_t *window;               /* owned; bytes of the input from window_at on */
    uint64_t window_at;
    size_t window_n;
    uint8_t *payload; /* owned; of the last frame that was opened */
    size_t payload_cap;
    uint64_t search_budget; /* work that may still be spent on what turns out not to be a frame */
};

/* A frame whose checksums are right. */
struct pyrec_frame {
    uint64_t offset; /* in the input, bytes */
    uint64_t size;   /* compressed, bytes */
    struct pyrec_head head;
    struct slice records; /* borrowed until the next frame is opened */
};

enum frame_result {
    FRAME_OK,
    FRAME_BAD,           /* damaged, cut short, or no frame at all */
    FRAME_OTHER_VERSION, /* whole, and of another version: head says which */
    FRAME_FAILED,        /* the input failed; err is set */
};

/* Up to n bytes of the input at offset: *got, valid until the next call of any kind. Fewer only where it ends; n is at
 * most a frame. */
MUST_CHECK bool pyrec_frames_look(struct pyrec_frames *f, uint64_t offset, size_t n, struct slice *got,
                                  struct err *err);

MUST_CHECK bool pyrec_frames_init(struct pyrec_frames *f, const struct format_input *in, struct err *err);
void pyrec_frames_fini(struct pyrec_frames *f);

enum frame_result pyrec_frames_open(struct pyrec_frames *f, uint64_t offset, struct pyrec_frame *frame,
                                    struct err *err);
/* The first frame at or after offset that is not bad; FRAME_BAD when there is none up to the end. */
enum frame_result pyrec_frames_search(struct pyrec_frames *f, uint64_t offset, struct pyrec_frame *frame,
                                      struct err *err);

/* Whether bytes may be the beginning of a recording: 0 surely not … 100 surely. A hundred means that a head was seen,
 * though not verified: *version is then its version, else -1. */
int pyrec_frames_bid(struct slice bytes, int *version);

#endif
