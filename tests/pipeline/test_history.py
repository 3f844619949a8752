"""What a history shows, and how few calls it takes."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from hathora_deploy.api.tokens import Scope
from hathora_deploy.pipeline.history import read_history
from hathora_deploy.pipeline.running import Load
from tests.pipeline.long_past import NOW, QuietCloud, quiet_cloud


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QuietCloud]:
    with quiet_cloud(tmp_path_factory.mktemp("quiet")) as cloud:
        yield cloud


def test_ten_thousand_deployments_and_a_thousand_processes_take_a_few_calls(
    quiet: QuietCloud,
) -> None:
    app = quiet.new_app()
    deployments = quiet.deployed(app, 10_000)
    quiet.started(deployments[-1], 600)
    quiet.started(deployments[-2], 300, at=NOW)
    quiet.started(deployments[0], 100)
    asked: list[str] = []

    with quiet.client(asked=asked) as client:
        history = read_history(client, app, limit=20)

    live, earlier, *others = history.deployments
    assert [each.deployment.deployment_id for each in history.deployments] == [
        each.deployment_id for each in reversed(deployments[-20:])
    ]
    assert (live.is_live, live.image_size, live.load) == (True, 10_000 * 1024, Load(600))
    assert (earlier.is_live, earlier.load) == (False, Load(300))
    assert all(each.load == Load() and not each.is_live for each in others)
    assert history.older == Load(100)
    assert len(asked) == 1 + 20 + 1 + 10


def test_more_deployments_than_a_page_holds_are_shown_with_their_builds(quiet: QuietCloud) -> None:
    app = quiet.new_app()
    deployments = quiet.deployed(app, 130)
    asked: list[str] = []
    with quiet.client(asked=asked) as client:
        history = read_history(client, app, limit=120)
    assert [each.deployment.deployment_id for each in history.deployments] == [
        each.deployment_id for each in reversed(deployments[-120:])
    ]
    assert [each.image_size for each in history.deployments] == [
        1024 * number for number in range(130, 10, -1)
    ]
    assert len(asked) == 2 + 1 + 1


def test_an_author_that_is_the_id_of_a_token_goes_by_the_name_of_the_token(
    quiet: QuietCloud,
) -> None:
    app = quiet.new_app()
    with quiet.client() as client:
        name = f"nightly-{uuid4().hex}"
        token = client.tokens_v1.create_org_token(org_id=app.org_id, name=name).org_token
        unknown = "org-token-of-another-cloud"
        quiet.deployed(app, 1, created_by=unknown)
        quiet.deployed(app, 1, created_by=token.org_token_id)
        quiet.deployed(app, 1, created_by="ada@example.com")
        history = read_history(client, app, limit=3)
    assert [each.author for each in history.deployments] == ["ada@example.com", name, unknown]


def test_what_the_token_may_not_see_is_left_open_and_named(quiet: QuietCloud) -> None:
    app = quiet.new_app()
    (deployment,) = quiet.deployed(app, 1)
    quiet.started(deployment, 1)
    with quiet.client() as client:
        narrow = client.tokens_v1.create_org_token(
            org_id=app.org_id, name=f"narrow-{uuid4().hex}", scopes=[Scope.DEPLOYMENTS_READ]
        ).plain_text_token.reveal()
    with quiet.client(narrow) as client:
        history = read_history(client, app, limit=1)
    (only,) = history.deployments
    assert (only.image_size, only.load) == (None, None)
    assert history.hidden == ("builds", "processes")
