#!/usr/bin/env bash
# Holds what every file of the project keeps to: plain text, no trailing blanks, nothing of the machine it was written
# on, no address from which something would be fetched, one noun a file.
set -u
export LC_ALL=C # bytes: grep takes nothing but a NUL for binary
shopt -s extglob
cd "${srcdir:-$(dirname "$0")/..}" || exit 1
status=0
fail() { # what, then where, a line each
    [ -n "$2" ] || return 0
    printf '%s:\n%s\n' "$1" "$2"
    status=1
}

# From a release there is no list of the files, but they are all there is, unless it was built in place.
if git ls-files --error-unmatch tests/check-text.sh >/dev/null 2>&1; then
    mapfile -t files < <(git ls-files)
else
    mapfile -t files < <(find src formats tests man demo templates README.md bootstrap configure.ac Makefile.am \
        -type f ! -name '*.o' ! -name '*.a' ! -name '*.log' ! -name '*.trs' ! -path '*/node_modules/*' ! -path '*/.deps/*')
fi
texts=()
for file in "${files[@]}"; do
    if [ -f "$file" ] && { [ ! -s "$file" ] || grep -Iq "" "$file"; }; then
        texts+=("$file")
    fi
done
[ ${#texts[@]} -gt 20 ] || fail 'too few files were found, below' "$PWD"

# The patterns are written so that they do not match themselves.
fail 'a package registry is named' "$(grep -nEi 'npm[j]s\.|pyp[i]\.org|pythonhoste[d]|registr[y]\.[a-z]+\.|crates\.i[o]/|"resolve[d]":' "${texts[@]}")"
fail 'a path of some machine' "$(grep -nE '(^|[^A-Za-z0-9_.$})])/(roo[t]|wor[k])/' "${texts[@]}")"
fail 'a document that the project does not have' "$(grep -nEi '(\.\./share[d]|desig[n]\.md|convention[s]\.md|cpython-memor[y]|peer[s]\.md|facts shee[t]|desig[n] §)' "${texts[@]}")"

# Fixtures are what they are: text of other people's programs, or damaged on purpose.
ours=()
for file in "${texts[@]}"; do
    case $file in
    tests/formats/*/* | tests/site/*/* | tests/fuzz/*/*) ;;
    *) ours+=("$file") ;;
    esac
done
fail 'blanks at the end of a line' "$(grep -nE '[[:blank:]]+$' "${ours[@]}")"
fail 'carriage returns' "$(grep -lF $'\r' "${ours[@]}")"
fail 'not UTF-8' "$(for file in "${ours[@]}"; do iconv -f utf-8 -t utf-8 "$file" >/dev/null 2>&1 || echo "$file"; done)"
fail 'no newline at the end' "$(for file in "${ours[@]}"; do
    [ ! -s "$file" ] || [ -z "$(tail -c 1 "$file")" ] || echo "$file"
done)"
fail 'tabs where blanks are wanted' "$(printf '%s\n' "${ours[@]}" | grep -E '\.(c|h|py|js|css|html|sh|md)$' | xargs -r grep -nF $'\t')"
fail 'marks of a merge' "$(grep -nE '^(<{7}|>{7}) ' "${ours[@]}")"
fail 'executable, or begins with #!, but not both' "$(for file in "${ours[@]}"; do
    [ "$(head -c 2 "$file" | tr -d '\0')" = '#!' ] && shebang=yes || shebang=no
    [ -x "$file" ] && executable=yes || executable=no
    case $file in
    *.sh | *.py) ;; # may be sourced, or run by name
    *) [ "$shebang" = "$executable" ] || echo "$file" ;;
    esac
    [ "$shebang-$executable" != no-yes ] || echo "$file"
done | sort -u)"
fail 'over 800 lines: is it still one noun?' "$(for file in "${ours[@]}"; do
    case $file in
    src/*.[ch] | formats/*.[ch] | templates/*) [ "$(wc -l <"$file")" -le 800 ] || wc -l "$file" ;;
    esac
done)"
exit $status
