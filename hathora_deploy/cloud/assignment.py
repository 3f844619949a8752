"""Gives every new process to one of the clouds that work on the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from hathora_deploy.cloud.state import assignments, builds, deployments, nodes
from hathora_deploy.cloud.state.nodes import NodeRecord
from hathora_deploy.cloud.state.processes import ProcessRecord
from hathora_deploy.cloud.state.store import Store


class Assignment:
    """The cloud that notices a process first gives it to whichever has the most to spare."""

    def __init__(self, *, store: Store, node: NodeRecord) -> None:
        self._store = store
        self._node = node

    def mine(self) -> list[ProcessRecord]:
        """The live processes that this cloud looks after, oldest first; each has one cloud only."""
        with self._store.read() as connection:
            found = assignments.of_node(connection, self._node.node_id)
        if all(process.node_id for process in found):
            return found
        with self._store.write() as connection:
            for process in assignments.of_node(connection, self._node.node_id):
                if process.node_id is None:
                    self._assign(connection, process)
            return assignments.of_node(connection, self._node.node_id)

    def _assign(self, connection: Connection, process: ProcessRecord) -> None:
        able = [
            node
            for node in nodes.present(connection)
            if not node.is_leaving and self._can_run(connection, process, node)
        ]
        chosen = least_loaded(able, assignments.load(connection), asked=self._node.node_id)
        # Without any, its start says here what is missing.
        node_id = self._node.node_id if chosen is None else chosen.node_id
        assignments.assign(connection, process.process_id, node_id)

    def _can_run(self, connection: Connection, process: ProcessRecord, node: NodeRecord) -> bool:
        """Whether a cloud has the build of a process; an earlier program did not say who built it."""
        deployment = deployments.get(connection, process.deployment_id)
        assert deployment is not None  # a process has one, and none is ever deleted
        build = builds.get_by_key(connection, deployment.build_key)
        if build is None or build.node_id is None:
            return node.node_id == self._node.node_id
        maker = nodes.get(connection, build.node_id)
        return build.node_id == node.node_id or (maker is not None and maker.site == node.site)


def least_loaded(
    able: Iterable[NodeRecord], load: Mapping[str, float], *, asked: str
) -> NodeRecord | None:
    """The node whose cores are least spoken for; of equal ones, the one that was asked."""
    return min(
        able,
        key=lambda node: (load.get(node.node_id, 0) / (node.vcpus or 1), node.node_id != asked),
        default=None,
    )
