from __future__ import annotations

import pytest

from hathora_deploy.cloud.origins import Origins


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("https://play.example.org", "https://play.example.org"),
        ("HTTPS://Play.Example.org:443", "https://play.example.org"),
        ("http://localhost:80", "http://localhost"),
        ("http://localhost:5173", "http://localhost:5173"),
        ("https://play.example.org:80", "https://play.example.org:80"),
        ("http://[::1]:5173", "http://[::1]:5173"),
    ],
)
def test_an_origin_is_known_as_browsers_send_it(typed: str, sent: str) -> None:
    assert sent in Origins.parse(typed)


def test_no_other_origin_is_among_them() -> None:
    origins = Origins.parse("https://play.example.org, http://localhost:5173")
    for other in (
        "http://play.example.org",
        "https://play.example.org:8443",
        "https://play.example.org.evil.test",
        "https://evil.play.example.org",
        "http://localhost",
        "null",
        "*",
        "",
    ):
        assert other not in origins


def test_a_star_is_any_origin_also_that_of_a_file() -> None:
    assert "null" in Origins.parse("*")
    assert "https://anywhere.test" in Origins.parse("http://localhost:5173,*")


@pytest.mark.parametrize(
    "text",
    [
        "play.example.org",
        "https://",
        "https://play.example.org/",
        "https://play.example.org/game",
        "https://play.example.org?x",
        "https://user@play.example.org",
        "https://*.example.org",
        "https://play.example.org:0x50",
        "https://play.example.org:99999",
        "https://[::1",
        "https://0.0.0.0",
        "https://a b",
        "file:///game.html",
        "null",
        "https://a.test,,https://b.test",
        "",
    ],
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^is no origin such as https://play\.example\.org"):
        Origins.parse(text)
