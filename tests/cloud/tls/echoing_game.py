"""A game server for tests that knows no TLS: it echoes lines on one port, and WebSocket messages on another."""

import base64
import hashlib
import os
import signal
import socket
import sys
import threading

signal.signal(signal.SIGTERM, lambda *_: os._exit(0))


def lines(player: socket.socket) -> None:
    for line in player.makefile("rb"):
        if line == b"crash\n":
            os._exit(3)
        player.sendall(os.environ["HATHORA_PROCESS_ID"].encode() + b" " + line)


def messages(player: socket.socket) -> None:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = player.recv(1)
        if not byte:
            return
        head += byte
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
    key = next(
        line for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key")
    )
    accept = hashlib.sha1(key.split(b": ")[1] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    assert fields[b"upgrade"] == b"websocket"
    player.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + base64.b64encode(accept) + b"\r\n\r\n"
    )
    received = player.makefile("rb")
    first = b""
    while not first or first[0] & 0x0F != 8:  # that one says good bye, and is echoed too
        first, mask = received.read(2), received.read(4)
        if not mask:
            return
        data = bytes(b ^ mask[i % 4] for i, b in enumerate(received.read(first[1] & 0x7F)))
        player.sendall(bytes([first[0], len(data)]) + data)
    player.shutdown(socket.SHUT_RDWR)


def serve(listener: socket.socket, play: object) -> None:
    while True:
        player, _ = listener.accept()
        threading.Thread(target=play, args=(player,), daemon=True).start()


games = [
    (socket.create_server(("", int(os.environ.get(variable, own)))), play)
    for variable, own, play in [("PORT_WEB", sys.argv[2], messages), ("PORT", sys.argv[1], lines)]
]
threads = [threading.Thread(target=serve, args=each) for each in games]
for thread in threads:
    thread.start()
