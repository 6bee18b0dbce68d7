/* Forged recordings: what no recorder would write, to standard output. They break no rule of the format but that of a
 * limit of the whole, or none. There is one recording a program; what goes wrong ends it. */
#ifndef PYHEATMAP_TESTS_SUPPORT_FORGE_H
#define PYHEATMAP_TESTS_SUPPORT_FORGE_H

#include "formats/pyrec_encode.h"
#include "formats/pyrec_head.h"
#include "src/base/hash.h"

extern struct forge {
    struct buf body;        /* of the record that comes next: forge_record takes it */
    struct pyrec_head head; /* of the frame that comes next; kind, length, part and sequence are counted */
    struct rec_code like;   /* what all code objects have in common */
} forge;

void forge_begin(void);
void forge_end(void);

/* Frames are handed out where they are full, too; one of no records is none. */
void forge_next_epoch(void);
void forge_epoch_frame(void);

void forge_check(bool ok, const struct err *err);
void forge_record(enum pyrec_tag tag);
void forge_process(uint32_t id, uint32_t parent);
void forge_thread(uint32_t process, uint32_t id);
/* `hash` is of its text, NULL: of none. */
void forge_file(uint32_t id, uint32_t process, const char *name, const uint8_t *hash);
/* Code objects `first` … on, n at most PYREC_MAX_ROWS: all of the first file, a line each, or a file each. */
void forge_codes(uint32_t first, uint32_t n, bool one_file);
/* Nodes `first` … on: each on top of the one before (a chain), or all of the root, of the code objects `code` on. */
void forge_nodes(uint32_t process, uint32_t first, uint32_t n, bool chain, uint32_t code);

struct forge_rows {
    uint32_t first, step; /* the first's node, and how far it is to the next */
    uint32_t weight, repeat, span;
};
/* n at most PYREC_MAX_ROWS, of the first thread. */
void forge_samples(uint32_t process, uint32_t n, struct forge_rows rows);

/* Code objects as forge_codes, n of any number, and a node of each on the root, sampled once. */
void forge_sampled(uint32_t first, uint32_t n, bool one_file);

/* An epoch of one process and thread. */
void forge_epoch_of_one(void);
/* One of one file and function, too, sampled once. */
void forge_little(const uint8_t *hash);
/* One of n files, each named before, a number from `first` on, after, and of a function each, sampled once. */
void forge_files(const char *before, uint32_t first, const char *after, uint32_t n, const uint8_t *hash);

/* A text of n bytes, of the same word all along, and its hash. */
void forge_hash(size_t n, const char *word, uint8_t hash[HASH_SIZE]);
void forge_text(size_t n, const char *word, const uint8_t hash[HASH_SIZE]);

#endif
