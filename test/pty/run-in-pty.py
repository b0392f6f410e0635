"""Runs a command in a pseudo-terminal of its own, for tests: bytes of the terminal to stdout, orders from stdin.

Usage: run-in-pty.py <columns> <rows> <command...>
An order is a line of JSON: {"keys": "..."} types, {"resize": [columns, rows]} does what a window does.
Ends with the exit code of the command, or 128 and the number of the signal that ended it.
"""

import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios


def resize(terminal, columns, rows):
    # The kernel tells the foreground process group (SIGWINCH).
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def obey(terminal, line):
    order = json.loads(line)
    if "keys" in order:
        os.write(terminal, order["keys"].encode())
    if "resize" in order:
        resize(terminal, *order["resize"])


def main():
    columns, rows, *command = sys.argv[1:]
    ready, go = os.pipe()
    child, terminal = pty.fork()
    if child == 0:
        # The size is there before the command asks for it.
        os.read(ready, 1)
        os.execvp(command[0], command)
    resize(terminal, int(columns), int(rows))
    os.write(go, b".")
    orders = b""
    watched = [terminal, 0]
    while True:
        readable, _, _ = select.select(watched, [], [])
        if 0 in readable:
            more = os.read(0, 65536)
            if not more:
                watched.remove(0)
            orders += more
            *lines, orders = orders.split(b"\n")
            for line in lines:
                obey(terminal, line)
        if terminal in readable:
            try:
                output = os.read(terminal, 65536)
            except OSError:
                # How Linux says that nobody holds the other side any more.
                output = b""
            if not output:
                break
            os.write(1, output)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    sys.exit(code if code >= 0 else 128 - code)


main()
