#!/bin/sh
# Recordings inside other files: .gz, .zip, both; told by content; bombs are refused.
set -eu
work=$(mktemp -d "${TMPDIR:-/tmp}/unpack.XXXXXX")
trap 'rm -rf "$work"' EXIT
pyheatmap=$PWD/pyheatmap
python=$(command -v python3) || { echo "no python3 to make a .zip with" && exit 77; }
tests/support/fake_recording 1 2000 >"$work/t.zst"
cd "$work"

status_is() { # status words… -- command…
    want=$1
    words=$2
    shift 3
    got=0
    "$@" >out 2>err </dev/null || got=$?
    if [ "$got" != "$want" ] || { [ -n "$words" ] && ! grep -qF -e "$words" err; }; then
        echo "$*: status $got, expected $want and \"$words\":"
        cat err
        exit 1
    fi
}

same() { # file
    "$pyheatmap" -q --json got.json "$1" 2>err || { echo "$1: $(cat err)" && exit 1; }
    cmp want.json got.json
}

"$pyheatmap" -q --json want.json t.zst
cp t.zst photo.jpeg
same photo.jpeg
gzip -k t.zst
same t.zst.gz
cp t.zst.gz without-suffix
same without-suffix
cat t.zst.gz | "$pyheatmap" -q --json got.json - && cmp want.json got.json
echo "read me" >readme.txt
mkdir folder && cp t.zst folder/x.bin
"$python" -m zipfile -c t.zip readme.txt folder
same t.zip
gzip -k t.zip
same t.zip.gz
"$pyheatmap" -q --json got.json - <t.zip && cmp want.json got.json
head -c 3000 t.zst >half && cat half >both && gzip -c both >first.gz && tail -c +3001 t.zst | gzip -c >second.gz
cat first.gz second.gz >members.gz
same members.gz

# Cut: what can be read is read, and it is said.
head -c "$(($(wc -c <t.zst.gz) * 3 / 4))" t.zst.gz >cut.gz
status_is 0 'warning: cut.gz: ' -- "$pyheatmap" --json x cut.gz

"$python" -m zipfile -c none.zip readme.txt
status_is 1 'none.zip: a zip file without a recording' -- "$pyheatmap" --json x none.zip
cp t.zst u.zst
"$python" -m zipfile -c two.zip t.zst u.zst
status_is 1 'two.zip: a zip file with several recordings (t.zst, u.zst' -- "$pyheatmap" --json x two.zip
head -c 500 t.zip >cut.zip
status_is 1 'cut.zip: a zip file that cannot be read' -- "$pyheatmap" --json x cut.zip
gzip -c readme.txt >readme.gz
status_is 1 'readme.gz: not a recording' -- "$pyheatmap" --json x readme.gz

# Bombs: a thousandfold is no recording. In a .zip it is not even looked at, unless it begins like one.
head -c 400000000 /dev/zero | gzip -1 >bomb.gz
status_is 1 'unpacks to more than' -- "$pyheatmap" --json x bomb.gz
(cat t.zst && head -c 300000000 /dev/zero) >long.zst
"$python" -c 'import zipfile; zipfile.ZipFile("bomb.zip", "w", zipfile.ZIP_DEFLATED).write("long.zst")'
status_is 1 'unpacks to more than' -- "$pyheatmap" --json x bomb.zip
for depth in 1 2 3 4 5 6; do gzip -c t.zst >next && mv next t.zst && [ $depth != 4 ] || cp t.zst four; done
same four
status_is 1 'packed more than 4 times' -- "$pyheatmap" --json x t.zst
[ ! -e x ] || [ -s x ]
