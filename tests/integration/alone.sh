#!/bin/sh
# A recording is enough: converted in an empty root, with nothing there but the program and the libraries that ldd names,
# it gives the same site, byte for byte.
set -eu
work=$(mktemp -d "${TMPDIR:-/tmp}/alone.XXXXXX")
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root/tmp"
if [ "${SANITIZERS:-no}" != no ]; then
    echo "built with sanitizers, which want /proc" && exit 77
fi

# In a namespace of its own, where that is allowed, so that root is not needed.
if [ "$(id -u)" = 0 ]; then
    alone() { chroot "$root" "$@"; }
elif unshare --map-root-user true 2>/dev/null; then
    alone() { unshare --map-root-user chroot "$root" "$@"; }
else
    echo "neither root nor a namespace of our own: no empty root" && exit 77
fi

cp ./pyheatmap "$root/pyheatmap"
ldd ./pyheatmap | sed -n 's/.*[[:space:]]\(\/[^ ]*\) (0x.*/\1/p' | while read -r library; do
    mkdir -p "$root${library%/*}"
    cp -L "$library" "$root$library"
done
for name in plain missing hostile unended; do
    tests/site/make_case "$name" >"$root/$name.zst"
    ./pyheatmap -q -o "$work/$name" --json "$work/$name.json" "$root/$name.zst" 2>"$work/words"
    ./pyheatmap -q --report -o "$work/$name.html" "$root/$name.zst" 2>"$work/words"
    alone /pyheatmap -q -o "/$name" --json "/$name.json" "/$name.zst" 2>"$work/words" || {
        echo "$name: $(cat "$work/words")"
        exit 1
    }
    diff -r "$work/$name" "$root/$name"
    cmp "$work/$name.json" "$root/$name.json"
    alone /pyheatmap -q -o "/again" "/$name.zst" 2>"$work/words"
    diff -r "$work/$name" "$root/again"
    cp "$work/$name.html" "$root/$name.html"
    alone /pyheatmap -q --json "/$name.json" "/$name.html" 2>"$work/words" # what is in a report, too
done
