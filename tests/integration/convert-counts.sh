#!/bin/sh
# Invented recordings, through the encoder, the reader and the converter: every number that comes out is counted a
# second time in the plainest way, and adds up in the JSON; what pages hold for filters, under filters made by chance.
set -eu
work=$(mktemp -d "${TMPDIR:-/tmp}/convert-counts.XXXXXX")
trap 'rm -rf "$work"' EXIT
for seed in 1 2 3; do
    tests/support/fake_recording $seed 3000 >"$work/$seed.zst"
    tests/support/check_counts "$work/$seed.zst"
    tests/support/check_filters "$work/$seed.zst"
    ./pyheatmap -q --json "$work/$seed.json" "$work/$seed.zst"
    if command -v python3 >/dev/null; then
        python3 "$(dirname "$0")/check_json.py" "$work/$seed.json" sums
    fi
done
