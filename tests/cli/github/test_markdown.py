"""What others have written is shown as it is."""

from __future__ import annotations

import pytest

from hathora_deploy.cli.github.markdown import block, code, plain


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("@octocat", "@octocat"),
        ("see #12", "#12"),
        ("www.example.com", "www."),
        ("http://a", "://"),
    ],
)
def test_a_name_makes_no_link_and_notifies_nobody(text: str, link: str) -> None:
    # GitHub looks for names and numbers once it has read &#35; as #.
    assert link not in plain(text).replace("&#35;", "#")


def test_code_can_be_copied_as_it_is() -> None:
    assert code("fix/@a-#12") == "<code>fix/@a-&#35;12</code>"


def test_a_line_without_an_end_leaves_room_for_the_others() -> None:
    shown = block(["x" * 3_000_000, "```` | <script>"])
    assert len(shown) < 1100
    assert shown.splitlines()[-2:] == ["```` | <script>", "`" * 5]
