"""Compiles and runs a new code object 2500 times a second: each takes the memory of one that is gone.

    recycled.py [SECONDS]     prints [[begin, end], …] of each, by CLOCK_MONOTONIC in ns; the file name of code i is <code i>
"""

import json
import sys
import time

SOURCE = """\
end = clock() + 400000
n = 0
while clock() < end:
    n += 1
"""

clock = time.monotonic_ns


def once(i, spans):
    code = compile(SOURCE, "<code %d>" % i, "exec")
    begin = clock()
    exec(code, {"clock": clock})
    spans.append((begin, clock()))


def main(seconds):
    spans = []
    end = clock() + int(seconds * 1e9)
    while clock() < end:
        once(len(spans), spans)
    print(json.dumps(spans))


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 5)
