#!/bin/sh
# Prints the CPythons of this machine that the tests use, one "MAJOR.MINOR PATH" a line, oldest first: those on PATH,
# and those that pyenv has. Of several of one version the first found is taken; system ones come first. A free-threaded
# build's version ends in t.
candidates() {
    echo /usr/bin/python3
    for minor in 8 9 10 11 12 13 14 15; do
        command -v "python3.$minor"
        command -v "python3.${minor}t"
    done
    if command -v pyenv >/dev/null; then
        ls -d "$(pyenv root)"/versions/*/bin/python3
    fi
}
# A shim answers with the interpreter that it stands for.
candidates 2>/dev/null | while read -r python; do
    "$python" -c 'import sys
if sys.implementation.name == "cpython" and sys.version_info >= (3, 8):
    print("%d.%d%s" % (*sys.version_info[:2], "t" * ("t" in sys.abiflags)), sys.executable)' 2>/dev/null </dev/null
done | awk '!seen[$1]++' | sort -t. -k2n
