"""Where a rollback goes, told by the order in which builds were deployed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hathora_deploy.api.builds import BuildStatus, BuildV3
from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.api.network import ContainerPort, TransportType
from hathora_deploy.pipeline.rollback_target import build_problem, named, one_before, runs_same

BEGIN = datetime(2026, 11, 22, tzinfo=UTC)


def deployment(number: int, build: str, tag: str | None = None, cpu: float = 0.5) -> DeploymentV3:
    return DeploymentV3(
        app_id="app-1",
        build_id=f"bld-{build}",
        deployment_id=f"dep-{number}",
        requested_cpu=cpu,
        requested_memory_mb=1024,
        created_by="me",
        created_at=BEGIN + timedelta(hours=number),
        default_container_port=ContainerPort(
            name="default", port=7777, transport_type=TransportType.UDP
        ),
        additional_container_ports=[],
        rooms_per_process=1,
        env=[],
        idle_timeout_enabled=True,
        deployment_tag=tag,
    )


@pytest.mark.parametrize(
    ("deployed", "expected"),
    [
        ("A", None),
        ("AB", 0),
        ("AAB", 1),
        ("ABB", 0),
        ("ABA", None),  # B was gone back from: it is no place to go back to
        ("ABCB", 0),
        ("ABCBA", None),
        ("ABAB", 2),  # B was tried once more
        ("ABABC", 3),
        ("ABCAD", 3),
    ],
)
def test_it_goes_to_what_came_before_and_was_not_left_behind(
    deployed: str, expected: int | None
) -> None:
    made = [deployment(number, build) for number, build in enumerate(deployed)]
    found = one_before(made[::-1])
    assert (found and found.deployment_id) == (None if expected is None else f"dep-{expected}")


def test_other_settings_are_something_to_go_back_to_and_another_tag_is_not() -> None:
    small, tagged = deployment(0, "A", "v1"), deployment(2, "A", "v2", cpu=2)
    large = deployment(1, "A", "v1", cpu=2)
    assert one_before([tagged, large, small]) == small
    assert runs_same(tagged, large)


def test_a_name_is_an_id_else_a_tag_else_the_beginning_of_one() -> None:
    first, again = deployment(0, "A", "3f9c2ab"), deployment(3, "A", "3f9c2ab")
    dirty, odd = deployment(1, "B", "3f9c2ab-dirty"), deployment(2, "C", "dep-0")
    made = [again, odd, dirty, first]
    assert named(made, "dep-0") == (first,)
    assert named(made, "3f9c2ab") == (again,)
    assert named(made, "3f9c") == (again, dirty)
    assert named(made, "3f9") == ()
    assert named(made, "9c2ab") == ()


def test_a_build_that_is_not_what_it_was_is_not_deployed_again() -> None:
    old = deployment(5, "A")
    good = BuildV3(
        org_id="org-1",
        build_id="bld-A",
        created_by="me",
        created_at=BEGIN,
        started_at=BEGIN,
        finished_at=BEGIN,
        deleted_at=None,
        status=BuildStatus.SUCCEEDED,
        image_size=1,
    )
    later = BEGIN + timedelta(hours=6)
    assert build_problem(old, good, now=later) is None
    for build, said in [
        (None, "was deleted"),
        (good.model_copy(update={"deleted_at": later}), "was deleted"),
        (good.model_copy(update={"expired_at": later}), "has expired"),
        (good.model_copy(update={"status": BuildStatus.FAILED}), "it is failed"),
        (good.model_copy(update={"created_at": later}), "is another now"),
    ]:
        assert said in (build_problem(old, build, now=later) or "")
