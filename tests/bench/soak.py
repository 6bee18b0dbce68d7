"""Does recording for long stay as it began? `make soak` runs this: MINUTES (default 30) at 1 kHz of a program whose threads
and children come and go, with pyrecord's memory every minute, and what was lost.

    soak.py                 the measurement; environment: abs_top_builddir, PYTHONS (one path), MINUTES
    soak.py work MINUTES    the program
"""
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time

BUILD = os.environ.get("abs_top_builddir", ".")


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def compute(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        fib(10)


def made_anew(i):
    """Code objects that nobody has seen before."""
    names = {"fib": fib}
    exec("def f%d():\n    return fib(8) + %d\nf%d()" % (i, i, i), names)


def child(rng):
    if rng.random() < 0.5:
        pid = os.fork()
        if pid == 0:
            compute(0.05)
            os._exit(0)
        os.waitpid(pid, 0)
    else:
        subprocess.run([sys.executable, "-c", "sum(range(300000))"], check=True)


def work(minutes):
    rng = random.Random(1)
    end = time.perf_counter() + 60 * minutes
    i = 0
    while time.perf_counter() < end:
        threads = [threading.Thread(target=compute, args=(rng.uniform(0.01, 0.1),)) for _ in range(rng.randrange(1, 6))]
        for thread in threads:
            thread.start()
        made_anew(i)
        i += 1
        for thread in threads:
            thread.join()
        child(rng)
        time.sleep(rng.uniform(0, 0.1))


def resident(pid):
    with open("/proc/%d/status" % pid) as status:
        return next(int(line.split()[1]) / 1000 for line in status if line.startswith("VmRSS:"))


def measure(minutes):
    python = os.environ.get("PYTHONS") or sys.executable
    with tempfile.TemporaryDirectory(prefix="pyheatmap-soak.") as scratch:
        recording = os.path.join(scratch, "soak.zst")
        recorder = subprocess.Popen([os.path.join(BUILD, "pyrecord"), "-q", "-o", recording, "--", python, __file__,
                                     "work", str(minutes)])
        minute, start = 0, time.monotonic()
        while recorder.poll() is None:
            time.sleep(1)
            if time.monotonic() - start >= 60 * (minute + 1) and recorder.poll() is None:
                minute += 1
                print("minute %d: %.1f MB, recording %.1f MB" %
                      (minute, resident(recorder.pid), os.path.getsize(recording) / 1e6), flush=True)
        if recorder.returncode != 0:
            sys.exit("exit status %d" % recorder.returncode)
        out = subprocess.run([os.path.join(BUILD, "pyheatmap"), "-q", "--json", "-", recording], stdout=subprocess.PIPE,
                             check=True)
        data = json.loads(out.stdout)
        samples = data["samples"]
        looks = samples["looks"]
        print("%d processes, %d looks, %d samples; of the looks lost %.3f %%, trimmed %.3f %%; of the ticks lost %.3f %%" %
              (len(data["processes"]), looks, samples["count"], 100 * samples["looks_lost"] / (looks + samples["looks_lost"]),
               100 * samples["looks_trimmed"] / looks, 100 * samples["lost"] / (samples["count"] + samples["lost"])))


if __name__ == "__main__":
    if sys.argv[1:2] == ["work"]:
        work(float(sys.argv[2]))
    else:
        measure(float(os.environ.get("MINUTES", "30")))
