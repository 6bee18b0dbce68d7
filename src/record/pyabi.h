/* pyabi.h: where things are in a CPython's memory.
 *
 * One row of offsets a version: from a table up to 3.12, from the target's own _Py_DebugOffsets (validated) from 3.13
 * on. Everybody else asks this struct and never the version. All offsets in bytes, 64-bit builds. */
#ifndef RECORD_PYABI_H
#define RECORD_PYABI_H

#include "src/base/err.h"
#include "src/record/remote.h"

#define PYABI_NONE UINT32_MAX /* this version has no such field */
#define PYABI_DEBUG_OFFSETS_MAX 1024
#define PYABI_CODE_SPAN_MAX 256
#define PYABI_GIL_SIZE_MAX 256

struct pyabi {
    uint32_t version; /* PY_VERSION_HEX */
    bool free_threaded;

    uint32_t runtime_interpreters; /* _PyRuntime.interpreters.head */
    uint32_t runtime_finalizing;
    uint32_t runtime_gil; /* the GIL itself; PYABI_NONE: interp_gil points to it */
    uint32_t runtime_gc_collecting;

    uint32_t interp_next;
    uint32_t interp_threads;
    uint32_t interp_gil;           /* a pointer to the GIL */
    uint32_t interp_gc_collecting; /* int; PYABI_NONE: runtime_gc_collecting */
    uint32_t interp_generation;    /* code_object_generation: grows with every code object that is freed */

    /* struct _gil_runtime_state */
    uint32_t gil_enabled; /* int, 0: threads run without it; PYABI_NONE: they never do */
    uint32_t gil_holder, gil_locked, gil_switches;
    uint32_t gil_current; /* gilstate.tstate_current, behind it; PYABI_NONE: a state that runs always took the GIL */
    uint32_t gil_size;    /* bytes that hold all of the above: at most PYABI_GIL_SIZE_MAX */

    uint32_t tstate_next, tstate_interp;
    uint32_t tstate_frame;  /* the current frame; PYABI_NONE: through tstate_cframe */
    uint32_t tstate_cframe; /* a pointer to a struct _PyCFrame, one an evaluation of C's, that holds the frame */
    uint32_t cframe_frame, cframe_previous;
    uint32_t cframe_size;       /* bytes that hold both */
    uint32_t tstate_base_frame; /* a pointer to the frame that ends every chain; or PYABI_NONE */
    uint32_t tstate_thread_id;
    uint32_t tstate_attached;          /* int, 1: may run Python, which without a GIL many may; or PYABI_NONE */
    uint32_t tstate_native_id;         /* PYABI_NONE: the C library's struct pthread has it */
    uint32_t tstate_chunk, tstate_top; /* PYABI_NONE: frames are objects of their own */
    uint32_t tstate_size;              /* bytes that hold all of the above */

    /* struct _stack_chunk */
    uint32_t chunk_previous, chunk_size, chunk_top, chunk_data;

    /* struct _PyInterpreterFrame; before 3.11 PyFrameObject */
    uint32_t frame_code, frame_previous;
    uint32_t frame_instr;    /* a pointer to the instruction; PYABI_NONE: frame_lasti */
    uint32_t frame_lasti;    /* int, of the instruction; less than 0: not started */
    uint32_t lasti_unit;     /* what that counts: so many make a code unit */
    uint32_t frame_owner;    /* PYABI_NONE: all are Python frames */
    uint32_t frame_copy;     /* int32, tlbc_index: which copy of the bytecode it runs; PYABI_NONE: there is one */
    uint32_t frame_is_entry; /* PYABI_NONE: C entries are frames of their own */
    uint32_t frame_size;
    uint8_t owner_generator; /* lives in a generator, outside the chunk */
    uint8_t owner_c;         /* this and above: not Python frames, mark an entry from C */
    uint8_t owner_c_end;

    /* PyCodeObject */
    uint32_t code_units;     /* ob_size: code units of bytecode; PYABI_NONE: half the length of code_bytes */
    uint32_t code_bytes;     /* a pointer to a bytes object */
    uint32_t code_constants; /* co_consts, and behind it co_names, co_exceptiontable (co_varnames before 3.11) */
    uint32_t code_filename, code_name, code_line_table;
    uint32_t code_qualname; /* PYABI_NONE: there is none */
    uint32_t code_version;  /* co_version, in between first line and line table; PYABI_NONE: there is none */
    uint32_t code_first_line, code_flags, code_bytecode;
    uint32_t code_copies;          /* co_tlbc: a pointer to the number of copies and where they are; or PYABI_NONE */
    uint32_t code_first_traceable; /* PYABI_NONE: tracing knows no half-started frames */
    uint32_t
        code_span; /* at most PYABI_CODE_SPAN_MAX: bytes from its start that hold all of the above but the bytecode */

    /* PyBytesObject, PyUnicodeObject */
    uint32_t bytes_length, bytes_data;
    uint32_t str_length, str_state, str_ascii_data, str_compact_data, str_pointer;
    uint8_t str_kind; /* the first of three bits of state; then follow compact and ascii */
};

/* The row of a version up to 3.12; NULL where there is none. */
const struct pyabi *pyabi_by_version(uint32_t version);
/* The same by the size of the symbol _PyRuntime: up to 3.10 nothing else tells. */
const struct pyabi *pyabi_by_runtime_size(uint64_t size);
/* From the bytes at _PyRuntime. ERR_UNSUPPORTED in words when the table is not one that we know how to use. */
MUST_CHECK bool pyabi_from_debug_offsets(struct pyabi *abi, const uint8_t *table, size_t n, struct err *err);

#endif
