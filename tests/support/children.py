"""Starts children in every way there is: children.py WAY [ARGUMENT...].

The parent calls only_parent, each child only_child, through functions of their own: whoever mixes up processes shows
calls that never were.
"""
import os
import subprocess
import sys
import time

SECONDS = 0.25


def spin(seconds):
    """Takes so much of a processor, however busy the machine is."""
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def only_child():
    spin(SECONDS)


def run_child(*ignored):
    only_child()


def only_parent():
    spin(SECONDS)


def run_parent():
    only_parent()


def me(*args):
    return [sys.executable, __file__, *args]


def pool(method):
    import multiprocessing

    multiprocessing.set_start_method(method)
    children = [multiprocessing.Process(target=run_child) for _ in range(2)]
    for child in children:
        child.start()
    run_parent()
    for child in children:
        child.join()


def futures():
    import concurrent.futures
    import multiprocessing

    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as executor:
        results = executor.map(run_child, range(2))
        run_parent()
        list(results)


def shell():
    with subprocess.Popen(["sh", "-c", '"$@"; true', "sh", *me("child", "by-shell")]):
        run_parent()


def execute():
    run_parent()
    os.execv(sys.executable, me("child", "executed"))


def orphan():
    if os.fork() == 0:
        if os.fork() == 0:
            time.sleep(0.05)  # by then its parent has gone
            run_child()
        os._exit(0)
    os.wait()
    run_parent()
    time.sleep(0.5)
    spin(SECONDS)


def grand():
    with subprocess.Popen(me("shell")):
        run_parent()


def others():
    with subprocess.Popen(["sh", "-c", "i=0; while [ $i -lt 30 ]; do /bin/true; i=$((i+1)); done; sleep 0.2"]):
        run_parent()


def short(n):
    for i in range(int(n)):
        subprocess.run([sys.executable, "-c", "pass", str(i)], check=True)
    run_parent()


def workers(n):
    children = []
    for _ in range(int(n)):
        pid = os.fork()
        if pid == 0:
            spin(0.02)
            run_child()
            os._exit(0)
        children.append(pid)
    run_parent()
    for pid in children:
        os.waitpid(pid, 0)


def main(way, *args):
    ways = {
        "child": run_child,
        "shell": shell,
        "exec": execute,
        "orphan": orphan,
        "grand": grand,
        "others": others,
        "short": short,
        "workers": workers,
        "futures": futures,
    }
    if way in ways:
        ways[way](*args)
    else:
        pool(way)


if __name__ == "__main__":
    main(*sys.argv[1:])
