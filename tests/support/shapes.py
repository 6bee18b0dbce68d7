"""Stacks of every shape, one after the other:

    shapes.py [SECONDS-EACH [SHAPE…]]     of CPU time

Each shape is a function below that begins with shape_; what its stacks are is said there.
"""

import asyncio
import gc
import sys
import threading
import time

clock = time.process_time  # so that each gets its part on a busy machine


def busy(until):
    while clock() < until:
        sum(range(50))


def until(seconds):
    end = clock() + seconds
    while clock() < end:
        yield end


def inner_generator(n):
    for i in range(n):
        yield sum(range(i))


def outer_generator(n):
    yield from inner_generator(n)


def shape_generators(seconds):
    """shape_generators -> outer_generator -> inner_generator"""
    for _ in until(seconds):
        for _ in outer_generator(200):
            pass


async def inner_coroutine():
    sum(range(200))
    await asyncio.sleep(0)


async def outer_coroutine():
    for _ in range(50):
        await inner_coroutine()


def shape_coroutines(seconds):
    """Handle._run -> outer_coroutine -> inner_coroutine"""
    for _ in until(seconds):
        asyncio.run(outer_coroutine())


def shape_executed(seconds):
    """shape_executed -> <module> of <made of text> -> made"""
    code = compile("def made():\n    sum(range(200))\nfor _ in range(50):\n    made()\n", "<made of text>", "exec")
    for _ in until(seconds):
        exec(code, {})


def shape_surrogates(seconds):
    """A file name that is no text."""
    code = compile("def surrogate():\n    sum(range(200))\nfor _ in range(50):\n    surrogate()\n", "/odd\udc80\u20ac.py", "exec")
    for _ in until(seconds):
        exec(code, {})


class Thing:
    def __init__(self):
        sum(range(200))


def shape_instances(seconds):
    """shape_instances -> Thing.__init__"""
    for _ in until(seconds):
        for _ in range(100):
            Thing()


def long_function():
    lines = ["def long(x, f):"] + ["    x = f(x, %d) if x else f(x, x)" % i for i in range(9000)]
    names = {}
    exec(compile("\n".join(lines), "/long.py", "exec"), names)
    return names["long"]


def shape_long(seconds):
    """shape_long -> long, in 9,000 lines of /long.py, whose table takes more than 100 KB from 3.11 on"""
    long = long_function()
    for _ in until(seconds):
        long(1, max)


def shape_collections(seconds):
    """Garbage is collected, most of the time."""
    everything = [[i] for i in range(50000)]
    for _ in until(seconds):
        gc.collect()
    del everything


INSIDE = """
import time
def inside(until):
    while time.process_time() < until:
        sum(range(50))
inside(%r)
"""


def shape_interpreters(seconds):
    """inside, in another interpreter of this thread; from 3.12 on it has a GIL of its own."""
    try:
        import _interpreters as interpreters
    except ImportError:
        import _xxsubinterpreters as interpreters
    run = getattr(interpreters, "run_string", None) or interpreters.exec
    other = interpreters.create()
    run(other, INSIDE % (clock() + seconds))
    interpreters.destroy(other)


def descend(n, seconds):
    if n == 0:
        bottom(seconds)
    else:
        descend(n - 1, seconds)


def bottom(seconds):
    busy(clock() + seconds)


def shape_deep(seconds):
    """bottom, below 100,000 calls of descend. (Up to 3.10 each of them takes room on the C stack.)"""
    sys.setrecursionlimit(200000)
    threading.stack_size(1 << 30)
    thread = threading.Thread(target=lambda: descend(100000, seconds))
    thread.start()
    thread.join()


def main(seconds, names):
    for name in names or [name for name in globals() if name.startswith("shape_")]:
        globals()["shape_" + name.replace("shape_", "")](seconds)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1, sys.argv[2:])
