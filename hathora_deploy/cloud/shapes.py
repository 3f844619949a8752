"""The shapes of nodes, as far as their ids tell: ``shape-amd64-4-8`` has 4 vCPUs and 8 GB."""

from __future__ import annotations

from typing import Final

from hathora_deploy.api.fleets import NodeFamilyId, NodeShapeId, NodeShapeV2
from hathora_deploy.cloud.machine import Machine

_MB: Final = 1024
_AMD64: Final = "amd64"
_AMD64_FAMILIES: Final = {
    2: (NodeFamilyId.FAMILY_AMD64_1_2, "AMD64, 2 GB per vCPU"),
    4: (NodeFamilyId.FAMILY_AMD64_1_4, "AMD64, 4 GB per vCPU"),
}
_GPU_FAMILIES: Final = {
    "l4": (NodeFamilyId.FAMILY_L4_1_12, "NVIDIA L4", 12),
    "h100pcie": (NodeFamilyId.FAMILY_H100PCIE, "NVIDIA H100 PCIe", 0),
    "h100sxm5": (NodeFamilyId.FAMILY_H100SXM5, "NVIDIA H100 SXM5", 0),
    "h200sxm5": (NodeFamilyId.FAMILY_H200SXM5, "NVIDIA H200 SXM5", 0),
}
"""With the vCPUs per GPU; 0 where neither id names them."""


def every_shape() -> list[NodeShapeV2]:
    """Those of the contract, in its order."""
    return [shape_of(shape_id) for shape_id in NodeShapeId]


def shape_of(shape_id: NodeShapeId) -> NodeShapeV2:
    """A shape with the resources that its id names; what it does not name is 0, which is true of "at least"."""
    _, kind, *numbers = shape_id.split("-")
    if kind == _AMD64:
        return _amd64(shape_id, vcpus=int(numbers[0]), gigabytes=int(numbers[1]))
    family_id, family_name, per_gpu = _GPU_FAMILIES[kind]
    if len(numbers) == 2:
        family_id, per_gpu = NodeFamilyId.FAMILY_L4_1_4, int(numbers[1])
    gpus = int(numbers[0])
    name = f"{gpus} {family_name}"
    return NodeShapeV2(
        node_shape_id=shape_id,
        name=f"{name}, {gpus * per_gpu} vCPU" if per_gpu else name,
        family_id=family_id,
        family_name=f"{family_name}, {per_gpu} vCPU per GPU" if per_gpu else family_name,
        min_gpu=gpus,
        min_cpu=gpus * per_gpu,
        min_memory_mb=0,
    )


def closest(machine: Machine) -> NodeShapeId:
    """The largest shape without a GPU that a machine fills, or the smallest there is."""
    plain = [shape for shape in every_shape() if not shape.min_gpu]
    filled = [
        shape
        for shape in plain
        if shape.min_cpu <= machine.vcpus and shape.min_memory_mb <= machine.memory_mb
    ]
    if not filled:
        return plain[0].node_shape_id
    return max(filled, key=lambda shape: (shape.min_cpu, shape.min_memory_mb)).node_shape_id


def _amd64(shape_id: NodeShapeId, *, vcpus: int, gigabytes: int) -> NodeShapeV2:
    family_id, family_name = _AMD64_FAMILIES[gigabytes // vcpus]
    return NodeShapeV2(
        node_shape_id=shape_id,
        name=f"{vcpus} vCPU, {gigabytes} GB",
        family_id=family_id,
        family_name=family_name,
        min_gpu=0,
        min_cpu=vcpus,
        min_memory_mb=gigabytes * _MB,
    )
