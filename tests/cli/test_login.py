"""A token is kept where every command finds it, and nobody else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hathora_deploy.cli.errors import SettingsError
from hathora_deploy.cli.kept_tokens import KeptTokens
from hathora_deploy.client import HathoraCloud
from hathora_deploy.client.endpoint import canonical_endpoint
from hathora_deploy.secret import Secret

from .conftest import Run
from .terminal import on_terminal

if TYPE_CHECKING:
    from hathora_deploy.cloud.daemon import RunningCloud

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it asks a cloud of this machine")

RINGS = """\
import json, os, sys, time
from keyring.backend import KeyringBackend

class Ring(KeyringBackend):
    priority = 9
    name = "Ring of a test"
    file = os.environ["RING"]

    def get_password(self, service, name):
        return json.load(open(self.file)).get(name) if os.path.exists(self.file) else None

    def set_password(self, service, name, text):
        print("stored")
        seen = open("/proc/self/cmdline").read() + open("/proc/self/environ").read()
        json.dump({name: text, "seen": seen.replace(chr(0), " ")}, open(self.file, "w"))

    def delete_password(self, service, name):
        os.remove(self.file)

class Hanging(Ring):
    def get_password(self, service, name):
        time.sleep(600)
    def set_password(self, service, name, text):
        time.sleep(600)

class Asking(Ring):
    def set_password(self, service, name, text):
        open("/dev/tty", "w").write("password of the keyring: ")

class Telling(Ring):
    def set_password(self, service, name, text):
        print(text, file=sys.stderr)
        raise RuntimeError(text)

class Plain(Ring):
    priority = 0.5
"""


class Person:
    """Somebody with a home, who logs in to a cloud that is not the one of the home."""

    def __init__(self, run: Run, home: Path, endpoint: str, token: str) -> None:
        self._run = run
        self.home, self.endpoint, self.token = home, endpoint, token
        self.tokens = home / ".config" / "hathora-deploy" / "tokens"
        rings = home / "rings"
        rings.mkdir()
        (rings / "rings.py").write_text(RINGS)

    def types(
        self, *words: str, code: int = 0, stdin: str = "", ring: str = "", **more: str
    ) -> str:
        """All that a command prints; no token ever."""
        variables = {"HATHORA_KEYRING_TIMEOUT": "3" if ring == "Hanging" else "60", **more}
        if ring:
            variables |= {
                "PYTHONPATH": str(self.home / "rings"),
                "PYTHON_KEYRING_BACKEND": f"rings.{ring}",
                "RING": str(self.home / "ring.json"),
            }
        done = self._run(*words, stdin=stdin, **variables)
        said = done.stdout + done.stderr
        assert done.returncode == code, said
        assert self.token not in said
        return said

    def logs_in(self, **more: str) -> str:
        return self.types("login", "--endpoint", self.endpoint, stdin=f"{self.token}\n", **more)

    def asks(self, code: int = 0, **more: str) -> str:
        return self.types("apps", "--endpoint", self.endpoint, code=code, **more)

    def files(self) -> str:
        found = [path for path in self.home.rglob("*") if path.is_file()]
        return "".join(path.read_text(errors="replace") for path in found)


@pytest.fixture
def person(run: Run, tmp_path: Path, local_cloud: RunningCloud) -> Iterator[Person]:
    """The token is one that may do little, and is revoked in the end."""
    with HathoraCloud(local_cloud.token, endpoint=local_cloud.endpoint) as cloud:
        org = cloud.organizations_v1.get_orgs().orgs[0].org_id
        made = cloud.tokens_v1.create_org_token(
            org_id=org, name=tmp_path.name, scopes=["applications:read"]
        )
        yield Person(run, tmp_path, local_cloud.endpoint, made.plain_text_token.reveal())
        cloud.tokens_v1.revoke_org_token(org_id=org, org_token_id=made.org_token.org_token_id)


def test_a_token_is_asked_for_without_echo_and_then_found(
    person: Person, environment: dict[str, str]
) -> None:
    words = [sys.executable, "-m", "hathora_deploy", "login", "--endpoint", person.endpoint]

    shown = on_terminal(
        words, cwd=person.home, env=environment, prompt="Token of", typed=person.token
    )

    assert shown.returncode == 0, shown.text
    assert person.token not in shown.text
    assert "applications:read" in shown.text
    (file,) = person.tokens.iterdir()
    assert str(file) in shown.text
    assert (file.stat().st_mode & 0o777, person.tokens.stat().st_mode & 0o777) == (0o600, 0o700)
    assert person.asks() == "there are no apps\n"


def test_a_token_of_a_pipe_is_kept_for_its_endpoint_alone(person: Person) -> None:
    assert "no token for it" in person.asks(code=2)
    person.logs_in()

    person.asks()
    person.types("apps", HATHORA_CLOUD_ENDPOINT=f"{person.endpoint}/".replace("http", "HTTP"))
    other = person.types("apps", "--endpoint", "http://127.0.0.1:1", code=2)
    assert "hathora-deploy login --endpoint http://127.0.0.1:1" in other
    status = json.loads(person.types("login", "--status", "-o", "json"))
    assert [each["endpoint"] for each in status["logins"]] == [person.endpoint]
    assert "local" in person.types("login", "--status")


def test_what_is_named_wins_over_what_is_kept(person: Person) -> None:
    person.logs_in()
    assert "HATHORA_TOKEN is set" in person.logs_in(HATHORA_TOKEN="wrong")
    person.asks(HATHORA_TOKEN="")
    person.asks(code=1, HATHORA_TOKEN="wrong")
    person.types("apps", "--endpoint", person.endpoint, "--token", "wrong", code=1)


@pytest.mark.parametrize("stdin", ["wrong", "", "two\nlines", "\0"])
def test_what_the_endpoint_does_not_accept_is_not_kept(person: Person, stdin: str) -> None:
    code = 1 if stdin == "wrong" else 2
    assert "hint: " in person.types("login", "--endpoint", person.endpoint, stdin=stdin, code=code)
    assert not person.tokens.exists()


@pytest.mark.parametrize("words", [["hush"], ["--token", "hush"], ["--token=hush"], ["-thush"]])
def test_a_token_on_the_command_line_is_refused_and_not_repeated(
    person: Person, words: list[str]
) -> None:
    said = person.types("login", "--endpoint", person.endpoint, *words, code=2)
    assert "hint: hathora-deploy login --help" in said
    assert "hush" not in said


def test_a_kept_token_that_was_revoked_is_told_with_the_way_out(person: Person) -> None:
    person.logs_in()
    (file,) = person.tokens.iterdir()
    file.write_text(file.read_text().replace(person.token, "revoked"))
    said = person.asks(code=1)
    assert f"good no longer: hathora-deploy login --endpoint {person.endpoint}" in said


@pytest.mark.parametrize(
    ("mode", "fix"), [("file", "chmod 600 "), ("folder", "chmod 700 "), ("damaged", "rm ")]
)
def test_a_file_that_others_may_have_touched_is_refused_with_the_fix(
    person: Person, mode: str, fix: str
) -> None:
    person.logs_in()
    (file,) = person.tokens.iterdir()
    if mode == "damaged":
        file.write_text(f'{{"endpoint": 1, "token": "{person.token}"')
    else:
        (file if mode == "file" else person.tokens).chmod(0o755)
    assert fix + str(person.tokens) in person.asks(code=2)
    person.types("login", "--status", code=2)
    person.types("cloud", "status", code=3)


def test_logout_forgets(person: Person) -> None:
    person.logs_in()
    assert person.types("logout", "-o", "json").split() == [
        "{", '"forgotten":', "[", f'"{person.endpoint}"', "]", "}",
    ]  # fmt: skip
    assert "no token for it" in person.asks(code=2)
    assert person.token not in person.files()
    assert "no token is kept" in person.types("logout", "--endpoint", person.endpoint)


def test_a_keyring_keeps_the_token_and_no_process_list_shows_it(person: Person) -> None:
    assert "Ring of a test" in person.logs_in(ring="Ring")
    ring = json.loads((person.home / "ring.json").read_text())
    assert ring[person.endpoint] == person.token
    assert person.token not in ring["seen"]
    assert all(person.token not in file.read_text() for file in person.tokens.iterdir())

    person.asks(ring="Ring")
    assert "not asked in a pipeline" in person.asks(ring="Ring", CI="true", code=2)
    person.types("logout", ring="Ring", CI="true", code=2)
    assert "is not there any more" in person.types("logout", code=1)
    person.types("logout", ring="Ring")
    assert not (person.home / "ring.json").exists()


@pytest.mark.parametrize(
    ("ring", "told"),
    [
        ("Hanging", "did not answer within 3 s"),
        ("Asking", "the system keyring failed: OSError"),
        ("Telling", "the system keyring failed: RuntimeError"),
        ("Plain", ""),
        ("NoSuchKeyring", "the system keyring failed"),
    ],
)
def test_a_keyring_that_cannot_keep_a_secret_quietly_is_not_used(
    person: Person, ring: str, told: str
) -> None:
    said = person.logs_in(ring=ring)
    assert told in said
    assert "which only you can read" in said
    person.asks(ring=ring)


def test_a_keyring_that_hangs_or_has_lost_the_token_ends_a_command_with_a_hint(
    person: Person,
) -> None:
    person.logs_in(ring="Ring")
    said = person.asks(ring="Hanging", code=1)
    assert "waiting for the system keyring" in said
    assert "HATHORA_KEYRING_TIMEOUT" in said
    (person.home / "ring.json").unlink()
    lost = person.asks(ring="Ring", code=2)
    assert f"hathora-deploy login --endpoint {person.endpoint}" in lost


def test_the_keyring_of_gnome_keeps_a_token(person: Person, environment: dict[str, str]) -> None:
    for program in ("dbus-run-session", "gnome-keyring-daemon"):
        if shutil.which(program) is None:
            pytest.skip("apt-get install dbus gnome-keyring")
    tool = f'"{sys.executable}" -m hathora_deploy'
    script = f"""
        printf %s of-the-keyring | gnome-keyring-daemon --unlock --components=secrets >&2
        printenv CLOUD_TOKEN | {tool} login --endpoint {person.endpoint}
        {tool} apps --endpoint {person.endpoint}
        {tool} logout
        {tool} apps --endpoint {person.endpoint} || echo forgotten
    """
    done = subprocess.run(
        ["dbus-run-session", "--", "/bin/sh", "-euc", script],
        # An empty variable, as pipelines have them, names no keyring.
        env={**environment, "PYTHON_KEYRING_BACKEND": "", "CLOUD_TOKEN": person.token},
        cwd=person.home,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "in the system keyring (SecretService Keyring)" in done.stdout
    assert "there are no apps" in done.stderr
    assert done.stdout.endswith("forgotten\n")
    assert person.token not in done.stdout + done.stderr + person.files()


def test_another_users_file_is_refused(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file to another user")
    kept = KeptTokens(tmp_path / "tokens", keyring=None)
    made = kept.keep_in_file("http://e", Secret("hush"), ())
    os.chown(made.file, 1, 1)
    with pytest.raises(SettingsError, match="belongs to another user"):
        kept.find("http://e")


def test_two_who_log_in_at_once_to_two_endpoints_lose_none(tmp_path: Path) -> None:
    first = KeptTokens(tmp_path, keyring=None)
    second = KeptTokens(tmp_path, keyring=None)
    first.keep("http://a", Secret("1"), ("one",))
    second.keep("http://b", Secret("2"), ())
    assert [each.endpoint for each in first.list()] == ["http://a", "http://b"]
    assert "1" not in repr(first.list()[0].token)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("HTTPS://Cloud.Example.com:443/", "https://cloud.example.com"),
        ("http://127.0.0.1:7350//", "http://127.0.0.1:7350"),
        ("https://cloud.example.com/Api/", "https://cloud.example.com/Api"),
        ("http://[::1]:80", "http://[::1]"),
        ("https://cloud.example.com:80", "https://cloud.example.com:80"),
    ],
)
def test_one_endpoint_has_one_token_however_it_is_written(written: str, canonical: str) -> None:
    assert canonical_endpoint(written) == canonical
