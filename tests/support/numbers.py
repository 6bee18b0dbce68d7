"""Prints what a redaction must not change of what --json says: numbers.py FILE same|gone (whether texts are there)."""
import json
import re
import sys

data = json.load(open(sys.argv[1]))
gone = sys.argv[2] == "gone"
recording = data["recording"]
for key in ("argv", "cwd", "notes", "complete", "recovered"):  # stripped, or of the damage that is no more
    del recording[key]
print(recording)
print(data["samples"])
for process in data["processes"]:
    process["argc"] = len(process.pop("argv"))
    print(process)
for thread in data["threads"]:
    del thread["name"]
    print(thread)
# The hash in the name of a page below no root is of the path, which was rewritten.
page = {file["path"]: re.sub(r"^(other/.*)-[0-9a-f]{8}", r"\1", file["page"]) for file in data["files"]}
for file in sorted(data["files"], key=lambda file: page[file["path"]]):
    source = file["source"]
    print(page[file["path"]], file["type"], source if not gone else "", file["self"], file["total"], file["lines"])


def place(of):
    return page[of["path"]], of["line"] if not gone else 0  # the line of a def is read in the text


for name in ("functions", "calls"):
    for row in sorted(
        (place(f), f["self"], f["total"]) if name == "functions" else
        (page[f["caller"]["path"]], f["caller"]["line"], place(f["callee"]), f["samples"]) for f in data[name]
    ):
        print(name, row)
