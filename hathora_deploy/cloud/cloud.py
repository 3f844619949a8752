"""A cloud: its state, artifacts, runtime and what works on them, put together."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from hathora_deploy import private_files
from hathora_deploy.api.errors import InternalServerError
from hathora_deploy.cloud import organization
from hathora_deploy.cloud.artifacts import choice as artifacts_choice
from hathora_deploy.cloud.artifacts.port import Artifacts
from hathora_deploy.cloud.audit import AuditLog
from hathora_deploy.cloud.builder import Builder
from hathora_deploy.cloud.errors import UnusableFolder
from hathora_deploy.cloud.expiry import Expiry
from hathora_deploy.cloud.google_keys import GoogleKeys
from hathora_deploy.cloud.identity import Caller, issue_token
from hathora_deploy.cloud.idleness import Idleness
from hathora_deploy.cloud.log_watch import LogWatches
from hathora_deploy.cloud.membership import Membership
from hathora_deploy.cloud.node import Folders, this_node
from hathora_deploy.cloud.process_logs import ProcessLogs
from hathora_deploy.cloud.reconciler import Reconciler
from hathora_deploy.cloud.runtime import choice as runtime_choice
from hathora_deploy.cloud.runtime.port import Runtime
from hathora_deploy.cloud.sampler import Sampler
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.cloud.state import leases, orgs
from hathora_deploy.cloud.state.nodes import NodeRecord
from hathora_deploy.cloud.state.store import Store
from hathora_deploy.cloud.sweeps import sweeps
from hathora_deploy.cloud.tls import choice as certificate_choice
from hathora_deploy.cloud.tls.ports import TlsPorts
from hathora_deploy.cloud.tls.runtime import TlsRuntime
from hathora_deploy.secret import Secret

_LOCAL_NAME = "local"


@dataclass(frozen=True)
class Cloud:
    """What the handlers work with."""

    settings: CloudSettings
    store: Store
    artifacts: Artifacts
    runtime: Runtime
    node: NodeRecord
    folders: Folders
    builder: Builder
    expiry: Expiry
    sampler: Sampler
    reconciler: Reconciler
    membership: Membership
    google_keys: GoogleKeys
    watches: LogWatches
    logs: ProcessLogs
    audit: AuditLog
    tls_ports: TlsPorts

    @classmethod
    def open(cls, settings: CloudSettings) -> Cloud:
        """The cloud of a folder, made where it is absent. Raises CloudStartError."""
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
        folders = Folders(settings=settings, node=node, runtime=runtime)
        builder = Builder(
            settings=settings, store=store, artifacts=artifacts, runtime=runtime, folders=folders
        )
        watches = LogWatches()
        logs = ProcessLogs(settings=settings, store=store, folders=folders, watches=watches)
        audit = AuditLog(settings=settings, store=store)
        leads = partial(_leads, store, node, settings)
        expiry = Expiry(sweeps(settings, artifacts=artifacts, logs=logs, audit=audit, leads=leads))
        sampler = Sampler(settings=settings, store=store, runtime=runtime, node_id=node.node_id)
        idleness = Idleness(
            timeout=settings.idle_timeout,
            store=store,
            runtime=runtime,
            last_connected=sampler.last_connected,
        )
        reconciler = Reconciler(
            settings=settings,
            store=store,
            runtime=runtime,
            idleness=idleness,
            node=node,
            folders=folders,
            on_live=sampler.wake,
        )
        membership = Membership(
            settings=settings,
            store=store,
            runtime=runtime,
            node=node,
            folders=folders,
            builder=builder,
            on_change=reconciler.wake,
            on_return=reconciler.end_strays,
        )
        google_keys = GoogleKeys(settings.google_keys_url)
        return cls(
            settings,
            store,
            artifacts,
            runtime,
            node,
            folders,
            builder,
            expiry,
            sampler,
            reconciler,
            membership,
            google_keys,
            watches,
            logs,
            audit,
            tls_ports,
        )

    def start(self) -> None:
        """Come up on this machine, and go on with what an earlier cloud of this folder left."""
        self.membership.start()
        self.builder.fail_interrupted()
        self.audit.start()
        self.expiry.start()
        self.sampler.start()
        self.reconciler.start()

    def close(self, *, leaves_processes: bool = False) -> None:
        """Cancel builds, stop processes, and return when nothing runs any more.

        Where it ``leaves_processes``, they run on until the next cloud of this folder finds them.
        """
        if not leaves_processes:
            self.membership.start_leaving()
        self.expiry.close()
        self.builder.close()
        self.sampler.close()
        self.reconciler.close(leaves_processes=leaves_processes)
        self.membership.close(comes_back=leaves_processes)
        self.tls_ports.close()
        self.artifacts.close()
        self.audit.close()
        self.store.close()


@dataclass(frozen=True)
class Call:
    """One call as a handler sees it."""

    cloud: Cloud
    caller: Caller
    base_url: str
    """How the caller reaches this cloud: ``http://127.0.0.1:7350``."""
    now: datetime
    lease_id: Secret | None = None
    """Of the deploy that calls, if it names one."""


def _kept(file: Path, *, size: int) -> str:
    """What a file holds: so many random bytes in hexadecimal, made where it is absent."""
    if not file.exists():
        private_files.write(file, secrets.token_hex(size))
    return file.read_text(encoding="utf-8").strip()


def _leads(store: Store, node: NodeRecord, settings: CloudSettings) -> bool:
    """Whether this cloud is the one that clears its store of archives; a folder is its own."""
    if settings.artifacts is None:
        return True
    now = datetime.now(UTC)
    until = now + timedelta(seconds=2 * settings.expiry_interval)
    with store.write() as connection:
        return leases.take(connection, settings.artifacts, node.node_id, now=now, until=until)


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
