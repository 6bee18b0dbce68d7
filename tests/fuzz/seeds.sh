#!/bin/sh
# Fills a directory with seeds for fuzz_pyrec: the invented recordings, whole and cut. Usage: seeds.sh DIRECTORY
set -eu
mkdir -p "$1"
for name in plain missing hostile empty unended; do
    tests/site/make_case "$name" >"$1/$name"
    head -c 300 "$1/$name" >"$1/$name-cut"
done
