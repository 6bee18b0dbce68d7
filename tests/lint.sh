#!/usr/bin/env bash
# make lint: what tools say of the sources. Each tool has its say, whatever the others said. One that is not installed
# is named, and the lint fails: half a lint is none.
set -u
: "${abs_top_srcdir:?run me by make lint}" "${abs_top_builddir:?}" "${LINT_CFLAGS:?}"
cd "$abs_top_srcdir" || exit 1
jobs=$(nproc)
status=0

want() { # tool
    echo "lint: $1"
    command -v "$1" >/dev/null && return 0
    echo "lint: $1 is not installed"
    status=1
    return 1
}
result() { # exit status
    [ "$1" = 0 ] || status=1
}

mapfile -t sources < <(git ls-files '*.[ch]')
mapfile -t ours < <(git ls-files 'src/*.c' 'formats/*.c')
mapfile -t scripts < <(git ls-files bootstrap .ci/run '*.sh' '*.tap')
mapfile -t pages < <(git ls-files 'man/*.[1-9]')
read -ra flags <<<"$LINT_CFLAGS"

if want clang-format; then
    clang-format --dry-run -Werror "${sources[@]}"
    result $?
fi
if want clang-tidy; then # its counts of hidden warnings, on standard error, are noise
    printf '%s\0' "${ours[@]}" | xargs -0 -I '{}' -P "$jobs" clang-tidy --quiet '{}' -- "${flags[@]}" 2>/dev/null
    result $?
fi
if want cppcheck; then
    cppcheck --quiet -j "$jobs" --std=c11 --enable=warning,performance,portability --inline-suppr \
        --suppress=missingInclude --suppress=missingIncludeSystem --error-exitcode=1 \
        -I. -I"$abs_top_builddir" -D__x86_64__=1 "${ours[@]}"
    result $?
fi
if want gcc; then
    printf '%s\0' "${ours[@]}" |
        xargs -0 -I '{}' -P "$jobs" gcc -O1 -fanalyzer -Werror -Wno-format-truncation "${flags[@]}" -c -o /dev/null '{}'
    result $?
fi
if want shellcheck; then
    # Without what is a matter of taste: `a && b || fail`, $ and ` that are to stay as they are, cat for the sake of order.
    shellcheck -x -P SCRIPTDIR -e SC2002,SC2015,SC2016,SC2094 "${scripts[@]}"
    result $?
fi
if want groff; then
    for page in "${pages[@]}"; do
        said=$(groff -ww -man -Tutf8 "$page" 2>&1 >/dev/null)
        [ -z "$said" ]
        result $?
        echo "${said:+$page: $said}"
    done
fi
exit $status
