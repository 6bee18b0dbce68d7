"""The programs that recording is measured on: a fixed amount of work, so that the time it takes is the measure.

    programs.py NAME ROUNDS     prints the wall and the CPU seconds of the work, and exits
"""
import ast
import compileall
import os
import random
import shutil
import sys
import tempfile
import threading
import time
import tokenize

LIBRARY = os.path.dirname(os.__file__)


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def deep(n):
    return 0 if n == 0 else 1 + deep(n - 1)


def calls(rounds):
    """Calls and returns, and nothing else."""
    for _ in range(rounds):
        fib(13)
        for _ in range(10):
            deep(60)


def library():
    """Paths of the standard library's modules, always in the same order."""
    for directory, names, files in os.walk(LIBRARY):
        names[:] = sorted(set(names) - {"test", "site-packages", "dist-packages", "__pycache__", "idlelib"})
        for name in sorted(files):
            if name.endswith(".py"):
                yield os.path.join(directory, name)


def tree(rounds):
    """compileall over a copy of the library: a large tree, freshly compiled each time."""
    copy = tempfile.mkdtemp(prefix="pyheatmap-bench.")
    try:
        for path in library():
            target = os.path.join(copy, os.path.relpath(path, LIBRARY))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copyfile(path, target)
        return timed(lambda: [compileall.compile_dir(copy, quiet=2, force=True) for _ in range(rounds)])
    finally:
        shutil.rmtree(copy)


def tokens(rounds):
    """The tokenizer over the library."""
    paths = list(library())
    for n in range(rounds):
        with open(paths[n % len(paths)], "rb") as file:
            for _ in tokenize.tokenize(file.readline):
                pass


def threads(rounds):
    """Four threads that want the GIL all the time."""
    workers = [threading.Thread(target=calls, args=(rounds,)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def idle(rounds):
    """One thread that works, and 200 that wait."""
    end = threading.Event()
    sleepers = [threading.Thread(target=end.wait, daemon=True) for _ in range(200)]
    for sleeper in sleepers:
        sleeper.start()
    took = timed(lambda: calls(rounds))
    end.set()
    return took


def distinct(rounds):
    """A recursive descent over many syntax trees: hardly any stack comes twice."""
    paths = list(library())
    rng = random.Random(1)
    for _ in range(rounds):
        with open(rng.choice(paths), "rb") as file:
            module = ast.parse(file.read())
        descend(module)
        ast.unparse(module)


def descend(node):
    return 1 + sum(descend(child) for child in ast.iter_child_nodes(node))


def timed(work):
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def main(name, rounds):
    work = globals()[name]
    took = work(rounds) if name in ("tree", "idle") else timed(lambda: work(rounds))
    print(*took)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
