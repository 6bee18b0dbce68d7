#!/usr/bin/env bash
# make check-all: everything that can be asked, each variant in a build directory of its own below check-all/.
#
# More than `make check`: clang, valgrind, larger sweeps, the real measurements (they want a quiet machine),
# the fuzzers' corpora, distcheck. Takes long. Ends with a line for each step; a step that was skipped says why.
set -u
export VERSIONS=${VERSIONS:-all} # of Python
: "${abs_top_srcdir:?run me by make check-all}" "${abs_top_builddir:?}" "${MAKE:=make}"
top=$abs_top_builddir/check-all
jobs=$(nproc)
summary=()

step() { # name command…
    local name=$1
    shift
    echo "=== $name"
    (set -e; "$@")
    case $? in
    0) summary+=("passed   $name") ;;
    77) summary+=("skipped  $name") ;;
    *) summary+=("FAILED   $name") ;;
    esac
}

enter() { # directory configure's arguments…: a build directory, made or found
    mkdir -p "$top/$1"
    cd "$top/$1"
    shift
    [ -f Makefile ] || "$abs_top_srcdir/configure" -q "$@"
}

checked() { # directory configure's arguments…
    enter "$@"
    "$MAKE" -s -j"$jobs" VERBOSE=1 check
}

gcc_release() { SWEEP=all LINETABLES=all checked gcc --enable-werror CC=gcc; }
gcc_sanitizers() { checked gcc-sanitizers --enable-werror --enable-sanitizers CC=gcc; }
clang_release() { checked clang --enable-werror CC=clang; }

clang_fuzz() {
    command -v clang >/dev/null || { echo "clang is not installed" && exit 77; }
    checked clang-fuzz --enable-werror --enable-sanitizers --enable-fuzzers CC=clang
}

valgrind_units() {
    command -v valgrind >/dev/null || { echo "valgrind is not installed" && exit 77; }
    enter gcc --enable-werror CC=gcc
    "$MAKE" -s -j"$jobs" check TESTS=
    local test n=0
    for test in tests/unit/test_*; do
        case $test in *.*) continue ;; esac
        echo "valgrind $test"
        SWEEP=few valgrind -q --error-exitcode=9 --leak-check=full --show-leak-kinds=definite,possible \
            --errors-for-leak-kinds=definite,possible "$test" >"$test.valgrind" 2>&1 || { cat "$test.valgrind" && exit 1; }
        n=$((n + 1))
    done
    [ $n -gt 0 ]
}

sid() {
    local tree status=0
    tree=$("$abs_top_srcdir/tests/support/sid.sh") || status=$?
    [ $status = 0 ] || { echo "$tree" && exit $status; }
    enter gcc --enable-werror CC=gcc
    "$MAKE" -s VERBOSE=1 check-sid
}

measurements() {
    enter gcc --enable-werror CC=gcc
    "$MAKE" -s measure
}

# Recordings of real programs, damaged at every byte of their ends and frames' borders.
damage() {
    enter gcc --enable-werror CC=gcc
    "$MAKE" -s -j"$jobs" all tests/support/damage
    local version python n=0
    while read -r version python; do
        case $version in 3.8 | 3.13 | 3.15) ;; *) continue ;; esac
        ./pyrecord -q -f -r 5k -d 10 -o damage.zst -- "$python" -m compileall -q -f -d / \
            "$("$python" -c 'import os; print(os.path.dirname(os.__file__))')" >/dev/null 2>&1 || true
        echo "$version"
        tests/support/damage damage.zst
        n=$((n + 1))
    done < <("$abs_top_srcdir/tests/support/pythons.sh")
    [ $n -gt 0 ] || exit 77
}

# Everything that is tracked is in the release, and the release builds, checks, installs and uninstalls by itself.
distribution() {
    enter gcc --enable-werror CC=gcc
    "$MAKE" -s distcheck
    git -C "$abs_top_srcdir" ls-files | sort >tracked
    tar tf ./pyheatmap-*.tar.xz | sed 's|^[^/]*/||' | sort >released
    local missing
    missing=$(comm -23 tracked released)
    [ -z "$missing" ] || { printf 'not in the release:\n%s\n' "$missing" && exit 1; }
}

step 'gcc, with the large sweeps' gcc_release
step 'gcc, AddressSanitizer and UndefinedBehaviorSanitizer' gcc_sanitizers
step 'clang' clang_release
step "clang, the fuzzers' corpora" clang_fuzz
step 'valgrind, the unit tests' valgrind_units
step 'Python 3.14 and 3.15 of Debian sid, in a chroot' sid
step 'damage to real recordings' damage
step 'measurements' measurements
step 'distribution' distribution

printf '%s\n' "${summary[@]}"
[[ "${summary[*]}" != *FAILED* ]]
