/* content.h: what a recording says, as structs.
 *
 * The encoder takes these, and every reader hands them to a sink (format.h). Structs and constants only; it does not
 * know how anything is written.
 *
 * Everything here is borrowed: slices and arrays are valid during the call that passes them.
 * Text is bytes: UTF-8 where it is well formed; a lone surrogate of a Python string is written as its three-byte form
 * (ED A0..BF xx, "WTF-8"); bytes of the system that are not UTF-8 stay as they are.
 * Times are in time units (rec_header.time_unit_ns) since the recording began, unless a name ends in _ns.
 * A hash is XXH3-128 in canonical byte order. */
#ifndef FORMATS_CONTENT_H
#define FORMATS_CONTENT_H

#include "src/base/slice.h"

#define REC_HASH_SIZE 16

struct rec_header {
    uint8_t id[16];        /* of the recording; random */
    struct slice recorder; /* program and version: "pyrecord 0.1.0" */
    uint64_t period_ns;    /* mean interval between ticks; a sample's weight counts these */
    uint64_t time_unit_ns;
    int64_t started_ns;    /* wall clock, since 1970 UTC */
    uint64_t monotonic_ns; /* the recorder's CLOCK_MONOTONIC at the same moment */
};

struct rec_host {
    struct slice kernel;  /* "Linux 6.1.0-18-amd64" */
    struct slice machine; /* "x86_64" */
    struct slice cpu_model;
    struct slice libc;      /* "glibc 2.36" */
    struct slice container; /* "docker", "podman", "lxc" …; empty: none seen */
    uint32_t cpus;          /* online */
};

/* A process image: an exec makes a new one, with a number of its own. Numbers are of the recording, from 1. */
struct rec_process {
    uint32_t id;
    uint32_t parent; /* image that started it; 0: none that was recorded */
    uint32_t pid;    /* as the recorder saw it */
    uint32_t ppid;
    uint32_t exec_count;       /* execs of this pid seen before this image */
    uint32_t python;           /* PY_VERSION_HEX: 0x030d00f0 for 3.13.0 */
    uint32_t flags;            /* REC_PROCESS_* */
    uint64_t started;          /* time of the first look at this image */
    int64_t born_ns;           /* wall clock: when the image was executed or forked; 0: unknown */
    struct slice python_build; /* free text, may be empty */
    struct slice executable;
    struct slice cwd;
    struct slice root; /* "/" unless it lives in a chroot or a container */
};
#define REC_PROCESS_FREE_THREADED 1u
#define REC_PROCESS_ATTACHED 2u /* was running already */

struct rec_argv {
    uint32_t process;
    uint32_t n;
    const struct slice *args;
};

struct rec_env {
    uint32_t process;
    uint32_t n;
    const struct slice *names;
    const struct slice *values;
};

enum rec_root_kind {
    REC_ROOT_STDLIB = 1,   /* the directory of os.py */
    REC_ROOT_PLATFORM = 2, /* lib-dynload and the like */
    REC_ROOT_SITE = 3,     /* site-packages, dist-packages */
    REC_ROOT_USER_SITE = 4,
    REC_ROOT_EDITABLE = 5, /* target of a .pth line or an editable finder */
    REC_ROOT_SCRIPT = 6,   /* directory of the started script, or of -m's module: sys.path[0] */
    REC_ROOT_PATH = 7,     /* another entry of sys.path */
    REC_ROOT_PREFIX = 8,   /* sys.prefix, sys.base_prefix: an installation or a virtual environment */
    REC_ROOT_KINDS = 9,
};

struct rec_root {
    uint32_t process;
    uint32_t kind;     /* enum rec_root_kind */
    bool derived;      /* worked out from the file system, not read from sys.path */
    struct slice path; /* absolute, no trailing slash, as the target sees it */
};

/* A thread of a process image. Numbers are the image's, from 1. Sent again when the name changes. */
struct rec_thread {
    uint32_t process;
    uint32_t id;
    uint64_t tid; /* as the recorder saw it */
    struct slice name;
    uint32_t interpreter; /* number of the subinterpreter it runs; 0: the main one */
};

enum rec_source_state {
    REC_SOURCE_NONE = 0,       /* no such file: frozen, <string>, zip, …, or gone */
    REC_SOURCE_SEEN = 1,       /* read and hashed; the text is in the recording when a rec_source has that hash */
    REC_SOURCE_UNREADABLE = 2, /* no permission, not a regular file, too large */
    REC_SOURCE_REFUSED = 3,    /* left out by the recorder's rules (man pyrecord, "Sources") */
};
enum rec_pyc_kind {
    REC_PYC_NONE = 0,  /* no .pyc found */
    REC_PYC_MTIME = 1, /* pyc_mtime_s and pyc_size say which source it was compiled from */
    REC_PYC_HASH = 2,  /* a hash-based .pyc: nothing to compare */
};

/* A file name that code objects carry. Numbers are the epoch's, from 1. */
struct rec_file {
    uint32_t id;
    uint32_t process;  /* image in which it was first seen: a relative name is relative to its cwd */
    struct slice name; /* co_filename */
    struct slice path; /* resolved, as the target sees it; empty: not resolved */
    uint64_t device;
    uint64_t inode;
    uint64_t size;               /* bytes, when it was read */
    int64_t mtime_ns;            /* wall clock */
    int64_t read_ns;             /* wall clock, when it was read */
    uint32_t source;             /* enum rec_source_state */
    uint8_t hash[REC_HASH_SIZE]; /* of the text; zero unless REC_SOURCE_SEEN */
    uint32_t pyc;                /* enum rec_pyc_kind */
    uint32_t pyc_mtime_s;
    uint32_t pyc_size;
};

/* A code object. Numbers are the epoch's, from REC_CODE_FIRST; smaller ones are reserved (below). */
struct rec_code {
    uint32_t id;
    uint32_t file;               /* rec_file.id */
    uint8_t hash[REC_HASH_SIZE]; /* of everything below and the file's name and path: pyrec.md §5.8. Not written: the
                                    reader works it out, so it can be trusted */
    uint32_t python;             /* PY_VERSION_HEX >> 16: 0x030d; which line table format */
    uint32_t first_line;
    uint32_t flags;          /* co_flags */
    uint32_t units;          /* code units (2 bytes each) of bytecode; 0: unknown */
    int32_t first_traceable; /* _co_firsttraceable, in code units; 0 where there is none */
    struct slice name;
    struct slice qualname;   /* the name, where the version has none */
    struct slice line_table; /* as in memory: co_lnotab (≤ 3.9), co_linetable (≥ 3.10) */
};
enum rec_reserved_code {
    REC_CODE_GC = 1,        /* garbage collection */
    REC_CODE_NATIVE = 2,    /* native code */
    REC_CODE_TRUNCATED = 3, /* frames were left out here */
    REC_CODE_ENTRY = 4,     /* C called Python here */
    REC_CODE_FIRST = 16,
};

/* New nodes of a process's stack tree, numbered first, first + 1, … A node is a frame and, through its parent, the
 * stack below it. Numbers are of (epoch, process), from 1; 0 as a parent is the root. A parent's number is less than
 * its child's. offset is the instruction's position in code units plus 1; 0: not started. */
struct rec_nodes {
    uint32_t process;
    uint32_t first;
    uint32_t n;
    const uint32_t *parent;
    const uint32_t *code;
    const uint32_t *offset;
};

/* Thread states: bits, since several are true at once. None: off the CPU and without the GIL, idle. */
enum rec_state {
    REC_STATE_CPU = 1,      /* running or ready to run */
    REC_STATE_GIL = 2,      /* holds the GIL */
    REC_STATE_WANTS = 4,    /* waits for the GIL */
    REC_STATE_GC = 8,       /* collects garbage */
    REC_STATE_STOPPED = 16, /* SIGSTOP, a debugger */
    REC_STATE_UNKNOWN = 32, /* this version, or system, cannot tell */
    REC_STATE_MAX = 63,
};
enum rec_quality {
    REC_EXACT = 0,   /* the stack was proved to stand still while it was read */
    REC_TRIMMED = 1, /* leaf frames may be missing: what is there is common to two reads */
};

/* Samples of one process. Row i says: at time[i], thread[i] was seen in stack node[i] (0: without a Python frame), and
 * stands for weight[i] ticks. repeat[i] > 0: the same was true at repeat[i] further looks, each of the same weight,
 * evenly spread until time[i] + span[i]; those were inferred, not read. So a row weighs weight × (1 + repeat) ticks.
 * Rows of one thread are in order of time, and do not overlap; rows of different threads may. */
struct rec_samples {
    uint32_t process;
    uint32_t n; /* 1 … 16384 */
    const uint32_t *thread;
    const uint64_t *time;
    const uint32_t *weight;
    const uint32_t *node;
    const uint8_t *state;
    const uint8_t *quality;
    const uint32_t *repeat;
    const uint32_t *span;
};

/* What a process as a whole did, tick by tick, as runs: `ticks` ticks in a row, the first at `time`, the last at
 * time + span, whose most telling state was `state`. */
enum rec_tick_state {
    REC_TICK_IDLE = 0,
    REC_TICK_GIL_WANTED = 1, /* nobody ran Python, somebody waited for the GIL */
    REC_TICK_RUNNING = 2,
    REC_TICK_GC = 3,
    REC_TICK_STOPPED = 4,
    REC_TICK_UNKNOWN = 5, /* looked, and could not tell */
    REC_TICK_LOST = 6,    /* nobody looked: the recorder was late, or the machine slept */
    REC_TICK_STATES = 7,
};
struct rec_ticks {
    uint32_t process;
    uint32_t n;
    const uint8_t *state;
    const uint32_t *ticks;
    const uint64_t *time;
    const uint32_t *span;
};

enum rec_loss {
    REC_LOSS_READ = 1,    /* the stack could not be read */
    REC_LOSS_LATE = 2,    /* ticks without a look, beyond what a weight may cover */
    REC_LOSS_FULL = 3,    /* the writer could not keep up */
    REC_LOSS_STOPPED = 4, /* the target was stopped */
    REC_LOSS_REASONS = 5,
};
/* Ticks that belong to no line: ticks[i] of thread[i] (0: of the process), ending at time[i]. */
struct rec_losses {
    uint32_t process;
    uint32_t n;
    const uint32_t *thread;
    const uint64_t *time;
    const uint32_t *ticks;
    const uint8_t *reason;
};

struct rec_exit {
    uint32_t process;
    uint64_t time;
    int32_t status; /* as waitpid says; -1: unknown, or it went on */
};

/* A piece of a source text: total bytes in all, these from offset on. Pieces of one text come in order. */
struct rec_source {
    uint8_t hash[REC_HASH_SIZE]; /* of the whole text */
    uint32_t total;
    uint32_t offset;
    struct slice bytes;
};

enum rec_end_reason {
    REC_END_EXIT = 1,     /* the target ended */
    REC_END_ASKED = 2,    /* the recorder was told to stop */
    REC_END_DURATION = 3, /* --duration */
    REC_END_ERROR = 4,    /* the recorder could not go on */
};
struct rec_end {
    uint64_t time;
    uint32_t reason;  /* enum rec_end_reason */
    int32_t status;   /* the command's, as waitpid says; -1: unknown */
    uint64_t wakes;   /* ticks at which the recorder really looked, all processes */
    uint64_t read;    /* samples that were read (not inferred) */
    uint64_t dropped; /* samples dropped because the writer could not keep up */
    uint64_t cpu_ns;  /* processor time that the recorder took */
};

#endif
