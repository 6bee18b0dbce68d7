#!/bin/sh
# Prints the directory of a Debian sid tree that has Python 3.14 and 3.15, which Debian's stable releases have not; makes
# the tree when there is none yet, in a few minutes. Where it cannot be had: exit status 77, and the reason in one line.
#
# It is kept between runs, in $PYHEATMAP_SID, or pyheatmap/sid below $XDG_CACHE_HOME or ~/.cache; remove it to get a
# newer one.
set -u
tree=${PYHEATMAP_SID:-${XDG_CACHE_HOME:-$HOME/.cache}/pyheatmap/sid}

give_up() {
    echo "$*"
    exit 77
}

is_complete() { [ -x "$tree/usr/bin/python3.14" ] && [ -x "$tree/usr/bin/python3.15" ]; }

# An old snapshot of the archive is as good as any.
apt_get() {
    chroot "$new" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Acquire::Check-Valid-Until=false "$@"
}

make_tree() {
    rm -rf "$new"
    debootstrap --variant=minbase sid "$new" && apt_get update &&
        apt_get install --no-install-recommends python3.14 python3.15 && apt_get clean
}

[ "$(id -u)" = 0 ] || give_up "Debian sid's Python 3.14 and 3.15: only root can make and enter a tree of it"
command -v unshare >/dev/null || give_up "Debian sid's Python 3.14 and 3.15: unshare is not installed"
mkdir -p "${tree%/*}" || give_up "Debian sid's Python 3.14 and 3.15: ${tree%/*} cannot be made"
exec 8>"$tree.lock"
flock 8
if ! is_complete; then
    command -v debootstrap >/dev/null || give_up "Debian sid's Python 3.14 and 3.15: debootstrap is not installed"
    new=$tree.new
    make_tree >"$tree.log" 2>&1 </dev/null ||
        give_up "Debian sid's Python 3.14 and 3.15 cannot be had: $(tail -n 1 "$tree.log") (all of it: $tree.log)"
    rm -rf "$tree"
    mv "$new" "$tree"
    is_complete || give_up "Debian sid has no Python 3.14 and 3.15 (see $tree.log)"
fi
echo "$tree"
