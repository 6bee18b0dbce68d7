#!/bin/sh
# Replays, for each fuzzer, its seeds and every finding that is kept: tests/fuzz/findings/FUZZER/bad-….
set -eu
work=$(mktemp -d "${TMPDIR:-/tmp}/fuzz.XXXXXX")
trap 'rm -rf "$work"' EXIT
here=${abs_top_srcdir:?is set by make check}/tests/fuzz
"$here/seeds.sh" "$work/seeds"
for dir in "$work"/seeds/*; do
    fuzzer=$(basename "$dir")
    set -- "$dir"/*
    [ ! -d "$here/findings/$fuzzer" ] || set -- "$@" "$here/findings/$fuzzer"/bad-*
    tests/fuzz/fuzz_"$fuzzer" "$@" >"$work/output" 2>&1 || { cat "$work/output" && exit 1; }
    echo "$fuzzer: $# files"
done
