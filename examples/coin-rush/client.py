"""Bots that play one round of Coin Rush and print its scores.

python3 client.py HOST PORT [--bots 3]
"""

from __future__ import annotations

import argparse
import socket
import sys
import time
from dataclasses import dataclass, field
from threading import Thread

from protocol import MAX_DATAGRAM, Message, decode, encode

PATIENCE = 5.0
"""Seconds a server may say nothing before it counts as gone."""
RESEND_EVERY = 0.25
"""Seconds after which a join is sent again: datagrams get lost."""

NAMES = ("Ada", "Bo", "Cy", "Dee", "Eli", "Fay", "Gus", "Hal")

Scores = list[tuple[str, int]]


class Unplayable(Exception):
    """The round could not be played to its end."""


@dataclass
class Bot:
    """A player that runs for the nearest coin."""

    host: str
    port: int
    name: str
    scores: Scores = field(default_factory=list)
    failure: Unplayable | None = None

    def play(self) -> None:
        """Play one round; afterwards either ``scores`` or ``failure`` is set."""
        try:
            family, kind, _, _, address = socket.getaddrinfo(
                self.host, self.port, socket.AF_INET, socket.SOCK_DGRAM
            )[0]
            with socket.socket(family, kind) as connection:
                connection.connect(address)
                player = self._join(connection)
                self.scores = self._run(connection, player)
        except Unplayable as error:
            self.failure = error
        except OSError as error:
            self.failure = Unplayable(f"no game server at {self.host}:{self.port}: {error}")

    def _join(self, connection: socket.socket) -> int:
        join: Message = {"type": "join", "name": self.name}
        is_full = False
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            connection.send(encode(join))
            answer = _receive(connection, RESEND_EVERY)
            if answer is None:
                continue
            if answer["type"] == "challenge":
                join["cookie"] = answer["cookie"]
            elif answer["type"] == "welcome":
                return int(answer["player"])
            elif answer["type"] == "full":
                is_full = True
                time.sleep(RESEND_EVERY)
        if is_full:
            raise Unplayable("the room is full; try again when its round is over")
        raise Unplayable(f"no game server answers at {self.host}:{self.port}")

    def _run(self, connection: socket.socket, player: int) -> Scores:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            message = _receive(connection, PATIENCE)
            if message is None:
                continue
            deadline = time.monotonic() + PATIENCE
            if message["type"] == "state":
                connection.send(encode({"type": "move", "direction": decide(message, player)}))
            elif message["type"] == "over":
                return [(str(name), int(score)) for name, score in message["scores"]]
            elif message["type"] == "bye":
                raise Unplayable("the server went down in the middle of the round")
        raise Unplayable("the server fell silent")


def decide(state: Message, player: int) -> str:
    """The direction that leads to the nearest coin. Raises Unplayable when we are not in the round."""
    cells = {number: (x, y) for number, x, y, _ in state["players"]}
    if player not in cells:
        raise Unplayable("the server has given our place away")
    x, y = cells[player]
    to_x, to_y = min(state["coins"], key=lambda coin: abs(coin[0] - x) + abs(coin[1] - y))
    if to_x != x:
        return "right" if to_x > x else "left"
    if to_y != y:
        return "down" if to_y > y else "up"
    return "stay"


def _receive(connection: socket.socket, patience: float) -> Message | None:
    connection.settimeout(patience)
    try:
        return decode(connection.recv(MAX_DATAGRAM))
    except TimeoutError:
        return None


def play_round(host: str, port: int, names: tuple[str, ...]) -> Scores:
    """Play one round with a bot of each name and return its scores. Raises Unplayable."""
    bots = [Bot(host, port, name) for name in names]
    threads = [Thread(target=bot.play, name=bot.name) for bot in bots]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for bot in bots:
        if bot.failure is not None:
            raise bot.failure
    return bots[0].scores


def score_table(scores: Scores) -> str:
    """The scores as a table, the winner first."""
    lines = [f"{rank:>3}  {name:<16}{score:>5}" for rank, (name, score) in enumerate(scores, 1)]
    return "\n".join([f"{'':>3}  {'player':<16}{'coins':>5}", *lines])


def main() -> int:
    parser = argparse.ArgumentParser(description="Bots that play one round of Coin Rush.")
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("--bots", type=int, choices=range(1, len(NAMES) + 1), default=3)
    arguments = parser.parse_args()
    try:
        scores = play_round(arguments.host, arguments.port, NAMES[: arguments.bots])
    except Unplayable as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(score_table(scores))
    return 0


if __name__ == "__main__":
    sys.exit(main())
