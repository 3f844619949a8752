"""What a token is good for, as a real cloud grants it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from hathora_deploy.api.errors import Unauthorized
from hathora_deploy.api.tokens import Scope
from hathora_deploy.cli.command_scopes import scopes_of_commands
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.checks.finding import Finding, State
from hathora_deploy.pipeline.checks.token import check_token
from tests.pipeline.long_past import QuietCloud, quiet_cloud


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QuietCloud]:
    with quiet_cloud(tmp_path_factory.mktemp("quiet")) as cloud:
        yield cloud


def check(cloud: HathoraCloud) -> Finding:
    (finding,) = check_token(cloud, needs=scopes_of_commands(), matters="deploy")
    return finding


def narrow(quiet: QuietCloud, *scopes: Scope) -> HathoraCloud:
    with quiet.client() as client:
        org = client.organizations_v1.get_orgs().orgs[0].org_id
        made = client.tokens_v1.create_org_token(
            org_id=org, name=f"narrow-{uuid.uuid4()}", scopes=list(scopes)
        )
    return quiet.client(made.plain_text_token.reveal())


def test_the_token_of_the_owner_may_do_everything(quiet: QuietCloud) -> None:
    with quiet.client() as cloud:
        finding = check(cloud)
    assert (finding.state, finding.fix) == (State.OK, None)
    assert finding.what == "good for organization local, with every scope that a command needs"


def test_a_token_that_can_deploy_is_fine_and_what_it_cannot_do_is_listed(
    quiet: QuietCloud,
) -> None:
    scopes = (Scope.APPLICATIONS_READ, Scope.BUILDS_READ_WRITE, Scope.DEPLOYMENTS_READ_WRITE)
    with narrow(quiet, *scopes) as cloud:
        finding = check(cloud)
    assert finding.state is State.OK
    assert "rooms create (processes:read-write)" in finding.what
    assert "tokens create (tokens:read-write)" in finding.what
    assert "history" not in finding.what


def test_a_token_that_only_reads_is_warned_of(quiet: QuietCloud) -> None:
    with narrow(quiet, Scope.APPLICATIONS_READ, Scope.BUILDS_READ) as cloud:
        finding = check(cloud)
        with pytest.raises(Unauthorized, match="builds:read-write"):
            cloud.builds_v3.create_build(build_size_in_bytes=1)
    assert finding.state is State.WARNING
    assert "deploy (builds:read-write, deployments:read-write)" in finding.what


def test_a_token_that_is_none_is_refused(quiet: QuietCloud) -> None:
    with quiet.client("hathora_org_nonsense") as cloud, pytest.raises(Unauthorized):
        check(cloud)
