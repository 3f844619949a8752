from __future__ import annotations

from dataclasses import replace

from hathora_deploy.api.network import ContainerPort, TransportType
from hathora_deploy.pipeline.deployment_spec import DeploymentSpec
from hathora_deploy.pipeline.difference import (
    Change,
    Difference,
    FileDifference,
    differences,
    file_differences,
)
from hathora_deploy.pipeline.manifest import FileFacts
from hathora_deploy.secret import Secret

QUERY = ContainerPort(name="query", port=27016, transport_type=TransportType.UDP)
SPEC = DeploymentSpec(
    container_port=7777,
    transport_type=TransportType.UDP,
    requested_cpu=0.5,
    requested_memory_mb=1024,
    rooms_per_process=1,
    idle_timeout_enabled=True,
    additional_container_ports=(QUERY,),
    env={"KEPT": Secret("1"), "GONE": Secret("2"), "OTHER": Secret("hunter2")},
    fleet_id="fleet-1",
    deployment_tag="abc",
)


def test_the_same_settings_differ_in_nothing() -> None:
    assert differences(SPEC, SPEC) == ()


def test_each_setting_that_changes_is_told_from_what_to_what() -> None:
    after = replace(
        SPEC,
        container_port=8000,
        requested_cpu=2,
        idle_timeout_enabled=False,
        requested_gpu=1,
        additional_container_ports=(),
        deployment_tag=None,
    )
    assert set(differences(SPEC, after)) == {
        Difference("ports.default", Change.CHANGED, "7777/udp", "8000/udp"),
        Difference("ports.query", Change.REMOVED, "27016/udp", None),
        Difference("requested_cpu", Change.CHANGED, "0.5", "2"),
        Difference("requested_gpu", Change.ADDED, None, "1"),
        Difference("idle_timeout_enabled", Change.CHANGED, "on", "off"),
        Difference("deployment_tag", Change.REMOVED, "abc", None),
    }


def test_of_variables_only_the_name_is_told() -> None:
    after = replace(SPEC, env={"KEPT": Secret("1"), "OTHER": Secret("hunter3"), "NEW": Secret("4")})
    found = differences(SPEC, after)
    assert set(found) == {
        Difference("env.OTHER", Change.CHANGED),
        Difference("env.NEW", Change.ADDED),
        Difference("env.GONE", Change.REMOVED),
    }
    assert "hunter" not in repr(found)


def test_a_fleet_that_is_left_to_the_cloud_is_no_difference() -> None:
    assert differences(SPEC, replace(SPEC, fleet_id=None)) == ()
    assert differences(SPEC, replace(SPEC, fleet_id="fleet-2")) == (
        Difference("fleet_id", Change.CHANGED, "fleet-1", "fleet-2"),
    )


def test_of_a_first_deployment_everything_is_new() -> None:
    found = differences(None, SPEC)
    assert {each.change for each in found} == {Change.ADDED}
    assert {"ports.default", "env.KEPT", "requested_cpu"} <= {each.setting for each in found}


def test_files_differ_by_what_they_hold_and_are_told_with_their_sizes() -> None:
    before = {"a": FileFacts(1, "x"), "b": FileFacts(2, "y"), "c": FileFacts(3, "z")}
    after = {"a": FileFacts(1, "x"), "b": FileFacts(2, "Y"), "d": FileFacts(4, "w")}
    assert file_differences(before, after) == (
        FileDifference("b", Change.CHANGED, 2, 2),
        FileDifference("c", Change.REMOVED, 3, None),
        FileDifference("d", Change.ADDED, None, 4),
    )
