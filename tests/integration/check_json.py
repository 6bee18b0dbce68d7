"""Holds what pyheatmap --json wrote against what a test expects.

    check_json.py FILE CHECK ARGUMENT… [, CHECK ARGUMENT…]…

Prints what it found of each, and exits with 1 when one does not hold. Paths are given by their ends, functions by
their qualified names. The checks are the functions below whose names begin with check_.
"""

import json
import sys


class Failed(Exception):
    pass


def expect(holds, *words):
    if not holds:
        raise Failed(" ".join(str(word) for word in words))


def files_at(data, end):
    found = [file for file in data["files"] if file["path"].endswith(end)]
    expect(found, "no file", end, "among", [file["path"] for file in data["files"]][:30])
    return found


def functions_named(data, name):
    found = [function for function in data["functions"] if function["qualname"] == name]
    expect(found, "no function", name)
    return found


def share(data, name):
    """Of N, in percent; of functions that do not call each other."""
    return 100 * sum(function["total"] for function in functions_named(data, name)) / data["samples"]["count"]


def check_sums(data):
    """Everything that adds up, adds up."""
    samples = data["samples"]
    n = samples["count"]
    lines = [line for file in data["files"] for line in file["lines"]]
    expect(samples["exact"] + samples["trimmed"] == n, "exact + trimmed is not N:", samples)
    attributed = sum(line["self"] for line in lines)
    expect(attributed + samples["unattributed"] == n, "the lines' self is", attributed, "of", samples)
    expect(sum(thread["samples"] for thread in data["threads"]) == n, "the threads' samples do not add up to", n)
    for file in data["files"]:
        where = file["path"]
        expect(file["self"] == sum(line["self"] for line in file["lines"]), where, "self is not its lines'")
        expect(file["self"] <= file["total"] <= n, where, file["self"], file["total"], n)
        for line in file["lines"]:
            expect(line["self"] <= line["total"] <= file["total"], where, line, "of", file["total"])
            expect(line["line"] > 0 and line["total"] > 0, where, line)
            parts = line.get("expressions", [])
            expect(sum(part["self"] for part in parts) <= line["self"], where, line, "has expressions of more")
            for part in parts:
                expect(part["self"] <= part["total"] <= line["total"], where, line, part)
        numbers = [line["line"] for line in file["lines"]]
        expect(numbers == sorted(set(numbers)), where, "lines out of order")
    functions = {(function["path"], function["line"], function["qualname"]) for function in data["functions"]}
    for function in data["functions"]:
        expect(function["self"] <= function["total"] <= n, function)
    for call in data["calls"]:
        callee = call["callee"]
        expect((callee["path"], callee["line"], callee["function"]) in functions, "call of an unknown function", call)
        expect(0 < call["samples"] <= n, call)
    return "N %d, unattributed %d, lost %d" % (n, samples["unattributed"], samples["lost"])


def check_count(data, least):
    """At least so many samples."""
    n = data["samples"]["count"]
    expect(n >= int(least), n, "samples, expected", least)
    return "%d samples" % n


def check_exact(data, least):
    """At least so many samples that were proved."""
    n = data["samples"]["exact"]
    expect(n >= int(least), n, "exact samples, expected", least)
    return "%d exact samples, %d trimmed" % (n, data["samples"]["trimmed"])


def check_python(data, version):
    """3.13, or 3.13t: a free-threaded build."""
    got = data["recording"]["python"]
    release, build = got.rstrip("t"), "t" if got.endswith("t") else ""
    expect(".".join(release.split(".")[:2]) + build == version, got, "is not", version)
    return got


def check_duration(data, low, high):
    """Seconds."""
    seconds = data["recording"]["duration_s"]
    expect(float(low) <= seconds <= float(high), seconds, "s, expected", low, "to", high)
    return "%.2f s" % seconds


def check_quality(data, most):
    """Lost and trimmed, in percent of all."""
    samples = data["samples"]
    bad = 100 * (samples["lost"] + samples["trimmed"]) / max(1, samples["count"] + samples["lost"])
    expect(bad <= float(most), "lost %d, trimmed %d of %d" % (samples["lost"], samples["trimmed"], samples["count"]))
    return "lost and trimmed %.3f %%" % bad


def check_trimmed(data, most):
    """Trimmed, in percent of what was read."""
    samples = data["samples"]
    bad = 100 * samples["trimmed"] / max(1, samples["count"])
    expect(bad <= float(most), "trimmed %d of %d" % (samples["trimmed"], samples["count"]))
    return "trimmed %.3f %%" % bad


def check_looks(data, most):
    """Stacks that could not be read, in percent of all looks: how busy the machine is has no part in it."""
    samples = data["samples"]
    bad = 100 * samples["looks_lost"] / max(1, samples["looks"] + samples["looks_lost"])
    expect(bad <= float(most), samples["looks_lost"], "looks lost of", samples["looks"])
    return "lost looks %.3f %%" % bad


def check_one_runs(data):
    """Of one thread, whatever interpreters it visits, there is one sample a tick."""
    n, states = data["samples"]["count"], data["samples"]["states"]
    ticks = states["running"] + states["gc"] + states["lost"]  # which is a sample, too, that belongs to no line
    expect(n <= 1.02 * ticks, n, "samples in", ticks, "ticks")
    return "%d samples in %d ticks" % (n, ticks)


def check_type(data, end, kind):
    """The module type of a file."""
    for file in files_at(data, end):
        expect(file["type"] == kind, file["path"], "is", file["type"], "and not", kind)
    return "%s: %s, module %s" % (end, kind, files_at(data, end)[0]["module"])


def check_source(data, end, status):
    for file in files_at(data, end):
        expect(file["source"] == status, file["path"], "is", file["source"], "and not", status)
    return "%s: %s" % (end, status)


def check_self(data, name, low, high):
    """The own time of a function's lines, in percent of its total: its file has no other function on those lines."""
    (function,) = functions_named(data, name)
    percent = 100 * function["self"] / function["total"]
    expect(float(low) <= percent <= float(high), name, "itself %.2f %%, expected %s to %s" % (percent, low, high))
    return "%s itself %.2f %%" % (name, percent)


def check_lines(data, end, least, first, last):
    """A file has so many lines with samples, all of them between these two and some near both."""
    (file,) = files_at(data, end)
    lines = [line["line"] for line in file["lines"]]
    expect(len(lines) >= int(least), len(lines), "lines of", end)
    first, last = int(first), int(last)
    expect(first <= lines[0] <= first + (last - first) // 10, "first line", lines[0])
    expect(last - (last - first) // 10 <= lines[-1] <= last, "last line", lines[-1])
    return "%d lines of %s, from %d to %d" % (len(lines), end, lines[0], lines[-1])


def check_state(data, state, low, high):
    """Of the process's ticks, in percent."""
    states = data["samples"]["states"]
    percent = 100 * states[state] / max(1, sum(states.values()))
    expect(float(low) <= percent <= float(high), state, "%.2f %%, expected %s to %s" % (percent, low, high))
    return "%s %.2f %%" % (state, percent)


def check_no_function(data, name):
    """None of that qualified name."""
    found = [function for function in data["functions"] if function["qualname"] == name]
    expect(not found, found)
    return "no %s" % name


def check_share(data, name, low, high):
    """A function's total, in percent of N."""
    percent = share(data, name)
    expect(float(low) <= percent <= float(high), name, "has %.2f %%, expected %s to %s" % (percent, low, high))
    return "%s %.2f %%" % (name, percent)


def check_among(data, name, names, expected, points):
    """A function's part of the total of several that take turns (names: a,b,c), in percent, within so many points."""
    part = 100 * share(data, name) / sum(share(data, other) for other in names.split(","))
    expect(abs(part - float(expected)) <= float(points), name, "has %.2f %%, expected %s" % (part, expected))
    return "%s %.2f %%, expected %.2f" % (name, part, float(expected))


def check_hot(data, end, place):
    """A file is among the hottest by self: at that place or before."""
    ranked = sorted(data["files"], key=lambda file: -file["self"])[: int(place)]
    expect(any(file["path"].endswith(end) for file in ranked), end, "is not among", [file["path"] for file in ranked])
    return "%s among the first %s" % (end, place)


def calls(data, caller, callee):
    return sum(
        call["samples"]
        for call in data["calls"]
        if call["caller"]["function"] == caller and call["callee"]["function"] == callee
    )


def check_calls(data, caller, callee):
    n = calls(data, caller, callee)
    expect(n > 0, caller, "never calls", callee)
    return "%s calls %s: %d" % (caller, callee, n)


def check_never_calls(data, caller, callee):
    n = calls(data, caller, callee)
    expect(n == 0, caller, "calls", callee, n, "times")
    return "%s never calls %s" % (caller, callee)


def main(path, *words):
    with open(path, encoding="utf-8") as file:
        data = json.load(file)
    status = 0
    checks = [[]]
    for word in words:
        if word == ",":
            checks.append([])
        else:
            checks[-1].append(word)
    for name, *arguments in checks:
        try:
            print("%s: %s" % (name, globals()["check_" + name.replace("-", "_")](data, *arguments)))
        except Failed as failed:
            print("%s: FAILED: %s" % (name, failed))
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
