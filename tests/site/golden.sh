#!/bin/sh
# The sites of small invented recordings, compared with those that are kept here. After a change that is meant:
#
#     UPDATE=1 make check TESTS=tests/site/golden.sh        and look at the difference
set -eu
here=${abs_top_srcdir:-$PWD}/tests/site
work=$(mktemp -d "${TMPDIR:-/tmp}/golden.XXXXXX")
trap 'rm -rf "$work"' EXIT
failed=0
for name in plain missing hostile empty unended several; do
    tests/site/make_case "$name" >"$work/$name.zst"
    ./pyheatmap -q -o "$work/$name" "$work/$name.zst" 2>"$work/words" || {
        echo "$name: $(cat "$work/words")"
        failed=1
        continue
    }
    rm "$work/$name"/heatmap.* # every site's: they are in templates/
    if [ -n "${UPDATE:-}" ]; then
        rm -rf "${here:?}/$name"
        cp -R "$work/$name" "$here/$name"
    fi
    diff -r -u "$here/$name" "$work/$name" || failed=1
done

# A site of ours is replaced whole; a directory that is not ours stays, unless it is forced.
touch "$work/plain/stale.html"
./pyheatmap -q -o "$work/plain/" "$work/plain.zst"
[ ! -e "$work/plain/stale.html" ] && [ -e "$work/plain/heatmap.css" ]
mkdir "$work/mine"
echo precious >"$work/mine/thesis.txt"
status=0
./pyheatmap -q -o "$work/mine" "$work/plain.zst" 2>"$work/words" || status=$?
[ "$status" = 2 ] && grep -q 'not a site of pyheatmap' "$work/words" && [ -e "$work/mine/thesis.txt" ]
./pyheatmap -q -f -o "$work/mine" "$work/plain.zst"
[ -e "$work/mine/index.html" ] && [ ! -e "$work/mine/thesis.txt" ]
# Nothing is left beside them.
[ -z "$(find "$work" -maxdepth 1 -name '*.new-*' -o -maxdepth 1 -name '*.old-*')" ]
exit "$failed"
