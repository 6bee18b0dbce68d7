"""check_children.py JSON PROCESSES [ARGUMENT...]: holds what --json says of a run of children.py.

PROCESSES is how many there were, or with a + at least; each ARGUMENT must be the last one of a process's command line. The samples of threads
and processes must add up, and no call may be one that never was.
"""
import json
import sys

OWN = {
    "only_child": {"run_child"},
    "only_parent": {"run_parent"},
}


def main(path, expected, *arguments):
    with open(path, encoding="utf-8") as file:
        data = json.load(file)
    processes, n = data["processes"], data["samples"]["count"]
    lines = [process["argv"] for process in processes]
    least = int(expected.rstrip("+"))
    more = least + (len(processes) - least if expected.endswith("+") else 0)
    assert least <= len(processes) <= more, f"{len(processes)} processes: {lines}"
    for argument in arguments:
        assert any(argv and argv[-1] == argument for argv in lines), f"no process with {argument}: {lines}"
    assert all(lines), f"a process without a command line: {lines}"
    assert sum(process["samples"] for process in processes) == n, "the processes' samples are not the whole"
    assert sum(thread["samples"] for thread in data["threads"]) == n, "the threads' samples are not the whole"
    own = sum(file["self"] for file in data["files"])
    assert own + data["samples"]["unattributed"] == n, f"{own} + {data['samples']['unattributed']} is not {n}"
    pids = {process["pid"] for process in processes}
    assert all(thread["pid"] in pids for thread in data["threads"])
    seen = set()
    for call in data["calls"]:
        callee, caller = call["callee"]["function"], call["caller"]["function"]
        if callee in OWN:
            assert caller in OWN[callee], f"{caller} never calls {callee}"
            seen.add(callee)
    assert "only_parent" in seen, "the parent's own call was not seen"
    assert "only_child" in seen or not arguments, "no child's own call was seen"


main(*sys.argv[1:])
