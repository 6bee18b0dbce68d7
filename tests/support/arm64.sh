#!/bin/sh
# Prints the directory of a tree of one Debian suite's arm64 packages, unpacked and not set up, so that nothing of it has
# to run: arm64.sh SUITE PACKAGE,…. Where it cannot be had: exit status 77, and the reason in one line.
#
# It is kept between runs, in pyheatmap/arm64-SUITE below $XDG_CACHE_HOME or ~/.cache; remove it to get a newer one.
set -u
suite=$1 packages=$2
tree=${XDG_CACHE_HOME:-$HOME/.cache}/pyheatmap/arm64-$suite

give_up() {
    echo "Debian $suite for aarch64: $*"
    exit 77
}

make_tree() {
    rm -rf "$new"
    debootstrap --arch=arm64 --foreign --variant=minbase "--include=$packages" "$suite" "$new" || return 1
    for package in "$new"/var/cache/apt/archives/*.deb; do
        dpkg-deb -x "$package" "$new" || return 1
    done
}

[ "$(id -u)" = 0 ] || give_up "only root can unpack it"
mkdir -p "${tree%/*}" || give_up "${tree%/*} cannot be made"
exec 8>"$tree.lock"
flock 8
if ! [ -d "$tree" ]; then
    command -v debootstrap >/dev/null || give_up "debootstrap is not installed"
    new=$tree.new
    make_tree >"$tree.log" 2>&1 </dev/null || give_up "$(tail -n 1 "$tree.log") (all of it: $tree.log)"
    mv "$new" "$tree"
fi
echo "$tree"
