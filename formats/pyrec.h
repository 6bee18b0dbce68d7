/* pyrec.h: the constants of our recording format. pyrec.md is the authority; the sections named here are its.
 *
 * Constants only. Shared by the encoder and the decoder, which otherwise know nothing of each other. */
#ifndef FORMATS_PYREC_H
#define FORMATS_PYREC_H

/* §2.2 The head that begins the payload of every frame. All sizes in bytes. */
#define PYREC_MAGIC "pyrec\x1a\n" /* 7 bytes, then the version byte */
#define PYREC_MAGIC_SIZE 7
#define PYREC_VERSION 1
#define PYREC_HEAD_SIZE 96
#define PYREC_HEAD_HASH_AT 80 /* the checksum: of the head's bytes before it, and the records */
#define PYREC_ID_SIZE 16
#define PYREC_HASH_SIZE 16 /* XXH3-128, canonical (big-endian) byte order, seed 0 */

enum pyrec_frame_kind {
    PYREC_FRAME_EPOCH = 1,      /* records of one epoch */
    PYREC_FRAME_TEXTS = 2,      /* source texts and notes, outside epochs */
    PYREC_FRAME_END = 3,        /* the END record; the last frame */
    PYREC_FRAME_OPTIONAL = 128, /* from here on: kinds that a reader may skip when it does not know them */
};

/* §2.1 The only zstd frame header that is written or accepted, but for the width of the content size. */
#define PYREC_ZSTD_FLAGS 0x24 /* single segment, content checksum, no dictionary */
#define PYREC_ZSTD_FLAGS_MASK 0x3f

/* §3 A record is varint tag, varint length, body. tag = number << 2 | private << 1 | required. */
#define PYREC_TAG(number, private, required) ((number) << 2 | (private) << 1 | (required))
#define PYREC_TAG_REQUIRED 1u
#define PYREC_TAG_PRIVATE 2u

enum pyrec_tag {
    PYREC_NO_TAG = 0, /* never written */
    PYREC_HEADER = PYREC_TAG(1, 0, 1),
    PYREC_HOST = PYREC_TAG(2, 0, 0),
    PYREC_PROCESS = PYREC_TAG(3, 0, 1),
    PYREC_ARGV = PYREC_TAG(4, 1, 0),
    PYREC_ENV = PYREC_TAG(5, 1, 0),
    PYREC_ROOT = PYREC_TAG(6, 0, 0),
    PYREC_THREAD = PYREC_TAG(7, 0, 1),
    PYREC_FILE = PYREC_TAG(8, 0, 1),
    PYREC_CODES = PYREC_TAG(9, 0, 1),
    PYREC_NODES = PYREC_TAG(10, 0, 1),
    PYREC_SAMPLES = PYREC_TAG(11, 0, 1),
    PYREC_TICKS = PYREC_TAG(12, 0, 0),
    PYREC_LOSSES = PYREC_TAG(13, 0, 1),
    PYREC_EXIT = PYREC_TAG(14, 0, 0),
    PYREC_SOURCE = PYREC_TAG(15, 0, 0),
    PYREC_NOTE = PYREC_TAG(16, 0, 0),
    PYREC_END = PYREC_TAG(17, 0, 1),
};

/* §4.2 The form of a column: 0 … 8 is the width of its planes in bytes. */
#define PYREC_COLUMN_VARINTS 9

/* §7 Limits. A writer keeps them, a reader refuses what is over them. */
#define PYREC_MAX_PAYLOAD_LOG 22
#define PYREC_MAX_PAYLOAD (1u << PYREC_MAX_PAYLOAD_LOG) /* bytes of a frame's payload, the head included */
#define PYREC_MAX_ROWS 16384u                           /* rows of a block */
#define PYREC_MAX_STRING 65536u                         /* bytes of a name, path, argument, variable */
#define PYREC_MAX_LINETABLE (1u << 20)                  /* bytes of a code object's line table */
#define PYREC_MAX_SOURCE (16u << 20)                    /* bytes of a source text */
#define PYREC_MAX_CHUNK (1u << 20)                      /* bytes of a source text in one record */
#define PYREC_MAX_NOTE (1u << 20)                       /* bytes of a note */
#define PYREC_MAX_ARGS 4096u                            /* arguments or variables of a process */
#define PYREC_MAX_PROCESSES 65536u                      /* process images of a recording */
#define PYREC_MAX_THREADS 65536u                        /* threads of a process image */
#define PYREC_MAX_ALL_THREADS (1u << 20)  /* sum over the images of an epoch of their highest thread number */
#define PYREC_MAX_FILES (1u << 18)        /* files of an epoch */
#define PYREC_MAX_CODES (1u << 20)        /* code objects of an epoch */
#define PYREC_MAX_NODES (1u << 22)        /* nodes of a process in an epoch */
#define PYREC_MAX_DEFINITIONS (64u << 20) /* bytes of definition records of an epoch */
#define PYREC_MAX_WEIGHT (1u << 20)       /* ticks of one row */
#define PYREC_MAX_REPEAT (1u << 24)       /* repeats of one row */
/* Of a whole recording of n bytes, so that what is small stays cheap to read. */
#define PYREC_MAX_CONTENT(n) ((1ull << 30) + 64 * (n))  /* bytes of all payloads */
#define PYREC_MAX_ALL_ROWS(n) ((1ull << 22) + 16 * (n)) /* rows of all blocks but CODES */
#define PYREC_MAX_PERIOD_NS (1ull << 40)                /* the mean interval between ticks, and the time unit */
#define PYREC_MAX_TIME (1ull << 52)                     /* time units since the recording began */

#endif
