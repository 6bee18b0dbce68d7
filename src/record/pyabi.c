#include "config.h"

#include "src/record/pyabi.h"

#include <string.h>

/* aarch64's mutexes and conditions are larger than x86-64's: by so much, what comes behind the GIL's. */
#ifdef __aarch64__
enum { RUNTIME_EXTRA = 16 };
#else
enum { RUNTIME_EXTRA = 0 };
#endif

/* From the GIL to gilstate.tstate_current in _PyRuntime, 3.8 to 3.11. */
enum { CURRENT_AT = 216 + RUNTIME_EXTRA };

/* Verified against live interpreters, x86-64: 3.8.18, 3.9.18, 3.10.13, 3.11.2, 3.11.7, 3.12.1. Sources:
 * Include/internal/pycore_runtime.h, pycore_interp.h, pycore_gil.h, pycore_frame.h; Include/cpython/pystate.h, code.h,
 * frameobject.h, of each version's branch. */
static const struct pyabi rows[] = {
    {
        .version = 0x03080000,
        .runtime_interpreters = 32,
        .runtime_finalizing = 16,
        .runtime_gil = 1152,
        .runtime_gc_collecting = 544,
        .interp_next = 0,
        .interp_threads = 8,
        .interp_gil = PYABI_NONE,
        .interp_gc_collecting = PYABI_NONE,
        .interp_generation = PYABI_NONE,
        .gil_enabled = PYABI_NONE,
        .gil_holder = 8,
        .gil_locked = 16,
        .gil_switches = 24,
        .gil_current = CURRENT_AT,
        .gil_size = CURRENT_AT + 8,
        .tstate_next = 8,
        .tstate_interp = 16,
        .tstate_frame = 24,
        .tstate_cframe = PYABI_NONE,
        .tstate_base_frame = PYABI_NONE,
        .tstate_thread_id = 176,
        .tstate_attached = PYABI_NONE,
        .tstate_native_id = PYABI_NONE,
        .tstate_chunk = PYABI_NONE,
        .tstate_top = PYABI_NONE,
        .tstate_size = 184,
        .frame_code = 32,
        .frame_previous = 24,
        .frame_instr = PYABI_NONE,
        .frame_lasti = 104,
        .lasti_unit = 2,
        .frame_owner = PYABI_NONE,
        .frame_copy = PYABI_NONE,
        .frame_is_entry = PYABI_NONE,
        .frame_size = 112,
        .code_units = PYABI_NONE,
        .code_bytes = 48,
        .code_constants = 56,
        .code_version = PYABI_NONE,
        .code_filename = 104,
        .code_name = 112,
        .code_qualname = PYABI_NONE,
        .code_line_table = 120,
        .code_first_line = 40,
        .code_flags = 36,
        .code_copies = PYABI_NONE,
        .code_first_traceable = PYABI_NONE,
        .code_bytecode = PYABI_NONE,
        .code_span = 128,
        .bytes_length = 16,
        .bytes_data = 32,
        .str_length = 16,
        .str_state = 32,
        .str_ascii_data = 48,
        .str_compact_data = 72,
        .str_pointer = 72,
        .str_kind = 2,
    },
    {
        .version = 0x03090000,
        .runtime_interpreters = 32,
        .runtime_finalizing = 16,
        .runtime_gil = 352,
        .runtime_gc_collecting = PYABI_NONE,
        .interp_next = 0,
        .interp_threads = 8,
        .interp_gil = PYABI_NONE,
        .interp_gc_collecting = 816,
        .interp_generation = PYABI_NONE,
        .gil_enabled = PYABI_NONE,
        .gil_holder = 8,
        .gil_locked = 16,
        .gil_switches = 24,
        .gil_current = CURRENT_AT,
        .gil_size = CURRENT_AT + 8,
        .tstate_next = 8,
        .tstate_interp = 16,
        .tstate_frame = 24,
        .tstate_cframe = PYABI_NONE,
        .tstate_base_frame = PYABI_NONE,
        .tstate_thread_id = 176,
        .tstate_attached = PYABI_NONE,
        .tstate_native_id = PYABI_NONE,
        .tstate_chunk = PYABI_NONE,
        .tstate_top = PYABI_NONE,
        .tstate_size = 184,
        .frame_code = 32,
        .frame_previous = 24,
        .frame_instr = PYABI_NONE,
        .frame_lasti = 104,
        .lasti_unit = 2,
        .frame_owner = PYABI_NONE,
        .frame_copy = PYABI_NONE,
        .frame_is_entry = PYABI_NONE,
        .frame_size = 112,
        .code_units = PYABI_NONE,
        .code_bytes = 48,
        .code_constants = 56,
        .code_version = PYABI_NONE,
        .code_filename = 104,
        .code_name = 112,
        .code_qualname = PYABI_NONE,
        .code_line_table = 120,
        .code_first_line = 40,
        .code_flags = 36,
        .code_copies = PYABI_NONE,
        .code_first_traceable = PYABI_NONE,
        .code_bytecode = PYABI_NONE,
        .code_span = 128,
        .bytes_length = 16,
        .bytes_data = 32,
        .str_length = 16,
        .str_state = 32,
        .str_ascii_data = 48,
        .str_compact_data = 72,
        .str_pointer = 72,
        .str_kind = 2,
    },
    {
        .version = 0x030a0000,
        .runtime_interpreters = 32,
        .runtime_finalizing = 16,
        .runtime_gil = 352,
        .runtime_gc_collecting = PYABI_NONE,
        .interp_next = 0,
        .interp_threads = 8,
        .interp_gil = PYABI_NONE,
        .interp_gc_collecting = 816,
        .interp_generation = PYABI_NONE,
        .gil_enabled = PYABI_NONE,
        .gil_holder = 8,
        .gil_locked = 16,
        .gil_switches = 24,
        .gil_current = CURRENT_AT,
        .gil_size = CURRENT_AT + 8,
        .tstate_next = 8,
        .tstate_interp = 16,
        .tstate_frame = 24,
        .tstate_cframe = PYABI_NONE,
        .tstate_base_frame = PYABI_NONE,
        .tstate_thread_id = 176,
        .tstate_attached = PYABI_NONE,
        .tstate_native_id = PYABI_NONE,
        .tstate_chunk = PYABI_NONE,
        .tstate_top = PYABI_NONE,
        .tstate_size = 184,
        .frame_code = 32,
        .frame_previous = 24,
        .frame_instr = PYABI_NONE,
        .frame_lasti = 96,
        .lasti_unit = 1,
        .frame_owner = PYABI_NONE,
        .frame_copy = PYABI_NONE,
        .frame_is_entry = PYABI_NONE,
        .frame_size = 104,
        .code_units = PYABI_NONE,
        .code_bytes = 48,
        .code_constants = 56,
        .code_version = PYABI_NONE,
        .code_filename = 104,
        .code_name = 112,
        .code_qualname = PYABI_NONE,
        .code_line_table = 120,
        .code_first_line = 40,
        .code_flags = 36,
        .code_copies = PYABI_NONE,
        .code_first_traceable = PYABI_NONE,
        .code_bytecode = PYABI_NONE,
        .code_span = 128,
        .bytes_length = 16,
        .bytes_data = 32,
        .str_length = 16,
        .str_state = 32,
        .str_ascii_data = 48,
        .str_compact_data = 72,
        .str_pointer = 72,
        .str_kind = 2,
    },
    {
        .version = 0x030b0000,
        .runtime_interpreters = 40,
        .runtime_finalizing = 24,
        .runtime_gil = 360,
        .interp_next = 0,
        .interp_threads = 16,
        .interp_gil = PYABI_NONE,
        .runtime_gc_collecting = PYABI_NONE,
        .interp_gc_collecting = 848,
        .interp_generation = PYABI_NONE,
        .gil_enabled = PYABI_NONE,
        .gil_holder = 8,
        .gil_locked = 16,
        .gil_switches = 24,
        .gil_current = CURRENT_AT,
        .gil_size = CURRENT_AT + 8,
        .tstate_next = 8,
        .tstate_interp = 16,
        .tstate_frame = PYABI_NONE,
        .tstate_cframe = 56,
        .cframe_frame = 8,
        .cframe_previous = 16,
        .cframe_size = 24,
        .tstate_base_frame = PYABI_NONE,
        .tstate_thread_id = 152,
        .tstate_attached = PYABI_NONE,
        .tstate_native_id = 160,
        .tstate_chunk = 296,
        .tstate_top = 304,
        .tstate_size = 320,
        .chunk_previous = 0,
        .chunk_size = 8,
        .chunk_top = 16,
        .chunk_data = 24,
        .frame_code = 32,
        .frame_previous = 48,
        .frame_instr = 56,
        .frame_lasti = PYABI_NONE,
        .frame_owner = 69,
        .frame_copy = PYABI_NONE,
        .frame_is_entry = 68,
        .frame_size = 80,
        .owner_generator = 1,
        .owner_c = 3,
        .owner_c_end = 3, /* none: an entry is a mark on a Python frame */
        .code_units = 16,
        .code_bytes = PYABI_NONE,
        .code_constants = 24,
        .code_version = PYABI_NONE,
        .code_filename = 112,
        .code_name = 120,
        .code_qualname = 128,
        .code_line_table = 136,
        .code_first_line = 72,
        .code_flags = 48,
        .code_copies = PYABI_NONE,
        .code_first_traceable = 168,
        .code_bytecode = 184,
        .code_span = 176,
        .bytes_length = 16,
        .bytes_data = 32,
        .str_length = 16,
        .str_state = 32,
        .str_ascii_data = 48,
        .str_compact_data = 72,
        .str_pointer = 72,
        .str_kind = 2,
    },
    {
        .version = 0x030c0000,
        .runtime_interpreters = 40,
        .runtime_finalizing = 24,
        .runtime_gil = PYABI_NONE,
        .interp_next = 0,
        .interp_threads = 72,
        .interp_gil = 384,
        .runtime_gc_collecting = PYABI_NONE,
        .interp_gc_collecting = 312,
        .interp_generation = PYABI_NONE,
        .gil_enabled = PYABI_NONE,
        .gil_holder = 8,
        .gil_locked = 16,
        .gil_switches = 24,
        .gil_current = PYABI_NONE,
        .gil_size = 32,
        .tstate_next = 8,
        .tstate_interp = 16,
        .tstate_frame = PYABI_NONE,
        .tstate_cframe = 56,
        .cframe_frame = 0,
        .cframe_previous = 8,
        .cframe_size = 16,
        .tstate_base_frame = PYABI_NONE,
        .tstate_thread_id = 136,
        .tstate_attached = PYABI_NONE,
        .tstate_native_id = 144,
        .tstate_chunk = 232,
        .tstate_top = 240,
        .tstate_size = 256,
        .chunk_previous = 0,
        .chunk_size = 8,
        .chunk_top = 16,
        .chunk_data = 24,
        .frame_code = 0,
        .frame_previous = 8,
        .frame_instr = 56,
        .frame_lasti = PYABI_NONE,
        .frame_owner = 70,
        .frame_copy = PYABI_NONE,
        .frame_is_entry = PYABI_NONE,
        .frame_size = 80,
        .owner_generator = 1,
        .owner_c = 3,
        .owner_c_end = 4,
        .code_units = 16,
        .code_bytes = PYABI_NONE,
        .code_constants = 24,
        .code_version = 92,
        .code_filename = 112,
        .code_name = 120,
        .code_qualname = 128,
        .code_line_table = 136,
        .code_first_line = 68,
        .code_flags = 48,
        .code_copies = PYABI_NONE,
        .code_first_traceable = 176,
        .code_bytecode = 192,
        .code_span = 184,
        .bytes_length = 16,
        .bytes_data = 32,
        .str_length = 16,
        .str_state = 32,
        .str_ascii_data = 40,
        .str_compact_data = 56,
        .str_pointer = 56,
        .str_kind = 2,
    },
};

const struct pyabi *pyabi_by_version(uint32_t version)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].version >> 16 == version >> 16)
            return &rows[i];
    }
    return NULL;
}

/* sizeof(_PyRuntimeState) of 3.8, 3.9 and 3.10. */
const struct pyabi *pyabi_by_runtime_size(uint64_t size)
{
    static const struct {
        uint32_t size, version;
    } known[] = {{1464, 0x03080000}, {656, 0x03090000}, {672, 0x030a0000}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (size == known[i].size + RUNTIME_EXTRA)
            return pyabi_by_version(known[i].version);
    }
    return NULL;
}

/* Which 64-bit word of _Py_DebugOffsets holds what (Include/internal/pycore_debug_offsets.h of each branch): the
 * sections grew, and new ones came between. The words are numbered from the cookie, which is word 0. */
struct debug_layout {
    uint32_t python; /* version >> 16 */
    uint32_t words;
    uint8_t runtime_size, runtime_finalizing, runtime_interpreters;
    uint8_t interp_size, interp_next, interp_threads, interp_gc, interp_gil, gil, gil_enabled, gil_locked, gil_holder,
        generation;
    uint8_t tstate_size, tstate_next, tstate_interp, tstate_frame, tstate_base_frame, tstate_thread_id,
        tstate_native_id, tstate_chunk, tstate_status;
    uint8_t frame_size, frame_previous, frame_code, frame_instr, frame_owner, frame_copy;
    uint8_t code_size, code_filename, code_name, code_qualname, code_line_table, code_first_line, code_bytecode,
        code_copies;
    uint8_t gc_collecting;
    /* and what is not in the table */
    uint8_t attached; /* bytes from PyThreadState._status to .state */
    uint8_t free_str_kind;
    uint8_t owner_c_end;
};

static const struct debug_layout layouts[] = {
    {0x030d, 73, 3,  4,  5,  6,  8,  9,  10, 14, 15, 16, 17, 18, 0,  19, 21, 22, 23, 0, 24,
     25,     26, 27, 28, 29, 30, 31, 33, 0,  34, 35, 36, 37, 38, 39, 43, 0,  72, 8,  2, 4},
    {0x030e, 95, 3,  4,  5,  6,  8,  9,  11, 15, 16, 17, 18, 19, 20, 22, 24, 25, 26, 0, 27,
     28,     29, 30, 31, 32, 33, 34, 36, 38, 39, 40, 41, 42, 43, 44, 48, 49, 82, 12, 8, 5},
    {0x030f, 111, 3,  4,  5,  6,  8,  9,  11, 15, 16, 17, 18, 19, 20, 22, 24, 25, 26, 27, 30,
     31,     32,  33, 39, 40, 41, 42, 44, 46, 47, 48, 49, 50, 51, 52, 56, 57, 95, 16, 8,  5},
};

/* A newer release than all that are known is tried as the newest of them: what does not hold together is refused, below
 * and when the chain from the runtime to a running thread is followed. */
static const struct debug_layout *layout_of(uint32_t version)
{
    const struct debug_layout *newest = &layouts[sizeof layouts / sizeof *layouts - 1];
    if (version >> 24 == 3 && version >> 16 > newest->python)
        return newest;
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        if (layouts[i].python == version >> 16)
            return &layouts[i];
    }
    return NULL;
}

/* An offset is used only if it is aligned and lies inside the section it belongs to. */
static uint32_t field(const uint64_t *words, uint8_t word, uint8_t size_word, unsigned width, bool *ok)
{
    uint64_t offset = words[word];
    uint64_t size = words[size_word];
    if (size > UINT32_MAX || offset % width != 0 || offset > size || width > size - offset)
        *ok = false;
    return (uint32_t)offset;
}

bool pyabi_from_debug_offsets(struct pyabi *abi, const uint8_t *table, size_t n, struct err *err)
{
    uint64_t w[PYABI_DEBUG_OFFSETS_MAX / 8] = {0};
    memcpy(w, table, n < sizeof w ? n : sizeof w);
    if (n < 24 || memcmp(table, "xdebugpy", 8) != 0)
        return err_set(err, ERR_UNSUPPORTED, "no table of debug offsets at _PyRuntime");
    const uint32_t version = (uint32_t)w[1];
    const struct debug_layout *l = layout_of(version);
    if (l == NULL || n / 8 < l->words)
        return err_set(err, ERR_UNSUPPORTED, "CPython %u.%u is not supported by this version", version >> 24,
                       version >> 16 & 0xff);
    if ((version & 0xf0) != 0xf0)
        return err_set(err, ERR_UNSUPPORTED,
                       "CPython %u.%u.%u is a pre-release (%#x): its memory layout may differ from the release's",
                       version >> 24, version >> 16 & 0xff, version >> 8 & 0xff, version);
    bool ok = true;
    const bool free = w[2] != 0;
    const uint32_t more = free ? 16 : 0; /* a free-threaded build's object header is larger */
    *abi = (struct pyabi){
        .version = version,
        .free_threaded = free,
        .runtime_interpreters = field(w, l->runtime_interpreters, l->runtime_size, 8, &ok),
        .runtime_finalizing = field(w, l->runtime_finalizing, l->runtime_size, 8, &ok),
        .runtime_gil = PYABI_NONE,
        .runtime_gc_collecting = PYABI_NONE,
        .interp_next = field(w, l->interp_next, l->interp_size, 8, &ok),
        .interp_threads = field(w, l->interp_threads, l->interp_size, 8, &ok),
        .interp_gil = field(w, l->interp_gil, l->interp_size, 8, &ok),
        .interp_gc_collecting = (uint32_t)(w[l->interp_gc] + w[l->gc_collecting]),
        .interp_generation = l->generation == 0 ? PYABI_NONE : field(w, l->generation, l->interp_size, 8, &ok),
        .gil_enabled = free ? (uint32_t)w[l->gil_enabled] : PYABI_NONE, /* of the GIL's struct, unlike the others */
        .gil_holder = (uint32_t)(w[l->gil_holder] - w[l->gil]),
        .gil_locked = (uint32_t)(w[l->gil_locked] - w[l->gil]),
        .gil_current = PYABI_NONE,
        .tstate_next = field(w, l->tstate_next, l->tstate_size, 8, &ok),
        .tstate_interp = field(w, l->tstate_interp, l->tstate_size, 8, &ok),
        .tstate_frame = field(w, l->tstate_frame, l->tstate_size, 8, &ok),
        .tstate_cframe = PYABI_NONE,
        .tstate_base_frame =
            l->tstate_base_frame == 0 ? PYABI_NONE : field(w, l->tstate_base_frame, l->tstate_size, 8, &ok),
        .tstate_thread_id = field(w, l->tstate_thread_id, l->tstate_size, 8, &ok),
        .tstate_attached = free ? field(w, l->tstate_status, l->tstate_size, 4, &ok) + l->attached : PYABI_NONE,
        .tstate_native_id = field(w, l->tstate_native_id, l->tstate_size, 8, &ok),
        .tstate_chunk = field(w, l->tstate_chunk, l->tstate_size, 8, &ok),
        .chunk_previous = 0,
        .chunk_size = 8,
        .chunk_top = 16,
        .chunk_data = 24,
        .frame_code = field(w, l->frame_code, l->frame_size, 8, &ok),
        .frame_previous = field(w, l->frame_previous, l->frame_size, 8, &ok),
        .frame_instr = field(w, l->frame_instr, l->frame_size, 8, &ok),
        .frame_lasti = PYABI_NONE,
        .frame_owner = field(w, l->frame_owner, l->frame_size, 1, &ok),
        .frame_copy = free && l->frame_copy != 0 ? field(w, l->frame_copy, l->frame_size, 4, &ok) : PYABI_NONE,
        .frame_is_entry = PYABI_NONE,
        .frame_size = (uint32_t)w[l->frame_size],
        .owner_generator = 1,
        .owner_c = 3,
        .owner_c_end = l->owner_c_end,
        .code_units = 16 + more,
        .code_bytes = PYABI_NONE,
        .code_constants = 24 + more,
        .code_version = 92 + more,
        .code_filename = field(w, l->code_filename, l->code_size, 8, &ok),
        .code_name = field(w, l->code_name, l->code_size, 8, &ok),
        .code_qualname = field(w, l->code_qualname, l->code_size, 8, &ok),
        .code_line_table = field(w, l->code_line_table, l->code_size, 8, &ok),
        .code_first_line = field(w, l->code_first_line, l->code_size, 4, &ok),
        .code_flags = 48 + more,
        .code_bytecode = field(w, l->code_bytecode, l->code_size, 8, &ok),
        .code_copies = free && l->code_copies != 0 ? field(w, l->code_copies, l->code_size, 8, &ok) : PYABI_NONE,
        .bytes_length = 16 + more,
        .bytes_data = 32 + more,
        .str_length = 16 + more,
        .str_state = 32 + more,
        .str_ascii_data = 40 + more,
        .str_compact_data = 56 + more,
        .str_pointer = 56 + more,
        .str_kind = free ? l->free_str_kind : 2,
    };
    /* Not in the table, and next to what is: _gil_runtime_state.switch_number follows locked, datastack_top follows
     * datastack_chunk, _co_firsttraceable and co_extra come before the bytecode, or before its copies. */
    abi->gil_switches = abi->gil_locked + 8;
    abi->gil_size = abi->gil_switches + 8;
    abi->tstate_top = abi->tstate_chunk + 8;
    abi->tstate_size = abi->tstate_top + 8;
    abi->code_first_traceable = (abi->code_copies != PYABI_NONE ? abi->code_copies : abi->code_bytecode) - 16;
    abi->code_span = abi->code_first_traceable + 8;
    if (abi->interp_gc_collecting % 4 != 0 || abi->interp_gc_collecting > w[l->interp_size] ||
        w[l->gil_holder] < w[l->gil] || abi->gil_holder > 16 || abi->gil_locked > 24 ||
        (free && abi->gil_enabled > 8) || (free && abi->tstate_attached + 4 > abi->tstate_chunk) ||
        abi->frame_size > 256 || abi->tstate_chunk > 1024 || abi->code_span > PYABI_CODE_SPAN_MAX ||
        abi->code_first_line > abi->code_line_table || abi->code_line_table + 8 > abi->code_span)
        ok = false;
    if (!ok)
        return err_set(err, ERR_UNSUPPORTED, "CPython %u.%u.%u: its table of debug offsets does not hold together%s",
                       version >> 24, version >> 16 & 0xff, version >> 8 & 0xff,
                       l->python == version >> 16 ? "" : "; it is newer than the versions that this one knows");
    return true;
}
