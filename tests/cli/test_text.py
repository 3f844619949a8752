"""What people read: harmless, aligned, in units they know."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from hathora_deploy.cli.terminal import harmless
from hathora_deploy.cli.text import ago, aligned, moment, short_tag, size


@pytest.mark.parametrize(
    ("text", "with_colours", "without"),
    [
        ("plain text\twith a tab", "plain text\twith a tab", "plain text\twith a tab"),
        ("\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m", "red"),
        ("\x1b[38;5;196mred", "\x1b[38;5;196mred\x1b[0m", "red"),
        ("\x1b[2J\x1b[Hgone", "gone", "gone"),
        ("\x1b]0;a title\x07text", "text", "text"),
        ("\x1b]52;c;cm0gLXJmIH4=\x1b\\clipboard", "clipboard", "clipboard"),
        ("\x1bPdevice control\x1b\\text", "text", "text"),
        ("\x1b]0;never closed", "", ""),
        ("\x1bcreset", "reset", "reset"),
        ("\x9b2Jeight-bit", "2Jeight-bit", "2Jeight-bit"),
        ("bell\x07 back\x08space \x7f", "bell backspace ", "bell backspace "),
        ("10%\r20%\r\n", "10%\n20%\n", "10%\n20%\n"),
        ("caf\xe9 →", "caf\xe9 →", "caf\xe9 →"),
    ],
)
def test_a_terminal_gets_no_control_sequence_but_colours(
    text: str, with_colours: str, without: str
) -> None:
    assert harmless(text, colours=True) == with_colours
    assert harmless(text, colours=False) == without


@given(st.text(st.sampled_from("\x1b[]m;0J\x07\x9b\x9dPX\\ab\r\n\t\x00")))
def test_whatever_is_printed_without_colours_holds_no_control_character(text: str) -> None:
    clean = harmless(text, colours=False)
    assert all(character.isprintable() or character in "\t\n" for character in clean)
    assert harmless(clean, colours=False) == clean


def test_cells_stand_below_each_other() -> None:
    assert aligned([["A", "NAME"], ["long", "x"], ["b", ""]]) == ["A     NAME", "long  x", "b"]


def test_a_cell_cannot_begin_a_line_of_its_own() -> None:
    assert aligned([["evil\nerror: all is lost", "x"]]) == ["evil error: all is lost  x"]


@pytest.mark.parametrize(
    ("elapsed", "text"),
    [
        (timedelta(seconds=-5), "0 s ago"),
        (timedelta(seconds=59), "59 s ago"),
        (timedelta(minutes=3, seconds=20), "3 min ago"),
        (timedelta(hours=5, minutes=59), "5 h ago"),
        (timedelta(days=400), "400 d ago"),
    ],
)
def test_a_duration_is_told_in_its_largest_unit(elapsed: timedelta, text: str) -> None:
    assert ago(elapsed) == text


def test_a_moment_is_told_by_its_distance_and_on_the_clock() -> None:
    text = moment(datetime.now(UTC) - timedelta(hours=2))
    assert text.startswith("2 h ago, 20")
    assert datetime.fromisoformat(text.removeprefix("2 h ago, ")).tzinfo is not None
    assert moment(None) == "-"


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (38.1 * 2**20, "38.1 MiB"),
        (5 * 2**30, "5.0 GiB"),
        (3000 * 2**30, "3000.0 GiB"),
    ],
)
def test_bytes_are_told_in_binary_units(count: float, text: str) -> None:
    assert size(count) == text


def test_a_git_sha_in_a_tag_is_cut_to_what_people_write() -> None:
    assert short_tag("3e6cbb463a6e1ab57d57c20a96465f6130cbab43-dirty") == "3e6cbb4-dirty"
    assert short_tag("v1.2.0") == "v1.2.0"


def test_a_tag_of_several_lines_is_told_on_one() -> None:
    assert short_tag("v1\n::error::owned") == "v1 ::error::owned"
