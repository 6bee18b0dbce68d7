#!/usr/bin/env bash
# Recordings of earlier releases, which every later one reads: their numbers are those that are kept here, and they
# convert. See README.md; nothing here is ever written anew.
. "${0%/*}/../integration/lib.sh"
python=$(command -v python3) || skip "no python3 to read JSON with"
failed=0
for recording in "$abs_top_srcdir"/tests/golden/*.zst; do
    name=$(basename "$recording" .zst)
    "$pyheatmap" -q -o "$work/$name" --json "$work/$name.json" "$recording" >"$work/words" 2>&1 || {
        echo "$name: $(cat "$work/words")"
        failed=1
        continue
    }
    "$python" "$abs_top_srcdir/tests/golden/facts.py" "$work/$name.json" >"$work/$name.txt" || failed=1
    diff -u "${recording%.zst}.txt" "$work/$name.txt" || failed=1
done
exit $failed
