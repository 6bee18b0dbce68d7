#!/usr/bin/env bash
# Recordings that were made to do harm: each converts, or is refused in words, within bounds of memory and time that are
# set for the process; and nothing is written beside the site. The limits are those of pyrec.md §7 and pyheatmap(1).
set -u
: "${abs_top_builddir:=$PWD}"
work=$(mktemp -d "${TMPDIR:-/tmp}/hostile.XXXXXX")
trap 'rm -rf "$work"' EXIT
bad=0
fail() { printf 'FAIL %s\n' "$*"; bad=1; }

# Address space in KiB, none where a sanitizer takes terabytes; processor seconds, more where it is slow.
slow=1
if [ "${SANITIZERS:-no}" = yes ]; then slow=10; fi

# convert CASE MiB SECONDS STATUS [words that must be said] [-- options]
convert() {
    local name=$1 mib=$2 seconds=$3 status=$4 words=${5:-} got
    case $slow-$name in
    10-deep | 10-processes | 10-epochs | 10-threads)
        echo "$name: left out with sanitizers, where it takes minutes"
        return
        ;;
    esac
    "$abs_top_builddir/tests/support/hostile" "$name" >"$work/$name" || { fail "$name: not made"; return; }
    (
        [ $slow -gt 1 ] || ulimit -v $((mib * 1024))
        ulimit -t $((seconds * slow))
        ulimit -f $((4 * 1024 * 1024)) # a site's page is no disk-filler
        cd "$work" && exec "$abs_top_builddir/pyheatmap" --basis wall "${@:6}" -o "site-$name" "$name"
    ) >"$work/out" 2>&1
    got=$?
    echo "$name: $(stat -c %s "$work/$name") bytes, exit status $got: $(head -c 300 "$work/out" | head -n 1)"
    [ "$got" = "$status" ] || fail "$name: exit status $got, not $status: $(head -c 2000 "$work/out")"
    grep -q -- "$words" "$work/out" || fail "$name: does not say '$words': $(head -c 2000 "$work/out")"
    [ -z "$(find "$work" -name "site-$name.*")" ] || fail "$name: something is left beside the site"
    if [ "$status" = 0 ]; then
        [ -f "$work/site-$name/index.html" ] || fail "$name: no site"
    else
        [ ! -e "$work/site-$name" ] || fail "$name: refused, and yet a site"
    fi
    case $name in names) ;; *) rm -rf "$work/site-$name" "${work:?}/$name" ;; esac
}

convert bomb 512 60 1 'made to be large'
convert rows 512 60 1 'made to be large'
convert spans 512 60 0
convert counts 512 60 1 '2^53'
convert heads 512 30 0 'part of the recording is missing'
convert deep 1024 60 0
convert processes 1024 60 0
convert epochs 512 60 0
convert threads 1024 60 1 'threads'
convert long-line 1024 60 0
convert names 512 30 0
# These write a gigabyte, or take half a minute.
if [ "${SWEEP:-}" = all ]; then
    convert files 2048 180 1 'pages'
    convert many-lines 2048 120 0
    convert shared-text 2048 240 0
fi

# All pages are below the two folders, named in few letters, and no two the same where case is folded.
site=$work/site-names
outside=$(cd "$site" && find . -type f ! -path './src/*' ! -path './other/*' ! -name '*.css' ! -name '*.js' ! -name '*.svg' ! -name index.html)
[ -z "$outside" ] || fail "pages outside: $outside"
odd=$(cd "$site" && find src other | grep -v '^[a-z0-9_.~/-]*$')
[ -z "$odd" ] || fail "odd names: $odd"
n=$(find "$site/src" "$site/other" -name '*.html' | wc -l)
[ "$n" = 24 ] || fail "$n pages of 24 files"
[ ! -e /tmp/up.py ] || fail "/tmp/up.py was written"
longest=$(find "$site" -printf '%f\n' | awk '{ if (length > n) n = length } END { print n }')
[ "$longest" -le 150 ] || fail "a name of $longest characters"
if grep -rq 'root:.*:0:0:' "$site"; then fail "/etc/passwd is on a page"; fi
exit $bad
