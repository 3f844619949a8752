from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from hathora_deploy.pipeline.ignore import parse_ignore_file
from hathora_deploy.pipeline.ignore_pattern import IgnoreSyntaxError

# What the Docker engine answers, by its documentation and by running it (test_ignore_engine.py).
SINGLE_PATTERNS = [
    ("game", "game", True),
    ("game", "assets/game", False),
    ("game", "game/a/b", True),
    ("/game", "game", True),
    ("game/", "game", True),
    ("./game", "game", True),
    ("assets/../game", "game", True),
    ("assets//maps", "assets/maps", True),
    ("*.log", "a.log", True),
    ("*.log", "logs/a.log", False),
    ("*/*.log", "logs/a.log", True),
    ("*", ".hidden", True),
    ("*", "assets/maps/a", True),
    ("**", "assets/maps/a", True),
    ("**/*.log", "a.log", True),
    ("**/*.log", "a/b/c.log", True),
    ("**/logs", "logs", True),
    ("**/logs", "a/logs/b", True),
    ("**/logs", "catalogs", False),
    ("**/logs/**", "logs", False),
    ("**/logs/**", "a/logs/b/c", True),
    ("assets/**", "assets", False),
    ("assets/**", "assets/a/b", True),
    ("assets**", "assets-old/a", True),
    ("assets/**/a", "assets/a", True),
    ("assets/**/a", "assets/b/c/a", True),
    ("**/**/*.log", "a.log", True),
    ("**.log", "a/b.log", True),
    ("**ame", "assets/game", True),
    ("**ame*", "assets/game", False),
    ("a**/*.log", "a/b/c.log", True),
    ("ga?e", "game", True),
    ("ga?e", "gae", False),
    ("ga?e", "ga/e", False),
    ("gam[a-f]", "game", True),
    ("gam[^a-f]", "game", False),
    ("gam[^a-f]", "gamx", True),
    ("gam[!a-f]", "game", True),  # Go knows ^ only: this is a class that holds a "!"
    ("gam[^x]e", "gam/e", True),  # no wildcard matches "/", but a class does
    ("**/a", "b\nc/a", True),
    ("**/a*", "b\nc/a", False),  # and "**" no line end, unless the rest is spelled out
    ("{a,b}*", "a", False),
    ("{a,b}*", "{a,b}c", True),
    ("/!game", "game", False),
    ("\u3000game\u3000", "game", True),
    ("\x1cgame", "game", False),
    ("caf\udce9*", "caf\udce9.txt", True),
    ("[\\]a]", "]", True),
    ("[x\\-]", "-", True),
    ("a\\*b", "a*b", True),
    ("a\\*b", "axb", False),
    ("a\\\\", "a\\", True),
    ("a.b", "axb", False),
    ("a(b)|{c}+$^", "a(b)|{c}+$^", True),
    ("zähler?", "zählerß", True),
    (".", "game", False),
    ("/", "game", False),
]

SEVERAL_PATTERNS = [
    (["*", "!game"], "game", False),
    (["*", "!game"], "assets", True),
    (["!game", "*"], "game", True),
    (["assets", "!assets/maps"], "assets/maps/a", False),
    (["assets", "!assets/maps"], "assets/a", True),
    (["assets", "!assets/maps", "assets/maps/b"], "assets/maps/b", True),
    (["**", "!**/*.json"], "a/b/c.json", False),
    (["*.md", "!README*.md", "README-secret.md"], "README-secret.md", True),
    (["*.md", "README-secret.md", "!README*.md"], "README-secret.md", False),
    (["a", "! a/b "], "a/b", False),
    (["a", "!/a/b"], "a/b", False),
    (["a", "!a/b", "*"], "a/b", False),  # "*" changes nothing about a, so it is not kept in mind
    (["*/b", "!a"], "a/b", True),  # nor is "!a"
    (["a", "/!a/b"], "a/b", False),
]


@pytest.mark.parametrize(("pattern", "path", "ignored"), SINGLE_PATTERNS)
def test_a_pattern_matches_what_it_matches_in_the_engine(
    pattern: str, path: str, ignored: bool
) -> None:
    assert parse_ignore_file(pattern).ignores(path) is ignored


@pytest.mark.parametrize(("patterns", "path", "ignored"), SEVERAL_PATTERNS)
def test_the_last_pattern_that_matches_decides(
    patterns: list[str], path: str, ignored: bool
) -> None:
    assert parse_ignore_file("\n".join(patterns)).ignores(path) is ignored


def test_comments_blank_lines_line_ends_and_a_byte_order_mark_are_no_patterns() -> None:
    rules = parse_ignore_file("\ufeff# all\r\n\r\n   \r\n  game  \r\n #game2\r\n")
    assert rules.ignores("game")
    assert rules.ignores("#game2")  # a comment begins at the very start of its line
    assert len(rules.patterns) == 2


@pytest.mark.parametrize(
    "line", ["!", "!/", "[", "a[", "[]a]", "[^", "[-x]", "[x-]", "[a-b-c]", "[z-a]", "a\\"]
)
def test_a_line_that_is_no_pattern_is_named(line: str) -> None:
    with pytest.raises(IgnoreSyntaxError, match=f"line 2: {re.escape(repr(line))}"):
        parse_ignore_file(f"game\n{line}\n")


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("Assets\\Temp", r"folders are separated by /, so \\T has no meaning"),
        ("bin\\Debug", "folders are separated by /"),
        ("a|b*", r"'\|' needs a backslash"),
        ("^*.log", r"'\^' needs a backslash"),
        ("v{2}*", r"'{' needs a backslash"),
        ("[*]", r"'\*' in \[\] needs a backslash"),
        ("[[:alpha:]]", r"'\[' in \[\] needs a backslash"),
    ],
)
def test_what_the_engine_would_misread_is_refused_with_what_to_write(line: str, hint: str) -> None:
    with pytest.raises(IgnoreSyntaxError, match=hint):
        parse_ignore_file(line)


@pytest.mark.parametrize("line", ["a|b", "^a", "v{2}", "a\\|b*", "[|^{]*"])
def test_and_only_there(line: str) -> None:
    assert parse_ignore_file(line).patterns


def test_a_verdict_tells_the_line_that_decided() -> None:
    rules = parse_ignore_file("# maps\nmaps\n*.log\n!maps/new\n")
    maps = rules.judge("maps")
    assert maps.pattern is not None
    assert (maps.pattern.line, maps.pattern.text) == (2, "maps")
    below = rules.judge("maps/old", maps)
    assert below.is_ignored
    assert below.pattern == maps.pattern
    back = rules.judge("maps/new", maps)
    assert back.pattern is not None
    assert (back.is_ignored, back.pattern.line, back.pattern.text) == (False, 4, "!maps/new")
    assert rules.judge("game").pattern is None


def test_hundreds_of_patterns_are_one_expression() -> None:
    rules = parse_ignore_file("\n".join(f"**/*.{number}" for number in range(500)))
    assert rules.ignores("a/b/c.499")
    assert not rules.ignores("a/b/c.500")


NAMES = st.text("ab.*?![]^\\-", min_size=1, max_size=4).filter(lambda name: name not in (".", ".."))
STEPS = st.text("ab.", min_size=1, max_size=3)
PATHS = st.lists(STEPS, min_size=1, max_size=4).map("/".join)


@given(st.lists(NAMES, max_size=4), PATHS)
def test_any_text_is_either_refused_or_decides_about_any_path(lines: list[str], path: str) -> None:
    try:
        rules = parse_ignore_file("\n".join(lines))
    except IgnoreSyntaxError:
        return
    assert rules.ignores(path) in (True, False)


@given(st.lists(st.text("ab*/!", min_size=1, max_size=6), max_size=5), PATHS)
def test_an_ignored_folder_is_entered_when_something_below_it_comes_back(
    lines: list[str], path: str
) -> None:
    try:
        rules = parse_ignore_file("\n".join(lines))
    except IgnoreSyntaxError:
        return
    above = path.split("/")[:-1]
    if not rules.ignores(path):
        folders = ["/".join(above[: depth + 1]) for depth in range(len(above))]
        assert all(
            not rules.ignores(folder) or rules.may_bring_back_below(folder) for folder in folders
        )


@given(PATHS)
def test_a_path_spelled_out_ignores_itself_and_what_is_below(path: str) -> None:
    rules = parse_ignore_file("".join(f"\\{each}" if each == "." else each for each in path))
    if any(step in (".", "..") for step in path.split("/")):
        return
    assert rules.ignores(path)
    assert rules.ignores(f"{path}/below")
    assert not rules.ignores(f"{path}x")
