# lib.sh: what the integration tests share; to be sourced by bash.
#
# They run pyrecord and pyheatmap on real interpreters. A test of one thing exits with 77 to be skipped, with the reason
# as its last words; a .tap test reports several things, each passed, failed or skipped.
# shellcheck shell=bash
set -u

: "${abs_top_srcdir:?is set by make check}" "${abs_top_builddir:?is set by make check}"
support=$abs_top_srcdir/tests/support
# shellcheck disable=SC2034 # those that include this use it
check_json=$abs_top_srcdir/tests/integration/check_json.py
pyrecord=$abs_top_builddir/pyrecord
pyheatmap=$abs_top_builddir/pyheatmap

skip() { # reason
    case $0 in
    *.tap) echo "1..0 # SKIP $*" && exit 0 ;;
    *) echo "$*" && exit 77 ;;
    esac
}

for program in "$pyrecord" "$pyheatmap"; do
    [ -x "$program" ] || skip "$program is not built"
done

# SID=1 (make check-sid) takes the Pythons of a Debian sid tree, in a chroot. The whole test then runs in a mount namespace
# of its own, in which the tree sees the tests' files at the paths that they have outside.
SID=${SID:-}
if [ -n "$SID" ] && [ -z "${SID_TREE:-}" ]; then
    SID_TREE=$("$support/sid.sh") || skip "$SID_TREE"
    export SID_TREE
    exec unshare -m -- "$BASH" "$0" "$@"
fi

# Recordings are timing: two at once on two cores would measure each other. One integration test runs at a time.
exec 9>"$abs_top_builddir/tests/integration.lock"
flock 9

# LONG=1 asks for the real measurements; they want a quiet machine. Otherwise the bounds are wide and the runs short.
LONG=${LONG:-}

work=$(mktemp -d "${TMPDIR:-/tmp}/pyheatmap-test.XXXXXX")
trap 'rm -rf "$work"' EXIT

# --- interpreters ---------------------------------------------------------------------------------------------------

show_in_tree() { # directory
    mkdir -p "$SID_TREE$1" && mount --bind "$1" "$SID_TREE$1"
}

# A program that turns into the tree's Python, in one process: the recorder follows it through both.
sid_python() { # version
    mkdir -p "$work/sid"
    printf '#!/bin/sh\nexec chroot %s /usr/bin/python%s "$@"\n' "$SID_TREE" "$1" >"$work/sid/python$1"
    chmod +x "$work/sid/python$1"
    echo "$1 $work/sid/python$1"
}

if [ -n "$SID" ]; then
    show_in_tree "$abs_top_srcdir" && show_in_tree "$work" && mount -t proc proc "$SID_TREE/proc" ||
        skip "no bind mounts here"
    trap 'umount "$SID_TREE$work"; rmdir "$SID_TREE$work"; rm -rf "$work"' EXIT
    pythons=$(sid_python 3.14; sid_python 3.15)
else
    pythons=$("$support/pythons.sh")
fi

# Prints the path of an interpreter of that version; 1 when there is none.
find_python() { # version: 3.12
    sed -n "s/^${1/./\\.} //p" <<<"$pythons" | grep .
}

# What this release records, the newest first. 3.14 and 3.15 are for make check-sid, unless they are here anyway; so are
# free-threaded builds, which no distribution that we know has.
versions=(3.13 3.12 3.11 3.10 3.9 3.8)
# A short run takes one of each layout of frames, so that make check stays within its time; VERSIONS=all takes all.
[ -n "$LONG" ] || [ "${VERSIONS:-}" = all ] || versions=(3.13 3.11 3.8)
for version in 3.13t 3.14t 3.15t 3.14 3.15; do
    find_python $version >/dev/null && versions=("$version" "${versions[@]}")
done
[ -z "$SID" ] || versions=(3.15 3.14)
# With sanitizers the programs are what is tested, not the versions: the newest will do.
if [ "${SANITIZERS:-no}" = yes ]; then
    for version in "${versions[@]}"; do
        find_python "$version" >/dev/null && versions=("$version") && break
    done
fi
[ -z "${VERSIONS:-}" ] || [ "$VERSIONS" = all ] || read -ra versions <<<"$VERSIONS" # VERSIONS='3.13 3.8': only these

# Any of them.
any_python() {
    local version
    for version in "${versions[@]}"; do
        find_python "$version" && return 0
    done
    return 1
}

# A Python that another user may run: those below root's home directory are not.
python_of_others() {
    local version found
    for version in "${versions[@]}"; do
        found=$(find_python "$version") || continue
        if setpriv --reuid 65534 --regid 65534 --clear-groups "$found" -c 'pass' 2>/dev/null; then
            echo "$found"
            return 0
        fi
    done
    return 1
}

# --- results of a .tap test -----------------------------------------------------------------------------------------

tap_n=0
ok() { # what
    tap_n=$((tap_n + 1))
    echo "ok $tap_n - $1"
}
not_ok() { # what
    tap_n=$((tap_n + 1))
    echo "not ok $tap_n - $1"
}
skip_one() { # what reason
    tap_n=$((tap_n + 1))
    echo "ok $tap_n - $1 # SKIP $2"
}
# Runs a function in a shell of its own, where the first failure ends it; its words become comments. Exit status 77 skips
# it, with its last words as the reason.
tap() { # what function arguments…
    local what=$1
    shift
    (set -e; "$@") >"$work/tap.out" 2>&1
    local status=$?
    sed 's/^/# /' "$work/tap.out"
    case $status in
    0) ok "$what" ;;
    77) skip_one "$what" "$(tail -n 1 "$work/tap.out")" ;;
    *) not_ok "$what" ;;
    esac
}

# Runs a function for each version that this release records: function python version.
tap_versions() { # what function
    local version python
    echo "1..${#versions[@]}"
    for version in "${versions[@]}"; do
        if python=$(find_python "$version"); then
            tap "$1 by $python" "$2" "$python" "$version"
        else
            skip_one "$1 by Python $version" "no python$version here"
        fi
    done
}

die() {
    echo "$*" >&2
    exit 1
}
