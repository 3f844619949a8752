"""Lists of variables in one text: commas that separate, and commas that belong to a value."""

from __future__ import annotations

import click
import pytest
from hypothesis import given, strategies

from hathora_deploy.cli.official.texts import PortTexts, VariableTexts, WholeNumber, pairs


def revealed(text: str) -> dict[str, str] | None:
    found = pairs(text)
    return None if found is None else {name: value.reveal() for name, value in found}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("A=1", {"A": "1"}),
        ("A=1,B=2", {"A": "1", "B": "2"}),
        (" A = 1 , B = 2 ", {"A": "1", "B": "2"}),
        ("A=1,,B=2", {"A": "1,", "B": "2"}),
        ("a=1,b=2", {"a": "1", "b": "2"}),
        ("RUST_LOG=game_server=trace,game_shared=trace", {"RUST_LOG": "game_server=trace,game_shared=trace"}),
        ("RUST_LOG=game=trace,LEVEL=hard", {"RUST_LOG": "game=trace", "LEVEL": "hard"}),
        ("MAPS=a,b,c", {"MAPS": "a,b,c"}),
        ('CONFIG={"a":1,"b":2}', {"CONFIG": '{"a":1,"b":2}'}),
        ("""KEY='-Flag="With Spaces,And Commas"'""", {"KEY": '-Flag="With Spaces,And Commas"'}),
        ("""KEY="-Flag='With Spaces,And Commas'\"""", {"KEY": "-Flag='With Spaces,And Commas'"}),
        ("ARGS='-Mode=x,SPEED=9',B=2", {"ARGS": "-Mode=x,SPEED=9", "B": "2"}),
        ("A='it,B=2", {"A": "'it", "B": "2"}),
        ("A=", {"A": ""}),
        ("A=,B=2", {"A": "", "B": "2"}),
        ("KEY=first\nSECOND=x", {"KEY": "first\nSECOND=x"}),
        ("A", None),
        ("", None),
        ("=1", None),
    ],
)  # fmt: skip
def test_a_comma_separates_only_where_a_variable_follows(
    text: str, meant: dict[str, str] | None
) -> None:
    assert revealed(text) == meant


@given(strategies.text(alphabet="aB ,='\"=\n1", max_size=12))
def test_a_quoted_value_is_what_stands_between_the_quotes(value: str) -> None:
    quote = "'" if "'" not in value else '"'
    if quote not in value:
        assert revealed(f"KEY={quote}{value}{quote}") == {"KEY": value}


def test_the_variable_holds_a_text_or_a_variable_a_line() -> None:
    split = VariableTexts().split_envvar_value
    assert split("A=1,2\nB=3\n") == ["A=1,2", "B=3"]
    assert split("KEY=-----BEGIN\nMIIE\n-----END") == ["KEY=-----BEGIN\nMIIE\n-----END"]


def test_an_error_about_a_variable_does_not_show_it() -> None:
    with pytest.raises(click.BadParameter) as caught:
        VariableTexts().convert("hunter2", None, None)
    assert "hunter2" not in caught.value.format_message()


def test_ports_are_listed_with_commas_and_are_tcp_unless_they_say_so() -> None:
    found = PortTexts().convert("debug:4000, query:4001/udp,", None, None)
    assert [(port.name, port.port, port.transport_type) for port in found] == [
        ("debug", 4000, "tcp"),
        ("query", 4001, "udp"),
    ]


def test_whole_numbers_may_have_a_point() -> None:
    assert WholeNumber().convert("1024.0", None, None) == 1024
    for text in ("0.5", "inf", "nan", "many"):
        with pytest.raises(click.BadParameter):
            WholeNumber().convert(text, None, None)
