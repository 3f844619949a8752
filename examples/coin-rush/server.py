"""The Coin Rush server: decides everything, ten times a second, and tells everybody.

    python3 server.py

One process is one room. A round starts when somebody joins and everybody who joins meanwhile is in
it; after the round the room is empty again. SIGTERM ends the server.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import signal
import socket
import sys
import time
from dataclasses import dataclass

from game import STEPS, Round
from protocol import MAX_DATAGRAM, Message, clean_name, decode, encode
from settings import Settings, read_settings

TICK_RATE = 10
"""Steps of the game per second."""
PODIUM_TICKS = 1 * TICK_RATE
"""How long the scores are sent when a round is over."""
SILENCE = 5.0
"""Seconds after which a silent player counts as gone."""

Address = tuple[str, int]


def log(text: str) -> None:
    """A line of the process's log: standard output is what Hathora keeps and shows."""
    print(time.strftime("%H:%M:%S"), text, flush=True)


@dataclass
class Seat:
    """The player behind an address, and when it was last heard of."""

    player: int
    heard_at: float


class Server:
    """A socket, the round that is played on it, and who sits behind which address."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("0.0.0.0", settings.port))
        self.round = Round()
        self.seats: dict[Address, Seat] = {}
        self.ticks = 0
        self.ignored = 0
        self.stopping = False
        self._key = secrets.token_bytes(16)

    def serve(self) -> None:
        """Play rounds until told to stop."""
        room, region = self.settings.room, self.settings.region
        log(f"room {room} in {region} is open on udp port {self.settings.port}")
        next_tick = time.monotonic()
        while not self.stopping:
            # A server that was held up goes on from now; it does not race through missed ticks.
            next_tick = max(next_tick + 1 / TICK_RATE, time.monotonic())
            self._receive_until(next_tick)
            self._tick()
        self._tell_everybody({"type": "bye"})
        self.socket.close()
        log(f"room {room} is closed; {self.ignored} datagrams made no sense and were ignored")

    def stop(self, *_: object) -> None:
        """End after the current tick; a signal handler."""
        self.stopping = True

    def _receive_until(self, moment: float) -> None:
        while (remaining := moment - time.monotonic()) > 0:
            self.socket.settimeout(remaining)
            try:
                datagram, address = self.socket.recvfrom(MAX_DATAGRAM + 1)
            except TimeoutError:
                return
            message = decode(datagram)
            if message is None or not self._handle(message, address):
                self.ignored += 1

    def _handle(self, message: Message, address: Address) -> bool:
        """Do what a message says. False when it makes no sense."""
        seat = self.seats.get(address)
        if message["type"] == "join":
            return self._join(message, address)
        if seat is None:
            return False
        seat.heard_at = time.monotonic()
        if message["type"] == "leave":
            self._remove(address, "left")
            return True
        direction = message.get("direction")
        if message["type"] != "move" or not isinstance(direction, str) or direction not in STEPS:
            return False
        self.round.players[seat.player].direction = direction
        return True

    def _join(self, message: Message, address: Address) -> bool:
        name = clean_name(message.get("name"))
        if name is None:
            return False
        # States are larger than the join that asks for them. Only an address that has shown that it
        # hears us gets any, or the server could be aimed at somebody else by a forged sender.
        if message.get("cookie") != self._cookie(address):
            self._tell(address, {"type": "challenge", "cookie": self._cookie(address)})
            return True
        if address not in self.seats:
            if self.round.is_full or self._is_over:
                self._tell(address, {"type": "full"})
                return True
            player = self.round.join(name)
            self.seats[address] = Seat(player.number, time.monotonic())
            log(f"{name} joined as player {player.number}")
            if len(self.seats) == 1:
                log(f"the round begins: {self.settings.seconds:g} seconds")
        number = self.seats[address].player
        self._tell(address, {"type": "welcome", "player": number, "room": self.settings.room})
        return True

    def _tick(self) -> None:
        if not self.seats:
            return
        self.ticks += 1
        if self._ticks_left >= 0:
            self._play()
        else:
            self._show_scores()

    def _play(self) -> None:
        self._drop_silent_players()
        self.round.step()
        self._tell_everybody(self._state())
        if self._is_over:
            scores = ", ".join(f"{name} {score}" for name, score in self.round.scores())
            log(f"the round is over: {scores}")

    def _show_scores(self) -> None:
        self._tell_everybody({"type": "over", "scores": self.round.scores()})
        if self._ticks_left <= -PODIUM_TICKS:
            self._clear()

    @property
    def _ticks_left(self) -> int:
        return round(self.settings.seconds * TICK_RATE) - self.ticks

    @property
    def _is_over(self) -> bool:
        return self._ticks_left <= 0

    def _state(self) -> Message:
        players = [[p.number, *p.cell, p.score] for p in self.round.players.values()]
        return {
            "type": "state",
            "seconds_left": self._ticks_left / TICK_RATE,
            "players": players,
            "coins": sorted(self.round.coins),
        }

    def _drop_silent_players(self) -> None:
        now = time.monotonic()
        for address, seat in list(self.seats.items()):
            if now - seat.heard_at > SILENCE:
                self._remove(address, "was not heard of any more")

    def _remove(self, address: Address, why: str) -> None:
        number = self.seats.pop(address).player
        log(f"{self.round.players[number].name} {why}")
        self.round.leave(number)
        if not self.seats:
            self._clear()

    def _clear(self) -> None:
        """Make the room ready for the next round."""
        self.seats.clear()
        self.round = Round()
        self.ticks = 0
        log("the room is empty")

    def _cookie(self, address: Address) -> str:
        return hmac.new(self._key, repr(address).encode(), hashlib.sha256).hexdigest()[:16]

    def _tell(self, address: Address, message: Message) -> None:
        self.socket.sendto(encode(message), address)

    def _tell_everybody(self, message: Message) -> None:
        datagram = encode(message)
        for address in self.seats:
            self.socket.sendto(datagram, address)


def main() -> int:
    try:
        server = Server(read_settings(os.environ))
    except (ValueError, OSError) as error:
        log(f"cannot start: {error}")
        return 1
    signal.signal(signal.SIGTERM, server.stop)
    signal.signal(signal.SIGINT, server.stop)
    server.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
