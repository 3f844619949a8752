"""A cloud: its state, artifacts, runtime and what works on them, put together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from hathora_deploy.cloud.artifacts.port import Artifacts
from hathora_deploy.cloud.audit import AuditLog
from hathora_deploy.cloud.builder import Builder
from hathora_deploy.cloud.expiry import Expiry
from hathora_deploy.cloud.google_keys import GoogleKeys
from hathora_deploy.cloud.homes import open_homes
from hathora_deploy.cloud.identity import Caller
from hathora_deploy.cloud.idleness import Idleness
from hathora_deploy.cloud.log_watch import LogWatches
from hathora_deploy.cloud.membership import Membership
from hathora_deploy.cloud.node import Folders
from hathora_deploy.cloud.process_logs import ProcessLogs
from hathora_deploy.cloud.reconciler import Reconciler
from hathora_deploy.cloud.runtime.port import Runtime
from hathora_deploy.cloud.sampler import Sampler
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.cloud.state import leases
from hathora_deploy.cloud.state.nodes import NodeRecord
from hathora_deploy.cloud.state.store import Store
from hathora_deploy.cloud.sweeps import sweeps
from hathora_deploy.cloud.tls.ports import TlsPorts
from hathora_deploy.secret import Secret


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
        homes = open_homes(settings)
        store, artifacts, runtime, node = homes.store, homes.artifacts, homes.runtime, homes.node
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
        return cls(
            settings=settings,
            store=store,
            artifacts=artifacts,
            runtime=runtime,
            node=node,
            folders=folders,
            builder=builder,
            expiry=expiry,
            sampler=sampler,
            reconciler=reconciler,
            membership=membership,
            google_keys=GoogleKeys(settings.google_keys_url),
            watches=watches,
            logs=logs,
            audit=audit,
            tls_ports=homes.tls_ports,
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


def _leads(store: Store, node: NodeRecord, settings: CloudSettings) -> bool:
    """Whether this cloud is the one that clears its store of archives; a folder is its own."""
    if settings.artifacts is None:
        return True
    now = datetime.now(UTC)
    until = now + timedelta(seconds=2 * settings.expiry_interval)
    with store.write() as connection:
        return leases.take(connection, settings.artifacts, node.node_id, now=now, until=until)
