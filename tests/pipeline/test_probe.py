"""What a person may write after --verify, and which port it asks."""

from __future__ import annotations

import pytest

from hathora_deploy.api.network import ContainerPort, TransportType
from hathora_deploy.pipeline.probe import Probe, ProbeKind
from hathora_deploy.pipeline.verification import Verification

GAME = ContainerPort(name="default", port=7777, transport_type=TransportType.UDP)
QUERY = ContainerPort(name="query", port=27016, transport_type=TransportType.UDP)
ADMIN = ContainerPort(name="admin", port=8443, transport_type=TransportType.TLS)


@pytest.mark.parametrize(
    ("text", "probe"),
    [
        ("tcp", Probe(ProbeKind.TCP)),
        ("udp:query", Probe(ProbeKind.UDP, "query")),
        ("http:/", Probe(ProbeKind.HTTP, None, "/")),
        ("http:admin/health?deep=1", Probe(ProbeKind.HTTP, "admin", "/health?deep=1")),
        ("./smoke.sh --fast", Probe(ProbeKind.COMMAND, None, "./smoke.sh --fast")),
        ("curl http://x/", Probe(ProbeKind.COMMAND, None, "curl http://x/")),
    ],
)
def test_a_probe_is_read_as_it_is_shown(text: str, probe: Probe) -> None:
    assert Probe.named(f" {text} ") == probe
    assert str(probe) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "tcp:", "udp:7777"),
        *("http", "http:", "http:health", "http:/a b", "http:/\u00e4", "http://localhost/health"),
    ],
)
def test_what_is_nearly_a_probe_is_not_run_as_a_command(text: str) -> None:
    with pytest.raises(ValueError, match="write"):
        Probe.named(text)


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ("udp", GAME),
        ("udp:query", QUERY),
        ("tcp", ADMIN),
        ("http:/", ADMIN),
        ("http:query/", None),
        ("tcp:default", None),
        ("true", GAME),
    ],
)
def test_a_probe_asks_the_first_port_that_can_answer(text: str, port: ContainerPort | None) -> None:
    assert Probe.named(text).port_among((GAME, QUERY, ADMIN)) is port


def test_what_no_deployment_can_show_is_a_problem_before_anything_is_built() -> None:
    wanted = Verification((Probe.named("http:/health"),), stay=300.0, timeout=0)
    problems = list(wanted.problems((GAME, QUERY), idle_timeout=True))
    assert problems[0] == (
        "verify http:/health: the deployment has no tcp or tls port;"
        " it has default 7777/udp, query 27016/udp"
    )
    assert len(problems) == 3
    assert list(Verification((Probe.named("udp"),)).problems((GAME,), idle_timeout=True)) == []
