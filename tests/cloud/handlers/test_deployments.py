from __future__ import annotations

import pytest

from hathora_deploy.api.deployments import EnvironmentVariable
from hathora_deploy.api.errors import NotFound, UnprocessableEntity
from hathora_deploy.api.network import ContainerPort, Region, TransportType
from hathora_deploy.client import HathoraCloud
from hathora_deploy.secret import Secret
from tests.cloud.handlers.conftest import Running, archive, build, deploy, eventually, game


def create(client: HathoraCloud, build_id: str, **settings: object) -> object:
    arguments: dict[str, object] = {
        "build_id": build_id,
        "idle_timeout_enabled": True,
        "env": [],
        "rooms_per_process": 1,
        "transport_type": TransportType.UDP,
        "container_port": 7777,
        "requested_memory_mb": 1024,
        "requested_cpu": 0.5,
        **settings,
    }
    return client.deployments_v3.create_deployment(**arguments)  # type: ignore[arg-type]  # of the test


def test_a_deployment_keeps_every_setting(client: HathoraCloud) -> None:
    built, _ = build(client, game())
    debug = ContainerPort(name="debug", port=9000, transport_type=TransportType.TCP)

    created = create(
        client,
        built.build_id,
        deployment_tag="alpha",
        additional_container_ports=[debug],
        env=[EnvironmentVariable(name="RUST_LOG", value=Secret('a=trace,b="c"\n'))],
        requested_cpu=1.25,
    )

    found = client.deployments_v3.get_latest_deployment()
    assert found == created
    assert found.env[0].value.reveal() == 'a=trace,b="c"\n'
    assert found.additional_container_ports == [debug]
    assert found.default_container_port.name == "default"
    assert (found.deployment_tag, found.requested_cpu) == ("alpha", 1.25)


def test_only_a_build_that_succeeded_is_deployed(client: HathoraCloud) -> None:
    failed, _ = build(client, archive("RUN x\n"))
    created = client.builds_v3.create_build(build_size_in_bytes=1)

    for build_id in (failed.build_id, created.build_id):
        with pytest.raises(UnprocessableEntity, match="has not succeeded"):
            create(client, build_id)
    with pytest.raises(NotFound, match="no deployment yet"):
        client.deployments_v3.get_latest_deployment()


@pytest.mark.parametrize("cpu", [0, -1, "1e300", "1e400"])
def test_as_many_cores_as_no_process_can_have_are_refused(
    client: HathoraCloud, cpu: object
) -> None:
    built, _ = build(client, game())

    with pytest.raises(UnprocessableEntity, match="requestedCPU"):
        create(client, built.build_id, requested_cpu=float(cpu))  # type: ignore[arg-type]  # of the test


@pytest.mark.parametrize("name", ["requested_memory_mb", "requested_gpu"])
@pytest.mark.parametrize("number", [-1, 2**63, 10**30])
def test_a_number_that_no_machine_has_is_refused(
    client: HathoraCloud, name: str, number: int
) -> None:
    built, _ = build(client, game())

    with pytest.raises(UnprocessableEntity, match="requested"):
        create(client, built.build_id, **{name: number})


def test_two_ports_never_share_a_name(client: HathoraCloud) -> None:
    built, _ = build(client, game())

    with pytest.raises(UnprocessableEntity, match="two ports are named 'default'"):
        create(
            client,
            built.build_id,
            additional_container_ports=[
                ContainerPort(name="default", port=1, transport_type=TransportType.TCP)
            ],
        )


def test_deployments_are_listed_newest_first_a_page_at_a_time(client: HathoraCloud) -> None:
    built, _ = build(client, game())
    for number in range(103):
        create(client, built.build_id, deployment_tag=f"v{number}")

    first = client.deployments_v3.get_deployments()
    assert first.next_page_token is not None
    second = client.deployments_v3.get_deployments(next_page_token=first.next_page_token)

    tags = [deployment.deployment_tag for deployment in (*first.deployments, *second.deployments)]
    assert tags == [f"v{number}" for number in reversed(range(103))]
    assert second.next_page_token is None
    tagged = client.deployments_v3.get_deployments(deployment_tag="v7").deployments
    assert [deployment.deployment_tag for deployment in tagged] == ["v7"]


@pytest.mark.parametrize("token", ["x", "-1", "", "²", "9" * 30, "9" * 5000])
def test_a_page_token_that_was_not_given_is_refused(client: HathoraCloud, token: str) -> None:
    with pytest.raises(UnprocessableEntity, match="nextPageToken"):
        client.deployments_v3.get_deployments(next_page_token=token)


def test_a_deployment_of_another_app_is_not_found(running: Running, client: HathoraCloud) -> None:
    deployment = deploy(client)

    with pytest.raises(NotFound):
        running.new_app().deployments_v3.get_deployment(deployment_id=deployment.deployment_id)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (["a\0b"], "env: V0: a zero byte"),
        (["x" * 128 * 1024], "env: V0 is larger than 128 KiB"),
        (["x" * 100_000] * 11, "larger than 1 MiB together"),
    ],
)
def test_variables_that_no_program_can_be_given_are_refused_and_not_shown(
    client: HathoraCloud, values: list[str], why: str
) -> None:
    built, _ = build(client, game())
    env = [
        EnvironmentVariable(name=f"V{number}", value=Secret(value))
        for number, value in enumerate(values)
    ]

    with pytest.raises(UnprocessableEntity, match=why) as caught:
        create(client, built.build_id, env=env)

    assert values[0] not in str(caught.value)


def test_the_largest_variables_reach_the_process(client: HathoraCloud) -> None:
    largest = [
        EnvironmentVariable(name=f"V{number}", value=Secret("x" * (128 * 1024 - 4)))
        for number in range(7)
    ]
    built, _ = build(client, game())
    create(client, built.build_id, env=largest)

    process_id = client.processes_v3.create_process(region=Region.SEATTLE).process_id

    eventually(
        lambda: client.processes_v3.get_process(process_id=process_id),
        lambda process: process.status == "running",
    )
