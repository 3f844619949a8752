from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from hathora_deploy.api.network import ContainerPort, Region, TransportType
from hathora_deploy.dockerfile import ExposedPort
from hathora_deploy.pipeline.errors import PlanError
from hathora_deploy.pipeline.patience import Patience
from hathora_deploy.pipeline.plan import Plan, plan_build, plan_deploy
from hathora_deploy.pipeline.revision import Revision
from hathora_deploy.pipeline.settings import DeploySettings, UploadSettings
from hathora_deploy.secret import Secret

GAME = ExposedPort(7777, "udp")
QUERY = ExposedPort(7778, "udp")
ADMIN = ExposedPort(8080, "tcp")
CLEAN = Revision("a" * 40, "a" * 7, "main")
DIRTY = Revision("a" * 40, "a" * 7, "main", changed=("game.py",))


def plan(*exposed: ExposedPort, revision: Revision = CLEAN, **settings: Any) -> Plan:
    return plan_deploy(DeploySettings(**settings), exposed=exposed, revision=revision)


def problems(*exposed: ExposedPort, **settings: Any) -> str:
    with pytest.raises(PlanError) as caught:
        plan(*(exposed or (GAME,)), **settings)
    return str(caught.value)


def names(made: Plan) -> list[tuple[str, int, str]]:
    return [
        (each.name, each.port, str(each.transport_type))
        for each in made.deployment.additional_container_ports
    ]


def test_what_nobody_says_has_a_default() -> None:
    made = plan(GAME)
    assert (made.deployment.requested_cpu, made.deployment.requested_memory_mb) == (0.5, 1024)
    assert (made.deployment.rooms_per_process, made.deployment.idle_timeout_enabled) == (1, True)
    assert made.warnings == ()


def test_what_somebody_says_is_kept_even_if_it_is_false() -> None:
    made = plan(GAME, idle_timeout_enabled=False, requested_cpu=8, rooms_per_process=10_000)
    assert (made.deployment.idle_timeout_enabled, made.deployment.requested_cpu) == (False, 8)
    assert made.deployment.rooms_per_process == 10_000


def test_the_commit_is_the_tag_unless_another_is_set() -> None:
    assert (plan(GAME).build.build_tag, plan(GAME).deployment.deployment_tag) == (
        "a" * 40,
        "a" * 40,
    )
    made = plan(GAME, build_tag="1.2", deployment_tag="live")
    assert (made.build.build_tag, made.deployment.deployment_tag) == ("1.2", "live")
    assert plan(GAME, revision=Revision(note="not in git")).deployment.deployment_tag is None


def test_changes_without_a_commit_mark_the_tag_and_are_a_warning() -> None:
    made = plan(GAME, revision=DIRTY)
    assert made.deployment.deployment_tag == "a" * 40 + "-dirty"
    assert made.build.warnings == ("the folder has changes that are not in aaaaaaa: game.py",)


def test_what_git_could_not_say_is_a_warning() -> None:
    assert plan(GAME, revision=Revision(failure="no git")).build.warnings == (
        "the deployment gets no tag: no git",
    )


def test_the_first_exposed_port_is_the_port_and_the_others_are_additional() -> None:
    made = plan(GAME, QUERY, ADMIN)
    assert (made.deployment.container_port, made.deployment.transport_type) == (
        7777,
        TransportType.UDP,
    )
    assert names(made) == [("port-7778", 7778, "udp"), ("port-8080", 8080, "tcp")]


def test_a_port_that_is_set_is_the_port_with_the_protocol_it_is_exposed_with() -> None:
    made = plan(GAME, ADMIN, container_port=8080)
    assert (made.deployment.container_port, made.deployment.transport_type) == (
        8080,
        TransportType.TCP,
    )
    assert names(made) == [("port-7777", 7777, "udp")]


def test_tls_is_spoken_by_a_port_that_is_exposed_as_tcp() -> None:
    made = plan(ADMIN, GAME, transport_type=TransportType.TLS)
    assert (made.deployment.container_port, made.deployment.transport_type) == (
        8080,
        TransportType.TLS,
    )
    assert names(made) == [("port-7777", 7777, "udp")]


def test_one_port_with_two_protocols_is_two_ports() -> None:
    made = plan(GAME, ExposedPort(7777, "tcp"))
    assert names(made) == [("port-7777", 7777, "tcp")]
    made = plan(ADMIN, GAME, ExposedPort(7777, "tcp"))
    assert [each[0] for each in names(made)] == ["port-7777-udp", "port-7777-tcp"]


def test_more_ports_than_a_deployment_can_have_are_left_out_with_a_warning() -> None:
    made = plan(GAME, QUERY, ADMIN, ExposedPort(9000, "tcp"))
    assert len(names(made)) == 2
    assert "players cannot reach 9000/tcp" in made.warnings[0]


def test_additional_ports_that_are_set_replace_those_that_are_exposed() -> None:
    query = ContainerPort(name="query", port=1, transport_type=TransportType.UDP)
    assert names(plan(GAME, ADMIN, additional_container_ports=(query,))) == [("query", 1, "udp")]


def test_no_port_anywhere_is_a_problem_with_a_hint() -> None:
    with pytest.raises(PlanError, match="nobody says which port") as caught:
        plan()
    assert "EXPOSE" in str(caught.value.hint)


def test_a_port_without_a_protocol_is_a_problem() -> None:
    with pytest.raises(PlanError, match="whether port 9 is tcp, udp or tls"):
        plan(GAME, container_port=9)
    made = plan(GAME, container_port=9, transport_type=TransportType.TCP)
    assert (made.deployment.container_port, names(made)) == (9, [("port-7777", 7777, "udp")])


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"requested_cpu": 0.2}, "requested_cpu 0.2 is not between"),
        ({"requested_cpu": 8.01}, "requested_cpu 8.01 is not between"),
        ({"requested_cpu": float("nan")}, "requested_cpu nan is not between"),
        ({"requested_cpu": 0.333}, "requested_cpu 0.333 has more than 2 decimals"),
        ({"requested_memory_mb": 511}, "requested_memory_mb 511"),
        ({"requested_memory_mb": 16385}, "requested_memory_mb 16385"),
        ({"rooms_per_process": 0}, "rooms_per_process 0"),
        ({"container_port": 0, "transport_type": TransportType.TCP}, "container_port 0"),
        ({"transport_type": TransportType("sctp")}, "transport_type sctp"),
        ({"room_region": Region("Seatle")}, "room_region Seatle is not one of Seattle,"),
        ({"env": {"1A": Secret("")}}, "env '1A'"),
        ({"env": {"A" * 101: Secret("")}}, "env 'AAA"),
        ({"env": {"A": Secret("x" * 5001)}}, "the value of env A is longer"),
        ({"env": {"A": "plain"}}, "the value of env A is to be a Secret"),
        ({"env": {"A": Secret("a\0b")}}, "the value of env A holds a NUL character"),
        ({"env": {f"A{n}": Secret("") for n in range(101)}}, "101 env variables"),
        ({"build_tag": "x" * 1001}, "build_tag is longer"),
        ({"build_id": " "}, "build_id is empty"),
        ({"upload": UploadSettings(most_at_once=0)}, "most_at_once must be more than 0"),
        ({"upload": UploadSettings(rate_limit=0)}, "rate_limit must be more than 0"),
        ({"start_timeout": -1.0}, "start_timeout must be more than 0"),
        ({"git_timeout": 0.0}, "git_timeout must be more than 0"),
        ({"patience": Patience(outage=-1)}, "patience.outage must not be less than 0"),
        ({"patience": Patience(undo=float("nan"))}, "patience.undo must not be less than 0"),
        ({"lock_timeout": float("nan")}, "lock_timeout must not be less than 0"),
    ],
)
def test_a_value_outside_its_limits_is_named(settings: dict[str, Any], problem: str) -> None:
    assert problem in problems(**settings)


def port(name: str, number: int = 1, transport: str = "tcp") -> ContainerPort:
    return ContainerPort.model_construct(
        name=name, port=number, transport_type=TransportType(transport)
    )


@pytest.mark.parametrize(
    ("ports", "problem"),
    [
        ([port("a"), port("b"), port("c")], "3 additional ports are more than 2"),
        ([port("a"), port("a")], "two ports have the name a"),
        ([port("default")], "two ports have the name default"),
        ([port("Query")], "additional port 'Query' needs a name"),
        ([port("a", 65536)], "additional port a 65536 is not between"),
        ([port("a", 1, "sctp")], "additional port a is none of tcp, udp, tls: sctp"),
    ],
)
def test_an_additional_port_that_cannot_be_is_named(
    ports: list[ContainerPort], problem: str
) -> None:
    assert problem in problems(additional_container_ports=tuple(ports))


def test_every_problem_is_said_at_once_and_no_value_of_a_variable() -> None:
    with pytest.raises(PlanError) as caught:
        plan(requested_cpu=99, requested_memory_mb=1, env={"A": Secret("hush" * 2000)})
    assert len(caught.value.problems) == 4
    assert "hush" not in str(caught.value)


@given(st.integers(25, 800))
def test_every_hundredth_of_a_core_within_the_limits_is_accepted(hundredths: int) -> None:
    assert plan(GAME, requested_cpu=hundredths / 100).deployment.requested_cpu == hundredths / 100


def test_a_build_alone_needs_no_port_and_is_checked_for_its_own_settings_only() -> None:
    made = plan_build(DeploySettings(build_tag="1.2", requested_cpu=99), revision=DIRTY)
    assert (made.build_tag, len(made.warnings)) == ("1.2", 1)
    with pytest.raises(PlanError, match="build_id is empty; most_at_once"):
        plan_build(
            DeploySettings(build_id="", upload=UploadSettings(most_at_once=0)), revision=CLEAN
        )
