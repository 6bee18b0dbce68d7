#!/bin/sh
# Fills a directory with seeds: DIRECTORY/FUZZER/… from the invented recordings and those that are named, and from
# tests/fuzz/seeds. Usage: seeds.sh DIRECTORY [RECORDING…]
set -eu
dir=$1
shift
here=${abs_top_srcdir:?is set by make}/tests/fuzz
for fuzzer in pyrec frames decode model linetable pytext notes redact unpack; do
    mkdir -p "$dir/$fuzzer"
    [ ! -d "$here/seeds/$fuzzer" ] || cp "$here/seeds/$fuzzer"/* "$dir/$fuzzer"
done
for name in plain missing hostile empty unended; do
    tests/site/make_case "$name" >"$dir/recording"
    tests/fuzz/seed "$dir/recording" "$dir" "$name"
    ./pyheatmap -q --report --no-redact -o "$dir/report.zip" "$dir/recording" 2>"$dir/words"
    mv "$dir/report.zip" "$dir/unpack/$name.zip"
    ./pyheatmap -q --report --no-redact -o "$dir/report.html" "$dir/recording" 2>"$dir/words"
    # the rest of it only makes runs long
    { head -c 200 "$dir/report.html" && sed -n '/x-pyheatmap-recording/,/<\/script>/p' "$dir/report.html"; } >"$dir/unpack/$name.html"
    gzip -nc "$dir/recording" >"$dir/unpack/$name.gz"
    head -c 300 "$dir/recording" >"$dir/pyrec/$name-cut"
done
rm "$dir/recording" "$dir/report.html" "$dir/words"
for recording; do
    tests/fuzz/seed "$recording" "$dir" "$(basename "$recording" .zst)"
done
