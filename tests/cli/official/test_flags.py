"""Each flag of docs/official-cli.md has its effect, in every way it can be given."""

from __future__ import annotations

from pathlib import Path
from secrets import token_hex
from typing import Final

import pytest

from hathora_deploy.cli import deploy, progress
from hathora_deploy.cli.official.flags import FLAGS
from hathora_deploy.cli.values import Seconds

from . import deadline_checks  # noqa: F401  # adds its checks
from .conftest import EXAMPLE, Hathora, Studio
from .flag_checks import CHECKS, Case, checks
from .table import WAYS, Way


@checks("app-id")
def _app_id(case: Case) -> None:
    done = case.run(
        "deployment latest -o appIdValue", case.studio.app_id, without=["HATHORA_APP_ID"]
    )
    assert done.value == case.studio.app_id


@checks("hathora-cloud-endpoint")
def _endpoint(case: Case) -> None:
    endpoint = case.studio.running.endpoint
    done = case.run("build list -o buildIdValue", endpoint, without=["HATHORA_CLOUD_ENDPOINT"])
    assert case.studio.build_id in done.stdout.split()


@checks("token")
def _token(case: Case) -> None:
    token = case.studio.running.token.reveal()
    done = case.run("build list -o buildIdValue", token, without=["HATHORA_TOKEN"])
    assert case.studio.build_id in done.stdout.split()


@checks("output")
def _output(case: Case) -> None:
    line = f"build info -b {case.studio.build_id}"
    assert case.run(line, "buildIdValue").value == case.studio.build_id
    assert case.run(line, "json").json["buildId"] == case.studio.build_id
    assert case.run(line, "text").stdout.startswith("\nBuildID ")


@checks("pretty")
def _pretty(case: Case) -> None:
    line = f"build info -o json -b {case.studio.build_id}"
    assert case.run(line, "true").stdout.count("\n") > 2
    assert case.run(line, "false").stdout.count("\n") == 1


@checks("verbose")
def _verbose(case: Case) -> None:
    done = case.run("build list", "true")
    assert "GetBuilds: 200" in done.stderr
    assert case.studio.running.token.reveal() not in done.stderr


@checks("verbosity")
def _verbosity(case: Case) -> None:
    assert "GetBuilds: 200" not in case.run("build list", "0").stderr
    assert "GetBuilds: 200" in case.run("build list", "1").stderr


@checks("config")
def _config(case: Case) -> None:
    (case.folder / "ci.yml").write_text(f"app: {{id: {case.studio.app_id}}}\n")
    done = case.run("deployment latest -o appIdValue", "ci.yml", without=["HATHORA_APP_ID"])
    assert done.value == case.studio.app_id


NO_CLOUD: Final = ("HATHORA_CLOUD_ENDPOINT", "HATHORA_TOKEN")


@checks("local")
def _local(case: Case) -> None:
    folder = str(case.studio.running.data_dir)
    done = case.run("build list -o buildIdValue", "true", CI="true", HATHORA_DATA_DIR=folder)
    assert case.studio.build_id in done.stdout.split()


@checks("data-dir")
def _data_dir(case: Case) -> None:
    folder = str(case.studio.running.data_dir)
    done = case.run("build list -o buildIdValue", folder, without=NO_CLOUD)
    assert case.studio.build_id in done.stdout.split()


@checks("build-id")
def _build_id(case: Case) -> None:
    done = case.run("build info -o buildIdValue", case.studio.build_id)
    assert done.value == case.studio.build_id


@checks("build-tag")
def _build_tag(case: Case) -> None:
    done = case.run(f"build create -f {case.server()} -o buildTagValue", "1.10")
    assert done.value == "1.10"


@checks("file")
def _file(case: Case) -> None:
    done = case.run("build create -o buildIdValue", str(EXAMPLE))
    assert done.value.startswith("bld-")
    assert "coin-rush" in done.stderr


@checks("hide-upload-progress")
def _hide_upload_progress(case: Case) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(progress, "CALM", 0.0)
        server = case.server()
        shown = case.run(f"build create -b shown-{token_hex(8)} -f {server}", "false")
        hidden = case.run(f"build create -b hidden-{token_hex(8)} -f {server}", "true")
    assert shown.stderr.count("  upload ") > 1
    assert hidden.stderr.count("  upload ") == 1, "that it is complete is no progress"


@checks("image")
def _image(case: Case) -> None:
    """The cloud of the tests has no engine to pull it with: its error says what it was asked for."""
    done = case.run("build create-with-registry", "ghcr.io/studio/game:1", code=1)
    assert "ghcr.io/studio/game:1 needs a container engine" in done.stderr


@checks("registry")
def _registry(case: Case) -> None:
    done = case.run("build create-with-registry -i studio/game:1", "ghcr.io", code=1)
    assert "ghcr.io/studio/game:1 needs a container engine" in done.stderr


@checks("auth")
def _auth(case: Case) -> None:
    done = case.run("build create-with-registry -i studio/game:1", "hunter2", code=1)
    assert "auth: neither user:password" in done.stderr
    assert "hunter2" not in done.stderr
    done = case.run("build create-with-registry -i studio/game:1", "me:hunter2", code=1)
    assert "needs a container engine" in done.stderr


@checks("deployment-id")
def _deployment_id(case: Case) -> None:
    wanted = case.studio.deployment.deployment_id
    assert case.run("deployment info -o deploymentIdValue", wanted).value == wanted


@checks("from-latest")
def _from_latest(case: Case) -> None:
    base = f"-b {case.studio.build_id} --container-port 4242 --transport-type tcp"
    case.hathora(*f"deployment create {base} --idle-timeout-enabled false --env A=1".split())
    created = case.run("deployment create -o json", "true").json
    assert created["buildId"] == case.studio.build_id
    assert created["defaultContainerPort"]["port"] == 4242
    assert created["idleTimeoutEnabled"] is False
    assert [each["name"] for each in created["env"]] == ["A"]


@checks("idle-timeout-enabled")
def _idle_timeout_enabled(case: Case) -> None:
    assert case.create("true")["idleTimeoutEnabled"] is True
    assert case.create("false")["idleTimeoutEnabled"] is False


@checks("rooms-per-process")
def _rooms_per_process(case: Case) -> None:
    assert case.create("7")["roomsPerProcess"] == 7


@checks("transport-type")
def _transport_type(case: Case) -> None:
    assert case.create("tls")["defaultContainerPort"]["transportType"] == "tls"


@checks("container-port")
def _container_port(case: Case) -> None:
    assert case.create("4321")["defaultContainerPort"]["port"] == 4321


@checks("additional-container-ports")
def _additional_container_ports(case: Case) -> None:
    ports = case.create("debug:4000,query:4001/udp")["additionalContainerPorts"]
    assert [(port["name"], port["port"], port["transportType"]) for port in ports] == [
        ("debug", 4000, "tcp"),
        ("query", 4001, "udp"),
    ]


@checks("env")
def _env(case: Case) -> None:
    case.create("LEVEL=hard,MAPS=a,b")
    latest = case.studio.client.deployments_v3.get_latest_deployment()
    assert {each.name: each.value.reveal() for each in latest.env} == {
        "LEVEL": "hard",
        "MAPS": "a,b",
    }


@checks("requested-memory-mb")
def _requested_memory_mb(case: Case) -> None:
    assert case.create("2048")["requestedMemoryMB"] == 2048


@checks("requested-cpu")
def _requested_cpu(case: Case) -> None:
    assert case.create("1.25")["requestedCPU"] == 1.25


@checks("requested-gpu")
def _requested_gpu(case: Case) -> None:
    assert case.create("1")["requestedGPU"] == 1


@checks("deployment-tag")
def _deployment_tag(case: Case) -> None:
    assert case.create("1.10")["deploymentTag"] == "1.10"


@checks("fleet-id")
def _fleet_id(case: Case) -> None:
    assert case.studio.deployment.fleet_id is not None
    made = case.create(case.studio.deployment.fleet_id)
    assert made["fleetId"] == case.studio.deployment.fleet_id
    line = f"deployment create -b {case.studio.build_id} --container-port 1 --transport-type tcp"
    assert "fleet-none" in case.run(line, "fleet-none", code=1).stderr


@checks("process-id")
def _process_id(case: Case) -> None:
    assert case.run("log", case.studio.process_id).stdout == "one\ntwo\nthree\n"


@checks("follow")
def _follow(case: Case) -> None:
    done = case.run(f"log -v -p {case.studio.process_id}", "true")
    assert done.stdout == "one\ntwo\nthree\n", "the process has ended, and so does the log"
    assert "follow=true" in done.stderr


@checks("tail-lines")
def _tail_lines(case: Case) -> None:
    assert case.run(f"log -p {case.studio.process_id}", "2").stdout == "two\nthree\n"


def test_a_deadline_is_that_of_hathora_deploy() -> None:
    options = {each.name: each for each in deploy.command.params}
    deadlines = [flag for flag in FLAGS.values() if isinstance(flag.type, Seconds)]
    assert len(deadlines) == 6
    for flag in deadlines:
        own = options[flag.parameter]
        assert (own.default, (own.envvar,)) == (flag.default, flag.variables)
        assert isinstance(own.type, Seconds)
        assert own.type.min_open == flag.type.min_open


def test_each_flag_of_the_table_has_a_check() -> None:
    assert CHECKS.keys() == FLAGS.keys()


@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way.flag}-by-{way}")
def test_each_row_of_flags_works(
    way: Way, hathora: Hathora, studio: Studio, tmp_path: Path
) -> None:
    CHECKS[way.flag](Case(hathora, studio, way, tmp_path))
