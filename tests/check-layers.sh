#!/usr/bin/env bash
# Holds who may include whom, and that every header compiles alone.
#
#     src/record/*  -> formats/pyrec_write.h -> formats/pyrec.h <- formats/pyrec_read.h     everything -> src/base/*
#     src/heatmap/* -> formats/format.h;   src/heatmap/{redact,report}.c also -> formats/pyrec_{read,write}.h
#
# formats/content.h, which holds the structs that travel between them, is open to all of these.
set -u
cd "${srcdir:-$(dirname "$0")/..}" || exit 1
status=0
fail() {
    echo "$*"
    status=1
}

# What the encoder and the decoders have in common, and what is the decoders' alone: the two sides never meet.
shared='content|pyrec|pyrec_(check|column|head|scope)'
readers='format|pyrec_(read|decode|frames)'

# An extended regular expression of the project headers that a file may include.
allowed() { # file
    case $1 in
    src/base/*) echo 'src/base/.*' ;;
    src/record/*) echo '(src/(base|record)/.*|formats/(content|pyrec|pyrec_write)\.h)' ;;
    src/heatmap/redact.c | src/heatmap/report.c)
        echo '(src/(base|heatmap)/.*|templates/.*|formats/(content|format|pyrec|pyrec_read|pyrec_write)\.h)'
        ;;
    src/heatmap/*) echo '(src/(base|heatmap)/.*|templates/.*|formats/(content|format)\.h)' ;;
    formats/pyrec_write.* | formats/pyrec_encode.*) echo "(src/base/.*|formats/($shared|pyrec_encode|pyrec_write)\.h)" ;;
    formats/content.h) echo 'src/base/.*' ;;
    formats/pyrec.h) echo 'nothing' ;;
    *)
        if [[ $1 =~ ^formats/($shared)\.[ch]$ ]]; then
            echo "(src/base/.*|formats/($shared)\.h)"
        elif [[ $1 == formats/* ]]; then
            echo "(src/base/.*|formats/($shared|$readers)\.h)"
        else
            return 1
        fi
        ;;
    esac
}

shopt -s nullglob
files=(src/*.[ch] src/*/*.[ch] formats/*.[ch])
[ ${#files[@]} -gt 0 ] || fail "no sources below $PWD"
for file in "${files[@]}"; do
    may=$(allowed "$file") || fail "$file: is in no layer"
    while IFS= read -r line; do
        header=${line#*[\"<]}
        header=${header%%[\">]*}
        [ "$header" = config.h ] || [[ $header =~ ^$may$ ]] || fail "$file: may not include $header"
    done < <(grep -E '^[[:space:]]*#[[:space:]]*include[[:space:]]*("|<(src|formats|tests|templates)/)' "$file")
done

# The recorder may read other processes, so what runs in it is kept small: no library but these.
if [ -x "${abs_top_builddir:-}/pyrecord" ] && [ "${SANITIZERS:-no}" = no ]; then
    for library in $(readelf -d "$abs_top_builddir/pyrecord" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
        case $library in
        libc.so.* | libm.so.* | libpthread.so.* | libzstd.so.* | ld-linux*) ;;
        *) fail "pyrecord links $library" ;;
        esac
    done
fi

for header in "${files[@]}" tests/unit/*.h; do
    [ "${header%.h}" != "$header" ] || continue
    # shellcheck disable=SC2086 # lists of flags
    printf '#include "%s"\n#include "%s"\n' "$header" "$header" |
        ${CC:-cc} -std=gnu11 -Wall -Wextra -Werror -fsyntax-only -I. -I"${abs_top_builddir:-.}" ${HEADER_CFLAGS:-} \
            -x c - || fail "$header: does not compile alone"
done
exit $status
