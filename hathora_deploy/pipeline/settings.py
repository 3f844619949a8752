"""What a person, a file or the environment says about a deploy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from hathora_deploy.api.network import ContainerPort, Region, TransportType
from hathora_deploy.client.retry import RetryPolicy
from hathora_deploy.pipeline.compression import AUTO, Compression
from hathora_deploy.pipeline.git_revision import GIT_TIMEOUT
from hathora_deploy.pipeline.hooks import NO_HOOKS, Hooks
from hathora_deploy.pipeline.patience import DEFAULT_PATIENCE, Patience
from hathora_deploy.pipeline.verification import Verification
from hathora_deploy.secret import Secret

_RETRIES: Final = RetryPolicy(max_attempts=8, exponent=2.0, max_interval=60.0)


@dataclass(frozen=True)
class UploadSettings:
    """How an archive is sent. Times are in seconds, rates in bytes per second."""

    overlap_from: int = 8 << 20
    """Bytes an archive may come to, from which its parts are sent while later ones are packed."""
    most_at_once: int = 16
    """Parts that are sent at once at most; how many it takes is found out."""
    rate_limit: float | None = None
    """What all parts together may take of the link."""
    retries: RetryPolicy = _RETRIES
    """Of each part: its pauses sum up to about a minute, so that a short outage passes."""
    connect_timeout: float = 30.0
    least_rate: float = 1024.0
    stall_window: float = 30.0
    """A connection that has not taken ``least_rate`` for so long is replaced."""
    answer_timeout: float = 120.0
    """For the whole answer to a part, from its last byte on."""
    join_timeout: float = 300.0
    """For the store to join the parts."""
    stop_timeout: float = 5.0
    """For parts on their way to stop when the upload has failed."""
    follow_timeout: float | None = None
    """For another deploy to upload the same content; None: a minute, and a second for every MiB."""


@dataclass(frozen=True)
class DeploySettings:
    """None means that nobody said: the plan then decides. Times are in seconds."""

    dockerfile: str | None = None
    """A path that begins in the folder."""
    build_id: str | None = None
    build_tag: str | None = None
    allow_dirty: bool = False
    """Whether a pipeline, too, may deploy what no commit has."""
    force: bool = False
    """Whether to build what was built before, too, and to read every file for it."""
    from_latest: bool = False
    """Whether what nobody says is as in the latest deployment; its variables stay, too."""
    deployment_tag: str | None = None
    container_port: int | None = None
    transport_type: TransportType | None = None
    additional_container_ports: tuple[ContainerPort, ...] | None = None
    requested_cpu: float | None = None
    requested_memory_mb: int | None = None
    requested_gpu: int | None = None
    rooms_per_process: int | None = None
    idle_timeout_enabled: bool | None = None
    env: Mapping[str, Secret] = field(default_factory=dict)
    fleet_id: str | None = None
    room_region: Region | None = None
    """Where to create a room and wait until players can connect; None creates none."""
    verification: Verification | None = None
    """What a process of the deployment has to show, before a room is opened; None asks for nothing."""
    rollback: bool | None = None
    """Whether to go back if it does not, or its room does not start; None: if there is a verification."""
    compression: Compression = AUTO
    upload: UploadSettings = UploadSettings()
    hooks: Hooks = NO_HOOKS
    lock_timeout: float = 600.0
    """How long to wait for another deploy to the same app; 0 fails at once."""
    git_timeout: float = GIT_TIMEOUT
    """For each question to git; what is not answered by then stays unknown."""
    patience: Patience = DEFAULT_PATIENCE
    build_timeout: float = 3600.0
    start_timeout: float = 300.0
    origins: Mapping[str, str] = field(default_factory=dict)
    """By field, and ``env.NAME``: who gave it, for people: ``--env``, ``hathora.toml [deployment]``."""
