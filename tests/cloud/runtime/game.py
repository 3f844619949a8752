"""A game server for tests: does what its arguments say, in their order, then waits for its end."""

# ruff: noqa: T201 - its output is what the tests read

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

sockets = []


def listen(kind: int, port: str) -> None:
    one = socket.socket(socket.AF_INET, kind)
    number = int(os.environ[port[1:]]) if port.startswith("$") else int(port)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(("0.0.0.0", number))
    if kind == socket.SOCK_STREAM:
        one.listen()
    sockets.append(one)


def end_nicely(*_: object) -> None:
    # In the middle of a print, maybe, which lets no other come between.
    os.write(1, b"good bye\n")
    os._exit(7)


for word in sys.argv[1:]:
    verb, _, value = word.partition("=")
    if verb == "udp":
        listen(socket.SOCK_DGRAM, value)
    elif verb == "tcp":
        listen(socket.SOCK_STREAM, value)
    elif verb == "accept":
        players = [sockets[-1].accept()[0] for _ in range(int(value))]
    elif verb == "send":
        players[0].sendall(bytes(int(value)))
    elif verb == "burn":
        enough = time.process_time() + float(value)
        while time.process_time() < enough:
            pass
    elif verb == "say":
        print(value, flush=True)
    elif verb == "complain":
        print(value, file=sys.stderr, flush=True)
    elif verb == "bytes":
        sys.stdout.buffer.write(bytes.fromhex(value))
        sys.stdout.flush()
    elif verb == "lines":
        sys.stdout.write("".join(f"line {number}\n" for number in range(int(value))))
        sys.stdout.flush()
    elif verb == "env":
        print(f"{value}={os.environ.get(value)}", flush=True)
    elif verb == "read":
        print(Path(value).read_text(), end="", flush=True)
    elif verb == "where":
        print(Path.cwd(), flush=True)
    elif verb == "stdin":
        print("stdin", repr(sys.stdin.read()), flush=True)
    elif verb == "sleep":
        time.sleep(float(value))
    elif verb == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    elif verb == "polite":
        signal.signal(getattr(signal, value or "SIGTERM"), end_nicely)
    elif verb == "child":
        subprocess.Popen([sys.executable, __file__, *value.split(",")])
    elif verb == "runaway":
        subprocess.Popen([sys.executable, __file__, *value.split(",")], start_new_session=True)
    elif verb == "daemon":
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                nothing = os.open(os.devnull, os.O_RDWR)
                for descriptor in (0, 1, 2):
                    os.dup2(nothing, descriptor)
                os.execve(sys.executable, [sys.executable, __file__, *value.split(",")], {})
            os._exit(0)
        os.wait()
    elif verb == "keep":
        there = Path(value).read_text() if Path(value).exists() else "nothing"
        Path(value).write_text("kept")
        Path(value).chmod(0o600)
        print(f"found {there[:7]}", flush=True)
    elif verb == "names":
        print("names", *sorted(os.environ), flush=True)
    elif verb == "descriptors":
        opened = sorted(each.name for each in Path("/proc/self/fd").iterdir())
        print("descriptors", *opened[:-1], flush=True)  # the last is that of the folder
    elif verb == "status":
        print(Path("/proc/self/status").read_text(), flush=True)
    elif verb == "open":
        try:
            Path(value).open("rb").close()
            print(f"open {value}", flush=True)
        except OSError as error:
            print(f"shut {value} {error.strerror}", flush=True)
    elif verb == "kill":
        try:
            os.kill(int(os.environ[value]), signal.SIGTERM)
            print("killed", flush=True)
        except OSError as error:
            print(f"not killed: {error.strerror}", flush=True)
    elif verb == "eat":
        hoard = bytearray(os.urandom(1 << 20)) * int(value)
    elif verb == "exit":
        sys.exit(int(value))
    elif verb == "die":
        os.kill(os.getpid(), int(value))
    else:
        sys.exit(f"unknown: {word}")
time.sleep(600)
