/* frames.h: which line, function and file each node of the stack tree is.
 *
 * A *spot* is a line inside a function: what a frame is at. Nodes that are no frame of a program (markers, frames that
 * have not really started) have none and count for the frame that called them. Nodes without weight in the basis have
 * none either, so nothing comes out that has no sample. */
#ifndef HEATMAP_FRAMES_H
#define HEATMAP_FRAMES_H

#include "src/heatmap/profile.h"

#define FRAMES_NONE UINT32_MAX

struct frames_spot {
    uint32_t file; /* of frames.files, as below */
    uint32_t line; /* 0: nothing tells */
    uint32_t function;
};

struct frames_function {
    uint32_t file;
    uint32_t first_line;
    struct slice name, qualname; /* borrowed from the profile */
};

/* The part of a line that an instruction belongs to, where the line table says (linetable.h). */
struct frames_expression {
    uint32_t file, line;
    uint32_t column, end_line, end_column;
};

/* In the arena that was given. Sorted: files by path, functions by file, first line and qualname, spots by file, line
 * and function, expressions by file, line and column, then the longest first. */
struct frames {
    uint64_t *weight; /* by node: of the stacks that it begins, its own included */
    uint32_t *frame;  /* by node: itself, or the frame below that it counts for; 0: none, or none that was read */
    uint32_t *spot;   /* by node; FRAMES_NONE where frame is not the node itself */
    uint32_t *files;  /* of profile.files */
    uint32_t n_files;
    struct frames_function *functions;
    uint32_t n_functions;
    struct frames_spot *spots;
    uint32_t n_spots;
    uint32_t *expression; /* by node, as spot; FRAMES_NONE also where no columns are known */
    struct frames_expression *expressions;
    uint32_t n_expressions;
};

/* weights: by node, of the samples that ended there; NULL: those in the profile's basis. */
MUST_CHECK bool frames_of(const struct profile *p, const uint64_t *weights, struct arena *arena, struct frames *f,
                          struct err *err);

/* The path that a file is known by: resolved, or else its name. */
struct slice frames_path(const struct profile_file *file);

#endif
