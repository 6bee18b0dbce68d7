"""Writes code objects of the standard library with what this interpreter says of their lines: for check_linetable.

Usage: linetables.py [PACKAGE…]     default: the whole library. Runs on every CPython from 3.8 on."""

import array
import dis
import os
import struct
import sys
import types

NONE = 0xFFFFFFFF


def codes_of(code):
    yield code
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield from codes_of(const)


def lines_of(code, units):
    """The line of every unit, 0 where there is none."""
    lines = array.array("I", bytes(4 * units))
    if sys.version_info >= (3, 10):
        ranges = code.co_lines()
    else:
        starts = list(dis.findlinestarts(code))
        ends = [start for start, _ in starts[1:]] + [2 * units]
        ranges = [(start, end, line) for (start, line), end in zip(starts, ends)]
    for start, end, line in ranges:
        for unit in range(start // 2, end // 2):
            lines[unit] = line or 0
    return lines


def positions_of(code):
    told = array.array("I")
    for line, end_line, column, end_column in code.co_positions():
        if not line:  # none, or the line 0 of a module's first instruction
            told.extend((0, 0, NONE, NONE))
        else:
            told.extend((line, end_line or 0, NONE if column is None else column,
                         NONE if end_column is None else end_column))
    return told


def write(code, out):
    units = len(code.co_code) // 2
    columns = sys.version_info >= (3, 11)
    table = code.co_linetable if sys.version_info >= (3, 10) else code.co_lnotab
    told = positions_of(code) if columns else lines_of(code, units)
    out.write(struct.pack("<5I", sys.hexversion >> 16, code.co_firstlineno, len(table), units, columns))
    out.write(table)
    out.write(told.tobytes())


def main():
    library = os.path.dirname(os.__file__)
    for top in [os.path.join(library, name) for name in sys.argv[1:]] or [library]:
        for folder, folders, names in os.walk(top):
            folders[:] = sorted(set(folders) - {"site-packages", "dist-packages", "__pycache__"})
            for name in sorted(names):
                if not name.endswith(".py"):
                    continue
                try:
                    with open(os.path.join(folder, name), "rb") as file:
                        module = compile(file.read(), name, "exec", dont_inherit=True)
                except (SyntaxError, ValueError):
                    continue  # the library's own tests hold files that are wrong on purpose
                for code in codes_of(module):
                    write(code, sys.stdout.buffer)


if __name__ == "__main__":
    sys.setrecursionlimit(10000)
    main()
