"""A program full of private things: tests/integration/redact.sh looks for each of them in what is left."""
import os
import sys
import threading
import time

API_TOKEN = "canary-token-4711"
password: str = 'canary-password-4712'  # of nobody
SECRETS = {
    "db_password": "canary-dict-4713",
    "harmless": 1,
}
secret = (
    "canary-folded-4714"
)
KEY = """\
-----BEGIN RSA PRIVATE KEY-----
canary+key+4715
-----END RSA PRIVATE KEY-----
"""
URL = "postgres://admin:canary-login-4716@db/shop"
WHERE = os.path.dirname(os.path.abspath(__file__))
AUTHOR = "canaryada <canaryada@example.org>, on canaryhost"
ESCAPED = "C:\\Users\\canaryada\ncanaryada%2Fcanaryada"


def cold():
    return "nobody calls this"


def canaryada_sum(n, token="canary-default-4717"):
    total = 0
    for i in range(n):
        total += i * i
    return total


class Worker:
    def run(self, until):
        while time.monotonic() < until:
            canaryada_sum(500)


until = time.monotonic() + float(os.environ.get("RUN_FOR", "0.4"))
thread = threading.Thread(target=Worker().run, args=(until,), name="worker of canaryada")
thread.start()
Worker().run(until)
thread.join()
