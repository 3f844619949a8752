"""The users of the cloud of this machine, from the command line, whether it runs or not."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from hathora_deploy.api.errors import Unauthorized
from hathora_deploy.client import HathoraCloud

from .conftest import Run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the cloud runs on Linux and macOS")


@pytest.fixture
def endpoint(run: Run) -> Iterator[str]:
    """Of a cloud that runs on the folder of the test."""
    started = run("cloud", "start", "--port", "0", "--runtime", "process", "-o", "json")
    yield str(json.loads(started.stdout)["endpoint"])
    run("cloud", "stop")


def test_a_user_who_is_added_while_the_cloud_runs_can_call_it_at_once(
    run: Run, endpoint: str
) -> None:
    added = run("cloud", "users", "add", "Ann@Example.com", "--role", "member")

    (token,) = added.stdout.splitlines()
    assert token not in added.stderr
    with closing(HathoraCloud(token, endpoint=endpoint)) as cloud:
        (org,) = cloud.organizations_v1.get_orgs().orgs
        (member,) = cloud.organizations_v1.get_org_members(org_id=org.org_id).members
    assert (member.user_email, member.scopes) == ("ann@example.com", "member")
    assert member.last_login is not None


def test_a_fresh_cloud_has_no_members_only_the_token_of_its_folder(
    run: Run, endpoint: str, tmp_path: Path
) -> None:
    token = (tmp_path / "cloud" / "token").read_text()
    with closing(HathoraCloud(token, endpoint=endpoint)) as cloud:
        (org,) = cloud.organizations_v1.get_orgs().orgs
        assert cloud.organizations_v1.get_org_members(org_id=org.org_id).members == []
    assert run("cloud", "users").stderr == "there are no users\n"


def test_users_are_managed_while_the_cloud_does_not_run(run: Run, endpoint: str) -> None:
    run("cloud", "stop")

    run("cloud", "users", "add", "ann@example.com")
    again = run("cloud", "users", "add", "ANN@example.com", "--role", "admin", "-o", "json")
    (ann,) = json.loads(run("cloud", "users", "-o", "json").stdout)["users"]

    assert json.loads(again.stdout)["email"] == ann["email"] == "ann@example.com"
    assert ann["goodTokens"] == 2
    assert [org["scopes"] for org in ann["orgs"]] == ["admin"]
    assert "ann@example.com  admin   2       -" in run("cloud", "users").stdout


@pytest.mark.parametrize("word", ["revoke", "remove"])
def test_a_user_whose_tokens_are_revoked_or_who_is_removed_is_refused_at_once(
    run: Run, endpoint: str, word: str
) -> None:
    token = run("cloud", "users", "add", "ann@example.com", "--role", "admin").stdout.strip()
    with closing(HathoraCloud(token, endpoint=endpoint)) as cloud:
        assert cloud.organizations_v1.get_orgs().orgs

        assert run("cloud", "users", word, "Ann@example.com").returncode == 0

        with pytest.raises(Unauthorized):
            cloud.organizations_v1.get_orgs()
    left = json.loads(run("cloud", "users", "-o", "json").stdout)["users"]
    assert [user["goodTokens"] for user in left] == ([0] if word == "revoke" else [])


def test_mistakes_are_named_and_change_nothing(run: Run, endpoint: str) -> None:
    for words, problem in (
        (("add", "ann example"), "this is no email address"),
        (("revoke", "nobody@example.com"), "there is no user nobody@example.com"),
        (("remove", "nobody@example.com"), "there is no user nobody@example.com"),
    ):
        refused = run("cloud", "users", *words)
        assert refused.returncode == 1
        assert problem in refused.stderr
        assert "hint: " in refused.stderr
    assert run("cloud", "users").stderr == "there are no users\n"


def test_a_folder_without_a_cloud_is_named_and_not_made(run: Run, tmp_path: Path) -> None:
    refused = run("cloud", "users", "add", "ann@example.com")

    assert refused.returncode == 1
    assert f"there is no cloud in {tmp_path / 'cloud'}" in refused.stderr
    assert not (tmp_path / "cloud").exists()
