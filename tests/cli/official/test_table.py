"""docs/official-cli.md tells the truth: each row of its tables is declared so, and works against a cloud."""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import git
import pytest

from hathora_deploy.cli import deploy, progress
from hathora_deploy.cli.official.commands import COMMANDS, Entry
from hathora_deploy.cli.official.flags import FLAGS, Flag
from hathora_deploy.cli.values import Seconds
from hathora_deploy.secret import Secret
from tests.pipeline.proxy import Fault, FaultProxy

from .conftest import EXAMPLE, Done, Hathora, Studio

DOCUMENT: Final = Path(__file__).parents[3] / "docs" / "official-cli.md"


def table(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without its head."""
    text = DOCUMENT.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2]
    rows = []
    for line in text[text.index("\n|") :].strip().splitlines():
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows[2:]


def words(cell: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]*)`", cell)


@dataclass(frozen=True)
class Way:
    """How a value is given: by a flag, a variable, or a key of the file."""

    flag: str
    text: str

    def __str__(self) -> str:
        return self.text

    def given(self, value: str, folder: Path) -> tuple[list[str], dict[str, str]]:
        if self.text.startswith("-"):
            return [self.text, value], {}
        if "." not in self.text:
            return [], {self.text: value}
        section, _, key = self.text.partition(".")
        file = folder / "config.yaml"
        file.write_text(f"{section}:\n  {key}: {value}\n")
        return ["--config", str(file)], {}


FLAG_ROWS: Final = table("Flags")
WAYS: Final = [
    Way(words(row[0])[0].removeprefix("--"), text)
    for row in FLAG_ROWS
    for cell in row[:4]
    for text in words(cell)
]


def test_the_table_of_flags_is_that_of_the_program() -> None:
    def told(flag: Flag) -> list[list[str]]:
        default = "" if flag.default is None else str(flag.default)
        return [
            [f"--{name}" for name in (flag.name, flag.also) if name],
            [f"-{flag.short}"] if flag.short else [],
            list(flag.variables),
            [flag.key] if flag.key else [],
            [default.lower() if flag.is_switch else default] if default else [],
        ]

    assert [[words(cell) for cell in row[:5]] for row in FLAG_ROWS] == [
        told(flag) for flag in FLAGS.values()
    ]


def test_the_table_of_commands_is_that_of_the_program() -> None:
    def told(path: str, entry: Entry) -> list[list[str]]:
        return [
            [path],
            [entry.alias] if entry.alias else [],
            [f"--{name}" for name in entry.flags],
        ]

    assert [[words(cell) for cell in row[:3]] for row in table("Commands")] == [
        told(*each) for each in COMMANDS.items()
    ]


@dataclass(frozen=True)
class Case:
    """A flag as it is given in some way, for a check to find out that it had its effect."""

    hathora: Hathora
    studio: Studio
    way: Way
    folder: Path

    def run(
        self, line: str, value: str, *, code: int = 0, without: Sequence[str] = (), **variables: str
    ) -> Done:
        """Type a line with the value; ``without`` variables that would do the same."""
        flags, given = self.way.given(value, self.folder)
        gone = dict.fromkeys(without)
        return self.hathora(*line.split(), *flags, code=code, **{**gone, **variables, **given})

    def create(self, value: str, *also: str) -> Any:
        """The deployment that is created with it."""
        needed = {
            "--build-id": self.studio.build_id,
            "--container-port": "7777",
            "--transport-type": "udp",
        }
        own = f"--{self.way.flag}"
        line = " ".join(f"{name} {text}" for name, text in needed.items() if name != own)
        return self.run(f"deployment create {line} -o json {' '.join(also)}", value).json

    @contextmanager
    def broken(self, *faults: Fault) -> Iterator[str]:
        """An endpoint of the cloud that breaks what it is told to."""
        with FaultProxy(self.studio.running.endpoint) as proxy:
            proxy.faults = [replace(fault) for fault in faults]
            thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.02})
            thread.start()
            try:
                yield proxy.endpoint
            finally:
                proxy.shutdown()
                thread.join()

    def server(self) -> Path:
        folder = self.folder / "server"
        folder.mkdir()
        (folder / "Dockerfile").write_text("FROM scratch\nCOPY . .\nCMD sleep 60\n")
        (folder / "id").write_text(str(folder))
        return folder


CHECKS: Final[dict[str, Callable[[Case], None]]] = {}


def checks(flag: str) -> Callable[[Callable[[Case], None]], Callable[[Case], None]]:
    """What finds out that a flag has its effect."""

    def add(check: Callable[[Case], None]) -> Callable[[Case], None]:
        CHECKS[flag] = check
        return check

    return add


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
        shown = case.run(f"build create -b shown-{WAYS.index(case.way)} -f {server}", "false")
        hidden = case.run(f"build create -b hidden-{WAYS.index(case.way)} -f {server}", "true")
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


@checks("call-timeout")
def _call_timeout(case: Case) -> None:
    assert "took too long to answer" in case.run("build list", "0.0001", code=1).stderr


@checks("build-timeout")
def _build_timeout(case: Case) -> None:
    over = threading.Event()
    begins_late = Fault("/run$", meanwhile=lambda: over.wait(30) and None, is_lost=True)
    with case.broken(begins_late) as endpoint:
        line = f"build create -f {case.server()}"
        done = case.run(line, "0.2", code=1, HATHORA_CLOUD_ENDPOINT=endpoint)
        over.set()
    assert "did not end within 0.2 s" in done.stderr


@checks("git-timeout")
def _git_timeout(case: Case) -> None:
    real = shutil.which("git")
    (case.folder / "bin").mkdir()
    hanging = case.folder / "bin" / "git"
    hanging.write_text(
        f'#!/bin/sh\ncase "$*" in *symbolic-ref*) exec sleep 60;; esac\nexec {real} "$@"\n'
    )
    hanging.chmod(0o755)
    server = case.server()
    git.Repo.init(server).close()
    path = f"{case.folder / 'bin'}:{os.environ['PATH']}"
    done = case.run(f"build create -f {server}", "0.2", PATH=path)
    assert "did not complete in 0.2 s" in done.stderr


@checks("lock-timeout")
def _lock_timeout(case: Case) -> None:
    leases, lease = case.studio.client.leases_v1, Secret("of another deploy")
    leases.acquire_lease(lease_id=lease, holder="alice")
    done = case.run("deployment create --from-latest", "0", code=1)
    leases.release_lease(lease_id=lease)
    assert "another deploy has app" in done.stderr


@checks("outage-timeout")
def _outage_timeout(case: Case) -> None:
    with case.broken(Fault("/renew$", times=3, refuse_with=503)) as endpoint:
        line = "deployment create --from-latest"
        done = case.run(line, "0", code=1, HATHORA_CLOUD_ENDPOINT=endpoint)
        assert "refused by a test" in done.stderr
        case.run(line, "60", HATHORA_CLOUD_ENDPOINT=endpoint)


@checks("undo-timeout")
def _undo_timeout(case: Case) -> None:
    server = case.server()
    line = f"build create -f {server}"
    faults = (Fault("^PUT ", refuse_with=403), Fault("^DELETE ", refuse_with=502))
    with case.broken(*faults) as endpoint:
        done = case.run(line, "0", code=1, HATHORA_CLOUD_ENDPOINT=endpoint)
    assert "could not be taken back" in done.stderr
    (server / "id").write_text(f"another than {server}")  # or what is left would be waited for
    with case.broken(*faults) as endpoint:
        done = case.run(line, "5", code=1, HATHORA_CLOUD_ENDPOINT=endpoint)
    assert "could not be taken back" not in done.stderr


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


LINES: Final = {
    "build info": "--build-id BUILD",
    "build list": "",
    "build create": "--file SERVER",
    "build create-with-registry": "--image studio/game:1",
    "build delete": "--build-id SPARE",
    "deploy": "--file SERVER --from-latest",
    "deployment info": "--deployment-id DEPLOYMENT",
    "deployment latest": "",
    "deployment list": "",
    "deployment create": "--from-latest",
    "log": "--process-id PROCESS",
}
"""Flags for each command, with words in the place of ids."""


def names() -> Iterator[tuple[str, str]]:
    """Each command of the table, and the names it goes by."""
    for row in table("Commands"):
        (path,) = words(row[0])
        yield path, path
        for alias in words(row[1]):
            yield path, f"{path.split()[0]} {alias}"


@pytest.mark.parametrize(("path", "name"), list(names()))
def test_each_row_of_commands_works(
    path: str, name: str, hathora: Hathora, studio: Studio, tmp_path: Path
) -> None:
    line = LINES[path]
    server = tmp_path / "server"
    server.mkdir()
    (server / "Dockerfile").write_text("FROM scratch\nCOPY . .\nCMD sleep 60\n")
    (server / "id").write_text(str(server))
    if "SPARE" in line:
        spare = hathora("build", "create", "-f", server, "-o", "buildIdValue").value
        line = line.replace("SPARE", spare)
    for word, text in {
        "BUILD": studio.build_id,
        "SERVER": str(server),
        "DEPLOYMENT": studio.deployment.deployment_id,
        "PROCESS": studio.process_id,
    }.items():
        line = line.replace(word, text)

    # The cloud of the tests has no engine to pull an image with.
    code = 1 if path == "build create-with-registry" else 0
    done = hathora(*name.split(), *line.split(), code=code)
    if code:
        assert "studio/game:1 needs a container engine" in done.stderr
        assert done.stdout == ""
    else:
        assert done.stdout.strip()
    assert hathora(*name.split(), "--help").stdout.startswith("Usage: hathora ")


def test_the_formats_are_those_of_the_table(hathora: Hathora, studio: Studio) -> None:
    for row in table("Formats"):
        (form,) = words(row[0])
        assert studio.build_id in hathora("build", "list", "-o", form).stdout
