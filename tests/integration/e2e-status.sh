#!/usr/bin/env bash
# The command's exit status is pyrecord's, and its output stays its own.
. "${0%/*}/lib.sh"
set -e

python=$(any_python) || skip "no Python that can be recorded here"

status_of() { # command…
    local status=0
    "$pyrecord" -f -o "$work/status.zst" -- "$@" >"$work/out" 2>"$work/err" || status=$?
    echo $status
}
expect() { # status expected
    [ "$1" = "$2" ] || die "exit status $1, expected $2: $(cat "$work/err")"
}
expect "$(status_of "$python" -c 'print("hello")')" 0
[ "$(cat "$work/out")" = hello ] || die "the command's output was $(cat "$work/out")"
expect "$(status_of "$python" -c 'import sys; sys.exit(7)')" 7
expect "$(status_of "$python" -c 'import os, signal; os.kill(os.getpid(), signal.SIGTERM)')" 143
expect "$(status_of "$work/no-such-command")" 127
expect "$(status_of "$work")" 126
