"""Spends its time in code that is compiled under the file names that it is given: named.py NAME… (to be recorded)."""
import sys
import time

functions = []
for name in sys.argv[1:]:
    scope = {}
    exec(compile("def spin():\n    for i in range(20000):\n        pass\n", name, "exec"), scope)
    functions.append(scope["spin"])
end = time.monotonic() + 1.2
while time.monotonic() < end:
    for spin in functions:
        spin()
