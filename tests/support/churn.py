"""Threads that come and go: churn.py [SECONDS] starts twenty that live for 2 ms, and so on, and prints how many there were."""
import sys
import threading
import time


def short():
    time.sleep(0.002)


def main(seconds):
    end = time.perf_counter() + seconds
    n = 0
    while time.perf_counter() < end:
        threads = [threading.Thread(target=short) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        n += len(threads)
    print(n)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 2)
