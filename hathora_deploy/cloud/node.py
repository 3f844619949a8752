"""This cloud among those that work on the same database."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from hathora_deploy import private_files
from hathora_deploy.api.errors import NotFound
from hathora_deploy.cloud import ids
from hathora_deploy.cloud.machine import identity, this_machine
from hathora_deploy.cloud.runtime.port import Runtime
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.cloud.state import nodes
from hathora_deploy.cloud.state.builds import BuildRecord
from hathora_deploy.cloud.state.nodes import NodeRecord
from hathora_deploy.cloud.state.store import Store


def this_node(store: Store, settings: CloudSettings, site: str, now: datetime) -> NodeRecord:
    """The node of a folder, which keeps its id; a folder that was copied becomes another."""
    machine = this_machine()
    here = NodeRecord(
        node_id="",
        host=machine.host,
        started_at=now,
        machine=identity(),
        site=site,
        home=str(settings.data_dir.absolute()),
        vcpus=machine.vcpus,
        memory_mb=machine.memory_mb,
        gpus=machine.gpus,
    )
    file = settings.node_file
    with store.read() as connection:
        if not store.is_shared:
            # The database is the folder's own.
            known = nodes.oldest(connection)
        else:
            known = (
                nodes.get(connection, file.read_text("utf-8").strip()) if file.exists() else None
            )
            if known is not None and (known.machine, known.home) != (here.machine, here.home):
                known = None
    here = replace(here, node_id=known.node_id if known is not None else ids.new_node_id())
    private_files.write(file, f"{here.node_id}\n")
    return here


class Folders:
    """What the clouds of a database have made, logs and artifacts, and where that is."""

    def __init__(self, *, settings: CloudSettings, node: NodeRecord, runtime: Runtime) -> None:
        self._settings = settings
        self._node = node
        self._runtime = runtime
        self.node_id = node.node_id

    def is_own(self, node_id: str | None) -> bool:
        """Whether it is this cloud; an earlier program, which said nothing, was alone."""
        return node_id in (None, self.node_id)

    def of(self, connection: Connection, node_id: str | None) -> CloudSettings | None:
        """The settings by whose paths a cloud keeps things; None where that is another machine."""
        node = self._other(connection, node_id)
        if node is None:
            return self._settings
        if node.home is None or node.machine != self._node.machine:
            return None
        return replace(self._settings, data_dir=Path(node.home))

    def within_sight(self, connection: Connection, node_id: str | None) -> CloudSettings:
        """As ``of``. Raises NotFound for another machine, which it names."""
        found = self.of(connection, node_id)
        if found is None:
            node = self._other(connection, node_id)
            assert node is not None  # this cloud's own is in sight
            host = node.host
            raise NotFound(f"this log is kept on {host}: ask the cloud there")
        return found

    def is_within_reach(self, connection: Connection, node_id: str | None) -> bool:
        """Whether this cloud's runtime finds what a cloud has built and started."""
        node = self._other(connection, node_id)
        return node is None or node.site == self._node.site

    def artifact(self, connection: Connection, build: BuildRecord) -> str | None:
        """How this cloud's runtime is told of a build; None where it does not find it."""
        if build.artifact is None or not self.is_within_reach(connection, build.node_id):
            return None
        settings = self.of(connection, build.node_id)
        if settings is None or self.is_own(build.node_id):
            return build.artifact
        return self._runtime.artifact_of(settings.artifacts_dir, build.artifact)

    def _other(self, connection: Connection, node_id: str | None) -> NodeRecord | None:
        """None is this cloud."""
        if node_id is None or self.is_own(node_id):
            return None
        return nodes.get(connection, node_id) or NodeRecord(
            node_id, "another machine", started_at=self._node.started_at
        )
