"""What a cloud stands on, opened: its state, its artifacts, its runtime, and who it is among others."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from hathora_deploy import private_files
from hathora_deploy.api.errors import InternalServerError
from hathora_deploy.cloud import organization
from hathora_deploy.cloud.artifacts import choice as artifacts_choice
from hathora_deploy.cloud.artifacts.port import Artifacts
from hathora_deploy.cloud.errors import UnusableFolder
from hathora_deploy.cloud.identity import issue_token
from hathora_deploy.cloud.node import this_node
from hathora_deploy.cloud.runtime import choice as runtime_choice
from hathora_deploy.cloud.runtime.port import Runtime
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.cloud.state import orgs
from hathora_deploy.cloud.state.nodes import NodeRecord
from hathora_deploy.cloud.state.store import Store
from hathora_deploy.cloud.tls import choice as certificate_choice
from hathora_deploy.cloud.tls.ports import TlsPorts
from hathora_deploy.cloud.tls.runtime import TlsRuntime
from hathora_deploy.secret import Secret

_LOCAL_NAME: Final = "local"


@dataclass(frozen=True)
class Homes:
    """One of each port; ``tls_ports`` are those that stand before the runtime."""

    store: Store
    artifacts: Artifacts
    runtime: Runtime
    tls_ports: TlsPorts
    node: NodeRecord


def open_homes(settings: CloudSettings) -> Homes:
    """Those of a folder, made where they are absent. Raises CloudStartError."""
    try:
        private_files.make_folder(settings.data_dir)
        signing_key = _kept(settings.signing_key_file, size=32).encode()
        tls_ports = TlsPorts(
            certificate=lambda: certificate_choice.choose(settings),
            address=settings.publish_address,
            most_of_one=settings.connections_per_address,
        )
        runtime = TlsRuntime(
            runtime_choice.choose(
                settings.runtime,
                root=settings.artifacts_dir,
                publish_address=settings.publish_address,
                cloud_id=_kept(settings.id_file, size=6),
                run_as=settings.run_as,
            ),
            tls_ports,
        )
        artifacts = artifacts_choice.choose(
            settings.artifacts,
            archives=settings.archives_dir,
            downloads=settings.downloads_dir,
            signing_key=signing_key,
        )
        store = Store.open(settings.database, file=settings.database_file)
        _ensure_org(store, settings)
        node = this_node(store, settings, runtime.site, datetime.now(UTC))
    except (OSError, InternalServerError) as error:
        reason = error.strerror if isinstance(error, OSError) else error.message
        raise UnusableFolder(settings.data_dir, reason) from None
    return Homes(store=store, artifacts=artifacts, runtime=runtime, tls_ports=tls_ports, node=node)


def _kept(file: Path, *, size: int) -> str:
    """What a file holds: so many random bytes in hexadecimal, made where it is absent."""
    if not file.exists():
        private_files.write(file, secrets.token_hex(size))
    return file.read_text(encoding="utf-8").strip()


def _ensure_org(store: Store, settings: CloudSettings) -> None:
    """The organization of this machine and, in a file, the token that the command line uses."""
    now = datetime.now(UTC)
    with store.write() as connection:
        org = orgs.oldest_org(connection)
        if org is None:
            org = organization.found(connection, name=_LOCAL_NAME, now=now)
        organization.complete(connection, now)
        if not _holds_token(connection, settings.token_file):
            _, text = issue_token(
                connection, org_id=org.org_id, name=_LOCAL_NAME, created_by=_LOCAL_NAME, now=now
            )
            private_files.write(settings.token_file, text.reveal())


def _holds_token(connection: Connection, file: Path) -> bool:
    """Whether a file is there and holds a token of this cloud that nobody has revoked."""
    try:
        text = Secret(file.read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError):
        return False
    return orgs.find_token(connection, orgs.digest(text)) is not None
