#!/bin/sh
# Replays the seeds and every finding that is kept in tests/fuzz/findings (there are none yet).
set -eu
work=$(mktemp -d "${TMPDIR:-/tmp}/fuzz.XXXXXX")
trap 'rm -rf "$work"' EXIT
here=${abs_top_srcdir:?is set by make check}/tests/fuzz
"$here/seeds.sh" "$work/seeds"
tests/fuzz/replay_pyrec "$work"/seeds/*
[ ! -d "$here/findings" ] || tests/fuzz/replay_pyrec "$here"/findings/*
