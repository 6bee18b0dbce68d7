"""Prints what --json says of a recording, as far as every release must say the same: facts.py FILE."""
import json
import sys

data = json.load(open(sys.argv[1]))
print("complete", data["recording"]["complete"])
for key, value in sorted(data["samples"].items()):
    print("samples", key, value)
for process in data["processes"]:
    print("process", process["pid"], process["python"], process["samples"])
for thread in data["threads"]:
    print("thread", thread["tid"], thread["name"], thread["samples"])
for file in data["files"]:
    print("file", file["path"], file["module"], file["type"], file["source"], file["self"], file["total"])
    for line in file["lines"]:
        print("line", line["line"], line["self"], line["total"])
for function in data["functions"]:
    print("function", function["path"], function["line"], function["qualname"], function["self"], function["total"])
for call in data["calls"]:
    print("call", call["caller"]["path"], call["caller"]["line"], call["callee"]["function"], call["samples"])
