/* pyrec_head.h: the 96 bytes that begin every frame's payload (pyrec.md §2.2). Shared by the encoder and the decoder.
 *
 * Only packs and unpacks: what a head means for the recording is pyrec_write.c's and pyrec_read.c's business. */
#ifndef FORMATS_PYREC_HEAD_H
#define FORMATS_PYREC_HEAD_H

#include "formats/pyrec.h"
#include "src/base/slice.h"

struct pyrec_head {
    uint8_t version;
    uint8_t kind;   /* enum pyrec_frame_kind */
    uint16_t draft; /* of version 0; then zero */
    uint8_t id[PYREC_ID_SIZE];
    uint32_t epoch;         /* from 1; 0 in frames outside epochs */
    uint32_t part;          /* from 0: which frame of its epoch; outside epochs: which frame of its kind */
    uint32_t sequence;      /* from 0: which frame of the recording */
    uint32_t length;        /* bytes of records after the head */
    uint64_t weight_before; /* ticks of all samples in earlier frames */
    uint64_t weight;        /* ticks of the samples in this frame */
    uint64_t since;         /* `until` of the frame before, 0 in the first; time units */
    uint64_t until;         /* the recording is complete up to here; time units */
};

/* payload holds head.length bytes of records at PYREC_HEAD_SIZE; what is before is filled in, the checksum included. */
void pyrec_head_pack(const struct pyrec_head *head, uint8_t *payload);
/* false: no head of a recording, of whatever version. */
bool pyrec_head_unpack(struct pyrec_head *head, struct slice payload);
/* Whether the checksum of a whole payload is right. */
bool pyrec_head_verify(struct slice payload);

#endif
