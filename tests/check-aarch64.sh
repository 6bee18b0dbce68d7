#!/usr/bin/env bash
# make check-aarch64: both programs cross-compiled, the unit tests, and recordings of real CPythons of that machine, all in
# qemu's user emulation. It emulates no rseq, so that each exact sample here is proved by the kernel's word.
#
# Wants aarch64-linux-gnu-gcc, its C library, qemu-aarch64 and debootstrap, as root; Debian's arm64 packages are kept in
# the user's cache. In a build directory of its own, check-aarch64/.
set -eu
: "${abs_top_srcdir:?run me by make check-aarch64}" "${abs_top_builddir:?}" "${MAKE:=make}"
support=$abs_top_srcdir/tests/support
passed=0 failed=0 skipped=0

skip() {
    echo "SKIP: $*"
    skipped=$((skipped + 1))
}
verdict() { # status what
    if [ "$1" = 0 ]; then
        passed=$((passed + 1)) && echo "PASS: $2"
    else
        failed=$((failed + 1)) && echo "FAIL: $2" && sed 's/^/    /' test.log
    fi
}
finish() {
    echo "$passed passed, $failed failed, $skipped skipped"
    [ $failed = 0 ]
    exit
}

for program in aarch64-linux-gnu-gcc qemu-aarch64 debootstrap python3; do
    command -v $program >/dev/null || { skip "$program is not installed" && finish; }
done
libraries=libzstd-dev,libcjson-dev,libcmark-dev,zlib1g-dev,libzip-dev,libcmocka-dev,libxxhash-dev,uthash-dev,libc6-dev
root=$("$support/arm64.sh" bookworm $libraries,linux-libc-dev,libpython3.11) || { skip "$root" && finish; }

mkdir -p "$abs_top_builddir/check-aarch64"
cd "$abs_top_builddir/check-aarch64"
export PKG_CONFIG_LIBDIR=$root/usr/lib/aarch64-linux-gnu/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root
cc="aarch64-linux-gnu-gcc --sysroot=$root"
[ -f Makefile ] ||
    "$abs_top_srcdir/configure" -q --host=aarch64-linux-gnu --enable-werror CC="$cc" CPPFLAGS="-I$root/usr/include"
"$MAKE" -s -j"$(nproc)" check TESTS=

# What they say of their own process is the emulator's: its names, its /proc/self.
emulated='test_cli test_sources test_targetfs test_writer'
for test in tests/unit/test_*; do
    case $test in *.*) continue ;; esac
    case " $emulated " in *" ${test##*/} "*) skip "$test: it asks of its own process, which is qemu's here" && continue ;; esac
    status=0
    abs_top_builddir=$PWD SWEEP=few \
        qemu-aarch64 -L "$root" "$test" >test.log 2>&1 || status=$?
    verdict $status "$test"
done

# A program of this machine's that loads a Python of its tree.
$cc -DLATE -o embed "$support/embed.c" -ldl
records() { # tree version
    local library=$1/usr/lib/aarch64-linux-gnu/libpython$2.so.1.0
    [ -f "$library" ] || { echo "there is no $library" && return 1; }
    local loader=$1 # the program is linked with bookworm's C library: an older one will not do
    [ "$1" = "${root%-*}-sid" ] || loader=$root
    rm -f a.zst
    PYTHONHOME=$1/usr qemu-aarch64 -L "$root" ./pyrecord -r 1000 -o a.zst -- \
        /usr/bin/env qemu-aarch64 -L "$loader" ./embed "$library" "$support/edges.py" 2 &&
        qemu-aarch64 -L "$root" ./pyheatmap -q a.zst --json a.json &&
        python3 "$abs_top_srcdir/tests/integration/check_json.py" a.json sums , python "$2" , exact 200 , \
            hot /edges.py 1 , calls a b , calls c d , never-calls a d , never-calls c b , never-calls main b
}
for pythons in bullseye/3.9 bookworm/3.11 sid/3.13 sid/3.14 sid/3.15; do
    suite=${pythons%/*} version=${pythons#*/} status=0 packages=libpython$version
    [ "$suite" != bookworm ] || packages=$libraries,linux-libc-dev,libpython3.11
    [ "$suite" != sid ] || packages=libpython3.13,libpython3.14,libpython3.15
    if tree=$("$support/arm64.sh" "$suite" "$packages"); then
        records "$tree" "$version" >test.log 2>&1 || status=$?
        verdict $status "a recording of CPython $version"
    else
        skip "CPython $version: $tree"
    fi
done
finish
