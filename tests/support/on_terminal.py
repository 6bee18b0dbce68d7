"""Runs a command on a terminal of its own, and prints what it wrote there, with control characters as repr() has them.

    on_terminal.py [COLUMNS] [-o] COMMAND [ARG…]    -o: its standard output goes to /dev/null
"""
import fcntl
import os
import pty
import struct
import sys
import termios

args = sys.argv[1:]
columns = int(args.pop(0)) if args[0].isdigit() else 80
elsewhere = args[0] == "-o" and bool(args.pop(0))
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("4H", 24, columns, 0, 0))
    if elsewhere:
        os.dup2(os.open("/dev/null", os.O_WRONLY), 1)
    os.execvp(args[0], args)
written = b""
while True:
    try:
        some = os.read(terminal, 65536)
    except OSError:  # EIO: nobody has it open any more
        break
    if not some:
        break
    written += some
print(repr(written.decode(errors="replace")))
status = os.waitpid(pid, 0)[1]
sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
