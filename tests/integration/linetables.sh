#!/bin/sh
# Decodes the line tables of the standard library of every CPython here and compares them with what that interpreter
# says itself. A few packages by default; LINETABLES=all takes the whole library.
set -eu
support=$(dirname "$0")/../support
packages='asyncio email json'
[ "${LINETABLES-}" != all ] || packages=
list=$("$support/pythons.sh")
[ -n "$list" ] || { echo 'skipped: no CPython 3.8 or newer here'; exit 77; }
for minor in 8 9 10 11 12 13 14 15; do
    python=$(echo "$list" | sed -n "s/^3\.$minor //p")
    if [ -z "$python" ]; then
        echo "3.$minor: not here"
        continue
    fi
    printf '3.%s: ' "$minor"
    # shellcheck disable=SC2086
    "$python" -W ignore "$support/linetables.py" $packages | tests/support/check_linetable
done
