"""The rules of Coin Rush: players move on a grid and collect coins. No clock, no network."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

WIDTH = 24
HEIGHT = 12
COINS = 8
MAX_PLAYERS = 8

STEPS = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0), "stay": (0, 0)}
"""Where each direction leads, in columns and rows; row 0 is on top."""

Cell = tuple[int, int]


@dataclass
class Player:
    """Somebody in the round."""

    number: int
    name: str
    cell: Cell
    direction: str = "stay"
    score: int = 0


@dataclass
class Round:
    """One round: who plays, where the coins lie."""

    random: Random = field(default_factory=Random)
    players: dict[int, Player] = field(default_factory=dict)
    coins: set[Cell] = field(default_factory=set)
    _joined: int = 0

    def __post_init__(self) -> None:
        while len(self.coins) < COINS:
            self.coins.add(self._free_cell())

    @property
    def is_full(self) -> bool:
        return len(self.players) >= MAX_PLAYERS

    def join(self, name: str) -> Player:
        """Add a player on a free cell."""
        self._joined += 1
        player = Player(self._joined, name, self._free_cell())
        self.players[player.number] = player
        return player

    def leave(self, number: int) -> None:
        """Remove a player, score and all."""
        del self.players[number]

    def step(self) -> None:
        """Move everybody by one cell, and hand out the coins they stand on."""
        movers = list(self.players.values())
        self.random.shuffle(movers)  # or the first to join would win every race for a coin
        for player in movers:
            player.cell = _moved(player.cell, player.direction)
            if player.cell in self.coins:
                self.coins.remove(player.cell)
                player.score += 1
                self.coins.add(self._free_cell())

    def scores(self) -> list[tuple[str, int]]:
        """Names and scores, the best first."""
        ranked = sorted(self.players.values(), key=lambda player: (-player.score, player.number))
        return [(player.name, player.score) for player in ranked]

    def _free_cell(self) -> Cell:
        taken = self.coins | {player.cell for player in self.players.values()}
        free = [(x, y) for y in range(HEIGHT) for x in range(WIDTH) if (x, y) not in taken]
        return self.random.choice(free)


def _moved(cell: Cell, direction: str) -> Cell:
    (x, y), (dx, dy) = cell, STEPS[direction]
    return min(max(x + dx, 0), WIDTH - 1), min(max(y + dy, 0), HEIGHT - 1)
