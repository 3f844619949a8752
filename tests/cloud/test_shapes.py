"""What a shape is, and which of them a machine is closest to."""

from __future__ import annotations

import pytest

from hathora_deploy.api.fleets import NodeShapeId
from hathora_deploy.cloud.machine import Machine
from hathora_deploy.cloud.shapes import closest, every_shape, shape_of


@pytest.mark.parametrize(
    ("shape_id", "gpus", "vcpus", "memory_mb", "family"),
    [
        ("shape-amd64-4-8", 0, 4, 8192, "family-amd64-1-2"),
        ("shape-amd64-32-128", 0, 32, 131072, "family-amd64-1-4"),
        ("shape-l4-1-4", 1, 4, 0, "family-l4-1-4"),
        ("shape-l4-8", 8, 96, 0, "family-l4-1-12"),
        ("shape-h100pcie-2", 2, 0, 0, "family-h100pcie"),
        ("shape-h100sxm5-8", 8, 0, 0, "family-h100sxm5"),
        ("shape-h200sxm5-1", 1, 0, 0, "family-h200sxm5"),
    ],
)
def test_a_shape_has_what_its_id_names(
    shape_id: str, gpus: int, vcpus: int, memory_mb: int, family: str
) -> None:
    shape = shape_of(NodeShapeId(shape_id))

    assert (shape.min_gpu, shape.min_cpu, shape.min_memory_mb) == (gpus, vcpus, memory_mb)
    assert shape.family_id == family


def test_no_two_shapes_have_the_same_name() -> None:
    shapes = every_shape()

    assert len({shape.name for shape in shapes}) == len(shapes) == len(NodeShapeId)


@pytest.mark.parametrize(
    ("vcpus", "gigabytes", "expected"),
    [
        (2, 4, "shape-amd64-4-8"),
        (4, 15.9, "shape-amd64-4-8"),
        (4, 16, "shape-amd64-4-16"),
        (12, 64, "shape-amd64-8-32"),
        (96, 512, "shape-amd64-64-128"),
    ],
)
def test_a_machine_is_closest_to_the_largest_shape_that_it_fills(
    vcpus: float, gigabytes: float, expected: str
) -> None:
    machine = Machine(host="here", vcpus=vcpus, memory_mb=int(gigabytes * 1024), gpus=0)

    assert closest(machine) == expected
