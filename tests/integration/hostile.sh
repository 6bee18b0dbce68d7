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

# bounded MiB SECONDS COMMAND…: in $work; what it says is in $work/out.
bounded() {
    (
        [ $slow -gt 1 ] || ulimit -v $(($1 * 1024))
        ulimit -t $(($2 * slow))
        ulimit -f $((4 * 1024 * 1024)) # a site's page is no disk-filler
        cd "$work" && exec "${@:3}"
    ) >"$work/out" 2>&1
}

# What else can be made of a recording: it is made, or refused in words that name it, and nothing is left of it then.
attach() { # CASE MiB SECONDS
    local name=$1 action got
    for action in --info --markdown '--redact --keep-sources=hot -o made' '--redact --keep-sources=all -o made' \
        '--report -o made'; do
        case ${SWEEP:-}-$name-$action in
        -processes---report*) continue ;; # a quarter of a minute
        esac
        rm -f "$work/made"
        # shellcheck disable=SC2086
        bounded "$2" "$3" "$abs_top_builddir/pyheatmap" -q $action "$name"
        got=$?
        case $got in
        0) ;;
        1)
            grep -qE "^pyheatmap: ($name|made): " "$work/out" || fail "$name: $action: $(head -c 300 "$work/out")"
            [ ! -e "$work/made" ] || fail "$name: $action: refused, and yet written"
            ;;
        *) fail "$name: $action: exit status $got: $(head -c 300 "$work/out")" ;;
        esac
        [ -z "$(find "$work" -name 'made.*')" ] || fail "$name: $action: something is left beside it"
    done
}

# convert CASE MiB SECONDS STATUS [words that must be said]
convert() {
    local name=$1 mib=$2 seconds=$3 status=$4 words=${5:-} got
    case $slow-$name in
    10-deep | 10-processes | 10-epochs | 10-threads)
        echo "$name: left out with sanitizers, where it takes minutes"
        return
        ;;
    esac
    [ -e "$work/$name" ] || "$abs_top_builddir/tests/support/hostile" "$name" >"$work/$name" ||
        { fail "$name: not made"; return; }
    bounded "$mib" "$seconds" "$abs_top_builddir/pyheatmap" --basis wall -o "site-$name" "$name"
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
    attach "$name" "$mib" "$seconds"
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
# A line of 16 MiB that looks like the beginning of something all along: none is looked at twice.
line() {
    "$abs_top_builddir/tests/support/hostile" line "$1" >"$work/line"
    echo "$1"
    convert line 512 20 0
}
line "=a"
# These write a gigabyte, or take a quarter of a minute.
if [ "${SWEEP:-}" = all ]; then
    for word in 'token=' '://a' 'a.b/c=' "b''" 'password=[(' '"""' '-----BEGIN '; do
        line "$word"
    done
    convert files 2048 180 1 'pages'
    convert many-lines 2048 120 0
    convert shared-text 2048 240 0
    convert wide 2048 120 0
    convert many-secrets 1024 120 0
    convert long-secret 1024 120 0
    convert homes 2048 240 0
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
