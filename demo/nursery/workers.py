"""The letters to the archive, packed and signed by threads beside the main work."""

import hashlib
import queue
import threading
import zlib


class Letters:
    """with Letters() as letters: letters.put(year, text). At the end everything has been packed."""

    def __init__(self, threads=2):
        self.count = 0
        self.packed = 0
        self.lock = threading.Lock()
        self.queue = queue.Queue()
        self.threads = [threading.Thread(target=self.work, name="packer-%d" % n) for n in range(threads)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *exc):
        for _ in self.threads:
            self.queue.put(None)
        for thread in self.threads:
            thread.join()

    def put(self, year, text):
        self.queue.put((year, text))

    def work(self):
        while True:
            item = self.queue.get()
            if item is None:
                return
            year, text = item
            size = self.pack(year, text)
            with self.lock:
                self.count += 1
                self.packed += size

    @staticmethod
    def pack(year, text):
        data = text.encode("utf-8")
        packed = zlib.compress(data, 9)
        signature = hashlib.pbkdf2_hmac("sha256", packed, str(year).encode("ascii"), 150000)
        return len(packed) + len(signature)
