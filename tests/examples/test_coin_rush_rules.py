from __future__ import annotations

from random import Random

import pytest
from game import COINS, HEIGHT, MAX_PLAYERS, WIDTH, Round
from protocol import MAX_DATAGRAM, clean_name, decode, encode
from settings import DEFAULT_PORT, read_settings


def test_a_coin_is_worth_a_point_and_a_new_one_appears() -> None:
    game = Round(Random(1))
    player = game.join("ada")
    coin = next(iter(game.coins))
    player.cell = coin
    game.step()
    assert player.score == 1
    assert coin not in game.coins
    assert len(game.coins) == COINS


def test_nobody_leaves_the_grid() -> None:
    game = Round(Random(1))
    player = game.join("ada")
    for direction in ("up", "left", "down", "right"):
        player.direction = direction
        for _ in range(2 * max(WIDTH, HEIGHT)):
            game.step()
    assert player.cell == (WIDTH - 1, HEIGHT - 1)


def test_the_best_score_comes_first_and_a_tie_goes_by_who_came_first() -> None:
    game = Round(Random(1))
    for name, score in [("ada", 2), ("bo", 5), ("cy", 2)]:
        game.join(name).score = score
    assert game.scores() == [("bo", 5), ("ada", 2), ("cy", 2)]


def test_a_full_state_fits_into_one_datagram() -> None:
    game = Round(Random(1))
    players = [game.join("x" * 16) for _ in range(MAX_PLAYERS)]
    rows = [[player.number, *player.cell, 9999] for player in players]
    state = {"type": "state", "seconds_left": 599.9, "players": rows, "coins": sorted(game.coins)}
    assert len(encode(state)) <= MAX_DATAGRAM


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"\xff\x00",
        b"[]",
        b'"join"',
        b"{}",
        b'{"type": 7}',
        b"[" * MAX_DATAGRAM,
        b'{"type": "join", "name": "' + b"x" * MAX_DATAGRAM + b'"}',
    ],
)
def test_what_is_no_message_is_none(datagram: bytes) -> None:
    assert decode(datagram) is None


def test_a_name_cannot_forge_a_line_of_the_log() -> None:
    assert clean_name("ada\n12:00:00 admin joined\x1b[2J") == "ada12:00:00 admi"
    assert clean_name(" \n\t") is None
    assert clean_name(["ada"]) is None


def test_without_an_environment_the_port_of_the_dockerfile_is_used() -> None:
    assert read_settings({}).port == DEFAULT_PORT


def test_the_port_that_players_use_is_not_the_one_to_listen_on() -> None:
    assert read_settings({"HATHORA_DEFAULT_PORT": "34567"}).port == DEFAULT_PORT


def test_an_empty_room_config_is_no_room_config() -> None:
    assert read_settings({"HATHORA_INITIAL_ROOM_CONFIG": ""}) == read_settings({})


@pytest.mark.parametrize(
    "environ",
    [
        {"PORT": "seventy"},
        {"PORT": "70000"},
        {"HATHORA_INITIAL_ROOM_CONFIG": "fast"},
        {"HATHORA_INITIAL_ROOM_CONFIG": "[]"},
        {"HATHORA_INITIAL_ROOM_CONFIG": '{"seconds": true}'},
        {"HATHORA_INITIAL_ROOM_CONFIG": '{"seconds": 0}'},
        {"HATHORA_INITIAL_ROOM_CONFIG": '{"seconds": NaN}'},
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(environ: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="must be"):
        read_settings(environ)
