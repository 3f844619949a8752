"""How a cloud is set up, and where it keeps things."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from hathora_deploy.cloud.archive.limits import ArchiveLimits

DEFAULT_PORT: Final = 7350
LOOPBACK: Final = "127.0.0.1"
RuntimeName = Literal["auto", "process", "docker"]


@dataclass(frozen=True)
class CloudSettings:
    """Settings of one cloud. Times are in seconds."""

    data_dir: Path
    host: str = LOOPBACK
    """Address that the API listens on."""
    port: int = DEFAULT_PORT
    """Port that the API listens on; 0 takes a free one."""
    runtime: RuntimeName = "auto"
    artifacts: str | None = None
    """The ``s3://`` URL of the bucket that archives are kept in; None keeps them in the folder."""
    public_host: str = LOOPBACK
    """Name or address that players are told to connect to."""
    first_game_port: int = 34000
    last_game_port: int = 34999
    start_timeout: float = 100.0
    """How long a process may take to bind its port."""
    stop_grace: float = 10.0
    """How long a process may take to end after it was asked to."""
    concurrent_builds: int = 2
    archive_limits: ArchiveLimits = field(default_factory=ArchiveLimits)
    sample_interval: float = 10.0
    """How often it is looked at what each running process uses."""
    sample_retention: float = 72 * 3600.0
    """How long that is kept."""
    expiry_interval: float = 3600.0
    """How often uploads are looked for that nobody completed."""
    google_keys_url: str = "https://www.googleapis.com/oauth2/v3/certs"
    """Where Google publishes the keys that it signs ID tokens with."""

    @property
    def game_ports(self) -> int:
        """How many ports there are for players; each process needs at least one."""
        return self.last_game_port - self.first_game_port + 1

    @property
    def database(self) -> Path:
        return self.data_dir / "cloud.db"

    @property
    def token_file(self) -> Path:
        """The token that the command line finds by itself."""
        return self.data_dir / "token"

    @property
    def signing_key_file(self) -> Path:
        """Signs the URLs that archives are uploaded to."""
        return self.data_dir / "signing-key"

    @property
    def lock_file(self) -> Path:
        """Locked for as long as a cloud runs on this folder."""
        return self.data_dir / "lock"

    @property
    def address_file(self) -> Path:
        """Where the running cloud is found."""
        return self.data_dir / "cloud.json"

    @property
    def log_file(self) -> Path:
        """What a cloud in the background prints."""
        return self.data_dir / "cloud.log"

    @property
    def archives_dir(self) -> Path:
        return self.data_dir / "archives"

    @property
    def downloads_dir(self) -> Path:
        """Archives of a bucket, while they are built."""
        return self.data_dir / "downloads"

    @property
    def artifacts_dir(self) -> Path:
        return self.data_dir / "artifacts"

    def build_log(self, key: str) -> Path:
        return self.data_dir / "logs" / "builds" / f"{key}.log"

    def process_log(self, process_id: str) -> Path:
        return self.data_dir / "logs" / "processes" / f"{process_id}.log"
