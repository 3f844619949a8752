"""Words as pipelines type them for Go's flags come to what was meant."""

from __future__ import annotations

import pytest

from hathora_deploy.cli.official.arguments import normalized
from hathora_deploy.cli.official.flags import FLAGS


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("deploy --file server", "deploy --file=server"),
        ("deploy -file server", "deploy --file=server"),
        ("deploy -bt v1 -hup -b=1", "deploy --build-tag=v1 --hide-upload-progress=true --build-id=1"),
        ("-t T -a A build info -b 1", "build info --token=T --app-id=A --build-id=1"),
        ("build --app-id A list", "build list --app-id=A"),
        ("build list -vvv", "build list --verbose=true --verbose=true --verbose=true"),
        ("--verbose deploy", "deploy --verbose=true"),
        ("deploy --env -x=1 --env=A=b=c", "deploy --env=-x=1 --env=A=b=c"),
        ("deploy --from-latest --file x", "deploy --from-latest=true --file=x"),
        ("deploy --endpoint http://x", "deploy --hathora-cloud-endpoint=http://x"),
        ("deploy --config", "deploy --config"),
        ("deploy --nonsense x", "deploy x --nonsense"),
        ("deploy ./server", "deploy ./server"),
        ("deploy -- -x", "deploy -- -x"),
        ("help deploy", "deploy --help"),
        ("build help info", "build info --help"),
        ("build h", "build --help"),
        ("--token T", ""),
        ("--version", "--version"),
        ("", ""),
    ],
)  # fmt: skip
def test_flags_stand_where_they_like_and_go_by_all_their_names(line: str, meant: str) -> None:
    assert normalized(line.split(), FLAGS) == meant.split()


@pytest.mark.parametrize("word", ["false", "F", "0", "true", "T", "1"])
def test_a_switch_takes_the_next_word_if_that_says_yes_or_no(word: str) -> None:
    words = ["deploy", "--idle-timeout-enabled", word, "--from-latest"]
    assert normalized(words, FLAGS) == [
        "deploy",
        f"--idle-timeout-enabled={word}",
        "--from-latest=true",
    ]
