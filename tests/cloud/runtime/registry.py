"""Debian's container registry on a free port of this machine, with and without a password."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest
import requests

USER, PASSWORD = "player-one", "open-sesame-42"
HTPASSWD = "player-one:$2b$04$7SH7jCUEtPXbPFuJvFtrKeu1xNHK0IatvWCjE2v9FUHVy1Lus1CIe\n"
BUSYBOX = Path("/bin/busybox")


@dataclass(frozen=True)
class Registry:
    """A registry that runs."""

    address: str
    """``127.0.0.1:5000``, without a password."""
    guarded: str
    """The same images for those who know the password."""
    client: docker.DockerClient
    label: str

    def forget(self) -> None:
        """Remove from the engine what was pulled from here and is left."""
        for image in self.client.images.list(filters={"label": self.label}):
            self.client.images.remove(image.id, force=True)

    def push(self, name: str, *command: str) -> str:
        """Push an image of busybox with a command of its own; its name is gone from the engine."""
        reference = f"{self.address}/{name}"
        self.client.api.import_image_from_data(
            _busybox(),
            *reference.rsplit(":", 1),
            changes=[f"CMD {json.dumps(command)}", f"LABEL {self.label}"],
        )
        try:
            repository, tag = reference.rsplit(":", 1)
            for event in self.client.api.push(repository, tag, stream=True, decode=True):
                assert "error" not in event, event
        finally:
            self.client.images.remove(reference)
        return reference


@contextmanager
def running_registry(folder: Path, engine: str, ports: tuple[int, int]) -> Iterator[Registry]:
    program = shutil.which("docker-registry")
    if program is None:
        pytest.skip("no docker-registry on this machine: apt-get install docker-registry")
    if not BUSYBOX.exists():
        pytest.skip("no static busybox on this machine: apt-get install busybox-static")
    (folder / "htpasswd").write_text(HTPASSWD)
    children = []
    client = docker.DockerClient(base_url=engine)
    try:
        for port, has_password in zip(ports, (False, True), strict=True):
            file = folder / f"{port}.yml"
            file.write_text(json.dumps(_settings(folder, port, has_password)))  # JSON is YAML
            output = (folder / f"{port}.log").open("w")
            with output:
                children.append(
                    subprocess.Popen([program, "serve", file], stdout=output, stderr=output)
                )
            _wait_for(port)
        plain, guarded = (f"127.0.0.1:{port}" for port in ports)
        registry = Registry(plain, guarded, client, label=f"hathora-deploy-test={plain}")
        try:
            yield registry
        finally:
            registry.forget()
    finally:
        client.close()
        for child in children:
            child.kill()
            child.wait()


def _settings(folder: Path, port: int, has_password: bool) -> dict[str, object]:
    settings: dict[str, object] = {
        "version": "0.1",
        "log": {"level": "error"},
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
        "http": {"addr": f"127.0.0.1:{port}"},
    }
    if has_password:
        settings["auth"] = {"htpasswd": {"realm": "test", "path": str(folder / "htpasswd")}}
    return settings


def _wait_for(port: int) -> None:
    from tests.cloud.runtime.conftest import eventually

    def answers() -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{port}/v2/", timeout=5).status_code < 500
        except requests.ConnectionError:
            return False

    eventually(answers)


def _busybox() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        tar.add(BUSYBOX, arcname="bin/busybox")
        link = tarfile.TarInfo("bin/sh")
        link.type, link.linkname = tarfile.SYMTYPE, "busybox"
        tar.addfile(link)
    return out.getvalue()
