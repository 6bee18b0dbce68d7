"""What recording costs, and how good it is: `make bench` runs this; it wants a quiet machine.

Each program is run alone, beside a program that only wakes as often as pyrecord (the floor, wake.c), and recorded, in
turns, PAIRS times; ratios are of runs of the same turn, and the medians of these are printed. All programs do a fixed
amount of work. Bytes are those of recordings without source texts, by looks at a stack, of one longer run.

Environment: PYTHONS (3.11 3.13 …, or paths; default the newest found), BENCH (names of programs), RATES (Hz), PAIRS,
SECONDS_EACH (of one run alone), SECONDS_BYTES (of the longer run at 10 kHz; 0: none), FLOORS (of wake.c: nanosleep
timerfd relay elsewhere; beside pyrecord's own way, the first, the others are compared with it).
"""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ["abs_top_builddir"]
PYRECORD = os.path.join(BUILD, "pyrecord")
PYHEATMAP = os.path.join(BUILD, "pyheatmap")
WAKE = os.path.join(BUILD, "tests/bench/wake")
ALL = ["calls", "tree", "tokens", "threads", "idle"]
BYTES = ["tree", "threads", "distinct"]


def setting(name, default, of=str):
    words = os.environ.get(name, "").replace(",", " ").split()
    return [of(word) for word in words] or default


PAIRS = setting("PAIRS", [20], int)[0]
SECONDS_EACH = setting("SECONDS_EACH", [5], float)[0]
SECONDS_BYTES = setting("SECONDS_BYTES", [60], float)[0]
RATES = setting("RATES", [1000, 10000], int)


def find_pythons():
    lines = subprocess.run([os.path.join(HERE, "../support/pythons.sh")], stdout=subprocess.PIPE, text=True, check=True)
    found = dict(line.split(" ", 1) for line in lines.stdout.splitlines())
    recordable = [version for version in found if tuple(map(int, version.rstrip("t").split("."))) >= (3, 11)]
    wanted = setting("PYTHONS", recordable[-1:])
    missing = [python for python in wanted if "/" not in python and python not in found]
    if missing or not wanted:
        sys.exit("no such Python here: %s; there are %s" % (" ".join(missing), " ".join(found)))
    return [(python, found.get(python, python)) for python in wanted]


class Run:
    """One run of a program: its own words on how long the work took, and what the process that it ran below used."""

    def __init__(self, command, scratch):
        output = os.path.join(scratch, "output")
        with open(output, "wb") as file:
            child = subprocess.Popen(command, stdout=file)
        self.rss = 0
        while True:
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            if pid:
                break
            self.rss = max(self.rss, self.resident(child.pid))
            time.sleep(0.1)
        child.returncode = os.waitstatus_to_exitcode(status) if hasattr(os, "waitstatus_to_exitcode") else status
        if child.returncode != 0:
            sys.exit("%s: exit status %d" % (" ".join(command), child.returncode))
        self.used = usage.ru_utime + usage.ru_stime
        with open(output) as file:
            self.wall, self.cpu = map(float, file.read().split()[-2:])

    @staticmethod
    def resident(pid):
        """The most that it had, in MB, of this program alone: not what it forked from."""
        try:
            with open("/proc/%d/status" % pid) as status:
                return max([int(line.split()[1]) / 1000 for line in status if line.startswith("VmHWM:")], default=0)
        except OSError:
            return 0


class Program:
    def __init__(self, name, python, scratch):
        self.name, self.python, self.scratch = name, python, scratch
        self.recording = os.path.join(scratch, name + ".zst")

    def command(self, rounds):
        return [self.python, os.path.join(HERE, "programs.py"), self.name, str(rounds)]

    def rounds_for(self, seconds):
        rounds, took = 1, 0
        while took < min(0.5, seconds / 2):
            took = Run(self.command(rounds), self.scratch).cpu
            if took < 0.5:
                rounds *= 4 if took < 0.1 else 2
        return max(1, round(rounds * seconds / max(took, 0.001)))

    def alone(self, rounds):
        return Run(self.command(rounds), self.scratch)

    def beside_wake(self, rounds, rate, mode="nanosleep"):
        return Run([WAKE, "-m", mode, str(rate)] + self.command(rounds), self.scratch)

    def recorded(self, rounds, rate):
        return Run([PYRECORD, "-q", "-f", "--sources=none", "-r", str(rate), "-o", self.recording, "--"] +
                   self.command(rounds), self.scratch)

    def samples(self):
        """What the recording says of itself."""
        numbers = subprocess.run([PYHEATMAP, "-q", "--json", "-", self.recording], stdout=subprocess.PIPE, check=True)
        said = json.loads(numbers.stdout)["samples"]
        looks = max(said["looks"], 1)
        return {"looks": looks,
                "lost": 100 * said["looks_lost"] / (looks + said["looks_lost"]),
                "trimmed": 100 * said["looks_trimmed"] / looks,
                "bytes": os.path.getsize(self.recording) / looks}


def over(part, whole):
    return 100 * (part / whole - 1)


def measure(program, rounds, rate):
    """Medians over the turns; the order within them changes, so that none is always the one after a pause."""
    kinds = [("alone", lambda: program.alone(rounds)),
             ("floor", lambda: program.beside_wake(rounds, rate)),
             ("recorded", lambda: program.recorded(rounds, rate))]
    columns = {}
    for turn in range(PAIRS):
        runs = {}
        for k in range(len(kinds)):
            name, run = kinds[(turn + k) % len(kinds)]
            runs[name] = run()
        alone, floor, recorded = runs["alone"], runs["floor"], runs["recorded"]
        row = {"alone_s": alone.wall,
               "floor_%": over(floor.wall, alone.wall),
               "slower_%": over(recorded.wall, alone.wall),
               "cpu_floor_%": over(floor.cpu, alone.cpu),
               "cpu_more_%": over(recorded.cpu, alone.cpu),
               "above_points": over(recorded.wall, alone.wall) - over(floor.wall, alone.wall),
               "recorder_%": 100 * recorded.used / recorded.wall,
               "waker_%": 100 * floor.used / floor.wall,
               "rss_MB": recorded.rss}
        row.update(program.samples())
        for key, value in row.items():
            columns.setdefault(key, []).append(value)
    return {key: statistics.median(values) for key, values in columns.items()}


COLUMNS = [("alone s", "alone_s", "%.2f"), ("floor %", "floor_%", "%+.1f"), ("slower %", "slower_%", "%+.1f"),
           ("above floor", "above_points", "%+.1f"), ("CPU floor %", "cpu_floor_%", "%+.1f"),
           ("CPU more %", "cpu_more_%", "%+.1f"), ("recorder CPU %", "recorder_%", "%.1f"),
           ("waker CPU %", "waker_%", "%.1f"), ("RSS MB", "rss_MB", "%.1f"), ("lost %", "lost", "%.2f"),
           ("trimmed %", "trimmed", "%.2f"), ("bytes/look", "bytes", "%.2f")]


def table(title, columns):
    print("\n| %s | %s |" % (title, " | ".join(columns)))
    print("|---|" + "---:|" * len(columns))


def row(first, cells):
    print("| %s | %s |" % (first, " | ".join(cells)), flush=True)


def costs(version, python, scratch):
    table("Python %s, medians of %d" % (version, PAIRS), [title for title, _, _ in COLUMNS])
    for name in setting("BENCH", ALL):
        program = Program(name, python, scratch)
        rounds = program.rounds_for(SECONDS_EACH)
        for rate in RATES:
            medians = measure(program, rounds, rate)
            row("%s, %d kHz" % (name, rate // 1000) if rate % 1000 == 0 else "%s, %d Hz" % (name, rate),
                [form % medians[key] for _, key, form in COLUMNS])


def floors(version, python, scratch, modes):
    """Ways to be woken beside the target, against each other."""
    table("Python %s, medians of %d: slower %% (waker CPU %%)" % (version, PAIRS), modes)
    program = Program("calls", python, scratch)
    rounds = program.rounds_for(SECONDS_EACH)
    for rate in RATES:
        slower, used = {mode: [] for mode in modes}, {mode: [] for mode in modes}
        for turn in range(PAIRS):
            alone = program.alone(rounds)
            for k in range(len(modes)):
                mode = modes[(turn + k) % len(modes)]
                run = program.beside_wake(rounds, rate, mode)
                slower[mode].append(over(run.wall, alone.wall))
                used[mode].append(100 * run.used / run.wall)
        row("%d Hz" % rate, ["%+.1f (%.1f)" % (statistics.median(slower[mode]), statistics.median(used[mode]))
                             for mode in modes])


def binary_of_python(program, rounds):
    """Bytes a sample of the profiler that comes with Python 3.15, of the same program at the same rate; None before."""
    target = os.path.join(program.scratch, "binary")
    done = subprocess.run([program.python, "-m", "profiling.sampling", "run", "-r", "10khz", "--binary", "-o", target] +
                          program.command(rounds)[1:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0 or not os.path.exists(target):
        return None
    words = [line for line in done.stdout.splitlines() if line.startswith("Captured ")]
    samples = int(words[0].split()[1].replace(",", "")) if words else 0
    return os.path.getsize(target) / samples if samples else None


def sizes(version, python, scratch):
    table("Python %s, %.0f s at 10 kHz" % (version, SECONDS_BYTES), ["looks", "bytes/look", "its own profiler's"])
    for name in setting("BENCH", BYTES):
        program = Program(name, python, scratch)
        rounds = program.rounds_for(SECONDS_BYTES)
        program.recorded(rounds, 10000)
        said = program.samples()
        its = binary_of_python(program, rounds)
        row(name, ["%d" % said["looks"], "%.2f" % said["bytes"], "–" if its is None else "%.2f" % its])


def main():
    print("%d CPUs, Linux %s" % (os.cpu_count(), os.uname().release))
    with tempfile.TemporaryDirectory(prefix="pyheatmap-bench.") as scratch:
        for version, python in find_pythons():
            if PAIRS > 0:
                costs(version, python, scratch)
            if setting("FLOORS", []):
                floors(version, python, scratch, setting("FLOORS", []))
            if SECONDS_BYTES > 0:
                sizes(version, python, scratch)


if __name__ == "__main__":
    main()
