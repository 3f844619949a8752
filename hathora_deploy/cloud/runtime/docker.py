"""Runs builds as containers of a Docker engine, within the limits of their deployment."""

from __future__ import annotations

import math
import re
import secrets
import shutil
import threading
import time
from collections.abc import Collection, Iterator, Sequence, Set
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hathora_deploy.cloud.archive.inspection import InspectedArchive
from hathora_deploy.cloud.errors import (
    BuildFailed,
    CloudError,
    EngineSilent,
    PortTaken,
    ProcessStartFailed,
)
from hathora_deploy.cloud.runtime import docker_ports, docker_stats
from hathora_deploy.cloud.runtime.borrowed_names import BorrowedNames
from hathora_deploy.cloud.runtime.docker_members import is_in_container
from hathora_deploy.cloud.runtime.engine import open_client, unreachable
from hathora_deploy.cloud.runtime.port import (
    Artifact,
    BuildLog,
    Exit,
    Measurement,
    Observation,
    PortBinding,
    ProcessSpec,
    RegistryImage,
)
from hathora_deploy.cloud.runtime.silence import Silence

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

    from hathora_deploy.cloud.runtime.builder import ImageBuilder
    from hathora_deploy.cloud.runtime.docker_log import LogCopy

_LABEL: Final = "hathora-deploy"
_PIDS: Final = 4096
_DROPPED: Final = ["NET_RAW", "MKNOD"]
"""Containers share a network: with raw packets one could take the address of another, and its players."""
_BLIND_WAIT: Final = 3.0
"""Seconds after which a container counts as listening when nobody can look into it."""
_LOG_PATIENCE: Final = 10.0
_UNROTATED: Final = {"max-size": "1t", "max-file": "1", "compress": "false"}
_MIB: Final = 1 << 20
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?")


class DockerRuntime:
    """Keeps images and containers in the engine, labelled ``hathora-deploy.*``.

    Others may use the engine too: only what bears the id of this cloud is its own.
    """

    name = "docker"
    shares_host_ports = False

    def __init__(self, engine: str, *, cloud_id: str, publish_address: str = "127.0.0.1") -> None:
        self._engine = engine
        self._mark = f"{_LABEL}.cloud={cloud_id}"
        self._repository = f"{_LABEL}/{cloud_id}"
        self._silence = Silence()
        self._publish_address = publish_address
        self._logs: dict[str, LogCopy] = {}
        self._first_seen: dict[str, float] = {}
        self._lock = threading.Lock()
        self._names = BorrowedNames()

    @property
    def site(self) -> str:
        with self._engine_errors():
            return f"{self.name} {self._client.info()['ID']}"

    def artifact_of(self, root: Path, reference: str) -> str:
        return reference

    def adopt(self, process_id: str, root: Path) -> None:
        """The engine has all that there is of it."""

    def free_space(self) -> int | None:
        with self._engine_errors(BuildFailed):
            home = Path(self._client.info()["DockerRootDir"])
        # An engine behind a network, or in a virtual machine, has a disk of its own.
        is_here = self._engine.startswith("unix://") and home.is_dir()
        return shutil.disk_usage(home).free if is_here else None

    def build(
        self, build_id: str, archive: InspectedArchive, log: BuildLog, cancelled: threading.Event
    ) -> Artifact:
        tag = self._new_tag()
        labels = self._labels(build=build_id)
        self._builder.build_image(
            self._engine, archive, tag=tag, labels=labels, log=log, cancelled=cancelled
        )
        return self._artifact(tag)

    def pull(self, image: RegistryImage, log: BuildLog, cancelled: threading.Event) -> Artifact:
        from hathora_deploy.cloud.runtime.docker_pull import pull_image

        tag = self._new_tag()
        pull_image(self._engine, image, tag=tag, names=self._names, log=log, cancelled=cancelled)
        return self._artifact(tag)

    def discard(self, reference: str) -> None:
        from docker.errors import ImageNotFound

        with self._engine_errors(), suppress(ImageNotFound):
            self._client.images.remove(reference, force=True)

    def prune(self, references: Set[str]) -> None:
        from docker.errors import APIError, ImageNotFound

        with self._engine_errors():
            named = self._client.api.images(self._repository)
            nameless = self._client.api.images(filters={"dangling": True, "label": self._mark})
            tags = {tag for image in named for tag in image["RepoTags"] or ()}
            for image in (*sorted(tags - references), *(each["Id"] for each in nameless)):
                with suppress(ImageNotFound, APIError):  # a container that runs may still need it
                    self._client.images.remove(image)

    def start(self, spec: ProcessSpec) -> str:
        from docker.errors import APIError, DockerException, ImageNotFound
        from requests import RequestException

        try:
            with self._engine_errors(ProcessStartFailed):
                container = self._create(spec)
        except ImageNotFound:
            raise ProcessStartFailed(
                "the image of its build is gone from the Docker engine", hint="deploy again"
            ) from None
        except APIError as error:
            raise ProcessStartFailed(f"Docker refused the container: {error.explanation}") from None
        try:
            with self._engine_errors(ProcessStartFailed):
                container.start()
        except BaseException as error:
            with suppress(DockerException, RequestException):
                container.remove(force=True, v=True)
            if isinstance(error, APIError):
                raise self._start_failure(error.explanation or str(error), spec) from None
            raise
        assert container.id is not None
        self._copy_log(container, spec.log)
        return container.id

    def observe(self, handle: str, spec: ProcessSpec, *, ports: bool = True) -> Observation:
        container = self._container(handle)
        if container is None:
            return Observation(Exit(), {})
        log = self._copy_log(container, spec.log)
        state = container.attrs["State"]
        if state["Status"] in ("exited", "dead"):
            log.finish(_LOG_PATIENCE)
            return Observation(self._exit(state), {})
        if not ports:
            return Observation(None, {})
        listening = self._listening(container, state["Pid"])
        bound = {
            port.name: port.exposed_port
            for port in spec.ports
            if listening is None or (port.protocol, port.container_port) in listening
        }
        return Observation(None, bound, listening or frozenset())

    def ended(self, handles: Collection[str]) -> Set[str]:
        if not handles:
            return set()
        found = self._containers(f"{_LABEL}.process")  # some may have been taken over
        running = {each["Id"] for each in found if each["State"] == "running"}
        return set(handles) - running

    def measure(self, handle: str, ports: Sequence[PortBinding]) -> Measurement:
        from docker.errors import NotFound

        container = self._container(handle)
        if container is None or not container.attrs["State"]["Running"]:
            return Measurement()
        numbers = {port.container_port for port in ports if port.protocol == "tcp"}
        connections = docker_ports.connections(container, numbers) if numbers else None
        with self._engine_errors(), suppress(NotFound):
            stats = self._client.api.stats(handle, stream=False, one_shot=True)
            return docker_stats.measurement(stats, connections)
        return Measurement()

    def members(self, handle: str, pids: Set[int]) -> Set[int]:
        return {pid for pid in pids if is_in_container(pid, handle)}

    def stop(self, handle: str, grace: float) -> None:
        container = self._container(handle)
        if container is None:
            return
        with self._engine_errors():
            container.stop(timeout=math.ceil(grace))
        self._finish_log(container)

    def remove(self, handle: str) -> None:
        from docker.errors import APIError, NotFound

        container = self._container(handle)
        if container is not None:
            self._finish_log(container)
            with self._engine_errors():
                try:
                    container.remove(force=True, v=True)
                except NotFound:
                    pass
                except APIError as error:
                    if error.status_code != 409:  # 409: it is being removed already
                        raise
        self._logs.pop(handle, None)
        self._first_seen.pop(handle, None)

    def process_ids(self) -> Set[str]:
        return {each["Labels"][f"{_LABEL}.process"] for each in self._containers(self._mark)}

    def clear(self, process_id: str) -> None:
        for container in self._containers(f"{_LABEL}.process={process_id}"):
            self.remove(container["Id"])

    def close(self) -> None:
        """Hang up on the engine; containers run on."""
        if "_client" in self.__dict__:
            self._client.close()

    @cached_property
    def _builder(self) -> ImageBuilder:
        from hathora_deploy.cloud.runtime.builder import choose_builder

        return choose_builder(self._engine)

    @cached_property
    def _client(self) -> DockerClient:
        return open_client(self._engine)

    def _new_tag(self) -> str:
        return f"{self._repository}:{secrets.token_hex(8)}"

    def _labels(self, **facts: str) -> dict[str, str]:
        name, _, value = self._mark.partition("=")
        return {name: value} | {f"{_LABEL}.{fact}": text for fact, text in facts.items()}

    def _containers(self, label: str) -> list[dict[str, Any]]:
        with self._engine_errors():
            found: list[dict[str, Any]] = self._client.api.containers(
                all=True, filters={"label": label}
            )
            return found

    def _artifact(self, tag: str) -> Artifact:
        with self._engine_errors(BuildFailed):
            return Artifact(tag, int(self._client.images.get(tag).attrs["Size"]))

    def _create(self, spec: ProcessSpec) -> Container:
        from docker.types import LogConfig

        cores = min(spec.cpu, float(self._cores))
        memory = spec.memory_mb * _MIB
        return self._client.containers.create(
            spec.artifact,
            detach=True,
            environment={name: value.reveal() for name, value in spec.env.items()},
            labels=self._labels(
                process=spec.process_id, app=spec.app_id, deployment=spec.deployment_id
            ),
            nano_cpus=int(cores * 1e9),
            mem_limit=memory,
            memswap_limit=memory,
            pids_limit=_PIDS,
            cap_drop=_DROPPED,
            ports={
                f"{port.container_port}/{port.protocol}": (
                    self._address_of(port),
                    port.exposed_port,
                )
                for port in spec.ports
            },
            init=True,  # as PID 1 a server without a handler for SIGTERM would not hear it
            log_config=LogConfig(type="local", config=_UNROTATED),
        )

    @cached_property
    def _cores(self) -> int:
        """Of the engine's machine: it refuses to promise more."""
        return int(self._client.info()["NCPU"])

    def _start_failure(self, explanation: str, spec: ProcessSpec) -> ProcessStartFailed:
        for port in spec.ports:
            # The engine tells it in words only.
            if f"{self._address_of(port)}:{port.exposed_port}" in explanation:
                return PortTaken(port.exposed_port, port.protocol)
        return ProcessStartFailed(f"Docker cannot start the container: {explanation}")

    def _address_of(self, port: PortBinding) -> str:
        return "127.0.0.1" if port.is_private else self._publish_address

    def _container(self, handle: str) -> Container | None:
        from docker.errors import APIError, NotFound

        with self._engine_errors():
            try:
                return self._client.containers.get(handle)
            except NotFound:
                return None
            except APIError as error:
                # While it starts it may not know yet: that is no answer.
                raise CloudError(f"the Docker engine cannot tell: {error.explanation}") from error

    def _copy_log(self, container: Container, file: Path) -> LogCopy:
        from hathora_deploy.cloud.runtime.docker_log import LogCopy

        assert container.id is not None
        with self._lock:
            copy = self._logs.get(container.id)
            ended = container.attrs["State"]["Status"] in ("exited", "dead")
            if copy is None or not (copy.is_running() or (ended and copy.is_whole)):
                copy = self._logs[container.id] = LogCopy(self._engine, container.id, file)
            return copy

    def _finish_log(self, container: Container) -> None:
        copy = self._logs.get(str(container.id))
        if copy is not None:
            self._copy_log(container, copy.file).finish(_LOG_PATIENCE)

    def _listening(self, container: Container, pid: int) -> set[tuple[str, int]] | None:
        """None when nobody can look, and the container has run for a while."""
        listening = docker_ports.listening(container, pid)
        if listening is not None:
            return listening
        first_seen = self._first_seen.setdefault(str(container.id), time.monotonic())
        return None if time.monotonic() - first_seen >= _BLIND_WAIT else set()

    def _exit(self, state: dict[str, Any]) -> Exit:
        code, out_of_memory = int(state["ExitCode"]), bool(state["OOMKilled"])
        started_at, ended_at = _moment(state["StartedAt"]), _moment(state["FinishedAt"])
        with_engine = bool(started_at and ended_at and self._silence.took(started_at, ended_at))
        if 128 < code <= 128 + 64:
            return Exit(signal=code - 128, out_of_memory=out_of_memory, with_engine=with_engine)
        return Exit(code=code, out_of_memory=out_of_memory, with_engine=with_engine)

    @contextmanager
    def _engine_errors(self, kind: type[CloudError] = CloudError) -> Iterator[None]:
        """Turn the engine's silence into an error of that kind, and remember it."""
        from requests import HTTPError, RequestException

        try:
            yield
        except HTTPError:  # it has answered, with a refusal
            self._silence.end()
            raise
        except EngineSilent as error:
            self._silence.begin()
            raise kind(error.message, hint=error.hint) from error
        except RequestException as error:
            self._silence.begin()
            raise unreachable(kind) from error
        self._silence.end()


def _moment(written: str) -> datetime | None:
    """A time as the engine writes it: its nanoseconds are more than Python reads."""
    found = _TIME.match(written)
    return datetime.fromisoformat(f"{found[0]}+00:00") if found else None
