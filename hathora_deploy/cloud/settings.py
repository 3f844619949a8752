"""How a cloud is set up, and where it keeps things."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

from hathora_deploy.cloud.archive.limits import MIB, ArchiveLimits
from hathora_deploy.cloud.hosts import HostNames, is_wildcard
from hathora_deploy.cloud.origins import Origins
from hathora_deploy.cloud.port_range import PortRange
from hathora_deploy.cloud.rates import Rate
from hathora_deploy.cloud.region_hosts import RegionHosts
from hathora_deploy.cloud.trusted_proxies import TrustedProxies
from hathora_deploy.ip_address import is_loopback
from hathora_deploy.secret import Secret

DEFAULT_PORT: Final = 7350
LOOPBACK: Final = "127.0.0.1"
GAME_PORTS: Final = PortRange(26000, 26999)
"""Linux gives connections that go out the ports from 32768 on: a game server may find its own taken there."""
CALL_RATE: Final = Rate(1000, 2000)
PLAYER_RATE: Final = Rate(20, 60)
ANONYMOUS_RATE: Final = Rate(300, 1500)
POLL_RATE: Final = Rate(3000, 6000)
REFUSAL_RATE: Final = Rate(100, 1000)
_RATE: Final = "PER-SECOND:BURST"
RuntimeName = Literal["auto", "process", "docker"]


@dataclass(frozen=True)
class Option:
    """How whoever runs a cloud chooses a setting, on the command line or in the environment."""

    help: str
    """Where a text stands for something else, also how it is written."""
    metavar: str | None = None
    least: float | None = None
    most: float | None = None
    is_list: bool = False
    """Several are written with commas between; whoever types may also repeat the option."""


@dataclass(frozen=True)
class CloudSettings:
    """Settings of one cloud. Times are in seconds."""

    data_dir: Path
    runtime: Annotated[
        RuntimeName,
        Option("What the cloud builds and runs with; auto is docker where an engine answers."),
    ] = "auto"
    listen: Annotated[
        str,
        Option(
            "Address that the API listens on. Any but loopback takes a certificate, or a proxy.",
            "ADDRESS",
        ),
    ] = LOOPBACK
    port: Annotated[int, Option("Port of the API; 0 takes a free one.", least=0, most=65535)] = (
        DEFAULT_PORT
    )
    run_as: Annotated[
        str | None,
        Option(
            "User that game servers run as (process runtime). A cloud of root's gives each one of its "
            "own by default; root gives them its rights.",
            "USER",
        ),
    ] = None
    artifacts: Annotated[
        str | None,
        Option("Keep archives in a bucket: s3://bucket/prefix?endpoint=https://…&region=…", "URL"),
    ] = None
    """None keeps them in the folder."""
    database: Annotated[
        Secret | None,
        Option("Keep state in PostgreSQL: postgresql://user:password@host/database", "URL"),
    ] = None
    """None keeps it in the folder."""
    public_host: Annotated[
        str, Option("Name or address that players are told to connect to.", "HOST")
    ] = LOOPBACK
    hosts: Annotated[
        HostNames | None,
        Option("More names that the API goes by, with commas between.", "NAME,NAME", is_list=True),
    ] = None
    regions: Annotated[
        RegionHosts | None,
        Option(
            "Regions that there are, and the host by which players reach each.",
            "Seattle=HOST,London=HOST",
            is_list=True,
        ),
    ] = None
    """None: every region is there, at the public host."""
    ping_port: Annotated[
        int | None, Option("UDP port that echoes players' pings.", least=1, most=65535)
    ] = None
    tls_certificate: Annotated[
        Path | None,
        Option("Certificate, with those above it, in PEM: read again when it changes.", "FILE"),
    ] = None
    """None: where one is needed, the cloud makes one."""
    tls_key: Annotated[
        Path | None, Option("The certificate's key, unless it is in the same file.", "FILE")
    ] = None
    tls_self_signed: Annotated[
        bool, Option("Serve the API with a certificate that the cloud makes for itself.")
    ] = False
    trusted_proxies: Annotated[
        TrustedProxies | None,
        Option(
            "Addresses of proxies that end TLS: what they say of callers is believed.",
            "ADDRESS,NETWORK",
            is_list=True,
        ),
    ] = None
    allow_origin: Annotated[
        Origins | None,
        Option(
            "Web pages of this origin may call the API, as those of https://play.example.org; "
            "* is any. May be repeated.",
            "ORIGIN",
            is_list=True,
        ),
    ] = None
    game_ports: Annotated[
        PortRange, Option("Ports that players connect to, written FIRST-LAST.", "FIRST-LAST")
    ] = GAME_PORTS
    equal_ports: Annotated[
        bool,
        Option(
            "Give containers ports of the same number inside and outside, for servers that listen on "
            "HATHORA_DEFAULT_PORT."
        ),
    ] = False
    start_timeout: Annotated[
        float, Option("Seconds that a process may take to bind its port.", least=0)
    ] = 100.0
    stop_grace: Annotated[
        float, Option("Seconds that a process may take to end after it was asked to.", least=0)
    ] = 10.0
    idle_timeout: Annotated[
        float,
        Option(
            "Seconds without rooms and connections that end a process, if so deployed.", least=0
        ),
    ] = 300.0
    concurrent_builds: Annotated[int, Option("Builds that run at once.", least=1)] = 2
    max_unpacked_mb: Annotated[
        int, Option("MiB that an archive may unpack to, in whole numbers.", least=1)
    ] = 32 * 1024
    max_entries: Annotated[
        int, Option("Files, links and folders that an archive may hold.", least=1)
    ] = 250_000
    sample_interval: Annotated[
        float, Option("Seconds between two looks at what each running process uses.", least=0)
    ] = 10.0
    sample_retention: Annotated[
        float, Option("Seconds for which it is kept what processes used.", least=0)
    ] = 72 * 3600.0
    call_rate: Annotated[
        Rate, Option("Calls a second of one token, and how many at once before that.", _RATE)
    ] = CALL_RATE
    player_rate: Annotated[Rate, Option("The same of one player's token.", _RATE)] = PLAYER_RATE
    anonymous_rate: Annotated[
        Rate, Option("The same without a token, such as logins, from one address.", _RATE)
    ] = ANONYMOUS_RATE
    poll_rate: Annotated[
        Rate, Option("The same of connection infos, which players poll, from one address.", _RATE)
    ] = POLL_RATE
    refusal_rate: Annotated[
        Rate, Option("The same of calls with a wrong token, from one address.", _RATE)
    ] = REFUSAL_RATE
    calls_per_caller: Annotated[
        int, Option("Calls of one caller that are worked on at once; others wait.", least=1)
    ] = 24
    streams_per_caller: Annotated[
        int, Option("Logs that one caller may read at once.", least=1)
    ] = 2000
    connections_per_address: Annotated[
        int, Option("Connections that one address may have open.", least=1)
    ] = 5000
    parts_per_build: Annotated[
        int, Option("Parts of one build that are received at once; others wait.", least=1)
    ] = 32
    log_retention_hours: Annotated[
        int, Option("Hours for which the log of a process is kept after its end.", least=1)
    ] = 7 * 24
    log_max_mb: Annotated[
        int, Option("MiB of a process's log that are kept: of a longer one, the last.", least=1)
    ] = 4096
    node_timeout: Annotated[
        float,
        Option(
            "Seconds without a sign of life after which other clouds on the database take over.",
            least=1,
        ),
    ] = 15.0
    audit_retention_days: Annotated[
        int, Option("Days for which it is kept who changed what.", least=1)
    ] = 365
    expiry_interval: float = 3600.0
    """How often what has had its time is looked for."""
    google_keys_url: str = "https://www.googleapis.com/oauth2/v3/certs"
    """Where Google publishes the keys that it signs ID tokens with."""

    @property
    def archive_limits(self) -> ArchiveLimits:
        return ArchiveLimits(unpacked=self.max_unpacked_mb * MIB, entries=self.max_entries)

    @property
    def player_hosts(self) -> tuple[str, ...]:
        """Every host that players are told to connect to."""
        return self.regions.hosts if self.regions is not None else (self.public_host,)

    @property
    def names(self) -> tuple[str, ...]:
        """All that this cloud goes by, in small letters: first those that are for callers."""
        more = self.hosts.names if self.hosts is not None else ()
        names = (*more, self.public_host, *self.player_hosts, self.listen)
        return tuple(dict.fromkeys(name.lower() for name in names if not is_wildcard(name)))

    def host_of(self, region: str) -> str:
        """Where players connect to a process of a region."""
        host = self.regions.host_of(region) if self.regions is not None else None
        return host or self.public_host  # the region may have been one when the process began

    @property
    def publish_address(self) -> str:
        """The address of this machine that players' ports are bound to."""
        # Another host may be a name, or the address of a router: only all addresses surely reach it.
        return LOOPBACK if all(map(is_loopback, self.player_hosts)) else "0.0.0.0"  # noqa: S104 - asked for by a public host

    @property
    def tls_dir(self) -> Path:
        """The certificate that the cloud has made, and its key."""
        return self.data_dir / "tls"

    @property
    def database_file(self) -> Path:
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
    def id_file(self) -> Path:
        """What tells this cloud from others, where they share a container engine."""
        return self.data_dir / "id"

    @property
    def node_file(self) -> Path:
        """The id of this cloud among those that work on the same database."""
        return self.data_dir / "node"

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
    def earlier_log_file(self) -> Path:
        return self.data_dir / "cloud.log.1"

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
