"""``hathora-deploy rooms``: what players join."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import click

from hathora_deploy.cli import selection
from hathora_deploy.cli.command import Group
from hathora_deploy.cli.options import TargetSettings, with_region, with_target
from hathora_deploy.cli.output import Output
from hathora_deploy.cli.processes import find_process
from hathora_deploy.cli.target import reach
from hathora_deploy.cli.text import address, moment

if TYPE_CHECKING:
    from hathora_deploy.api.network import Region
    from hathora_deploy.api.rooms import ConnectionInfoV2, RoomWithoutAllocations
    from hathora_deploy.client import HathoraCloud

ResultT = TypeVar("ResultT")


@click.group(cls=Group)
def command() -> None:
    """Rooms: what players join. Without a command, lists those in use."""


@command.command(
    "list",
    examples=[
        "hathora-deploy rooms",
        "hathora-deploy rooms list PROCESS",
    ],
)
@click.argument("process", required=False)
@with_target
def list_(target: TargetSettings, output: Output, process: str | None) -> None:
    """List the rooms in use, of a process or of all that run."""
    rooms: list[RoomWithoutAllocations] = []
    with reach(target, output) as reached:
        cloud = reached.cloud
        if process:
            homes = [(find_process(cloud, process)[0], process)]
        else:
            homes = [
                (app.app_id, each.process_id)
                for app in selection.apps_in_scope(cloud)
                for each in cloud.processes_v3.get_latest_processes(app_id=app.app_id)
                if each.rooms_allocated
            ]
        for app_id, process_id in homes:
            rooms += cloud.rooms_v2.get_active_rooms_for_process(
                app_id=app_id, process_id=process_id
            )
    output.list(
        "rooms",
        rooms,
        titles="ROOM PROCESS STATUS SINCE",
        cells=lambda room: [
            room.room_id,
            room.current_allocation.process_id if room.current_allocation else "-",
            room.status,
            moment(room.current_allocation.scheduled_at if room.current_allocation else None),
        ],
        nothing="there are no rooms",
    )


@command.command(
    short_help="Create a room.",
    examples=[
        "hathora-deploy rooms create --region Tokyo",
        'hathora-deploy rooms create --room-id final-3 --room-config \'{"map": "castle"}\'',
    ],
)
@click.option("--room-id", help="An id of your own.")
@click.option("--room-config", help="Text that the game server is given with the room.")
@with_region
@with_target
def create(
    target: TargetSettings,
    output: Output,
    region: Region | None,
    room_id: str | None,
    room_config: str | None,
) -> None:
    """Create a room, in a process that has place for it or in a new one."""
    from hathora_deploy.api.network import Region as Regions

    with reach(target, output) as reached:
        app = selection.the_app(reached, output)
        room = reached.cloud.rooms_v2.create_room(
            app_id=app.app_id,
            region=region or Regions.SEATTLE,
            room_id=room_id,
            room_config=room_config,
        )
    _show_connection(room, output, {"process": room.process_id})


@command.command(examples=["hathora-deploy rooms get ROOM"])
@click.argument("room")
@with_target
def get(target: TargetSettings, output: Output, room: str) -> None:
    """Show one room and the processes it has been in."""
    with reach(target, output) as reached:
        found = _in_its_app(reached.cloud, room, reached.cloud.rooms_v2.get_room_info)
    output.facts(
        found,
        {
            "room": found.room_id,
            "app": found.app_id,
            "status": found.status,
            "config": found.room_config,
            **{
                f"process {number}": f"{each.process_id}, {moment(each.scheduled_at)}"
                for number, each in enumerate(found.allocations, start=1)
            },
        },
    )


@command.command(examples=["hathora-deploy rooms connect ROOM"])
@click.argument("room")
@with_target
def connect(target: TargetSettings, output: Output, room: str) -> None:
    """Show where players of a room connect."""
    with reach(target, output) as reached:
        info = _in_its_app(reached.cloud, room, reached.cloud.rooms_v2.get_connection_info)
    _show_connection(info, output, {})


@command.command(examples=["hathora-deploy rooms destroy ROOM"])
@click.argument("room")
@with_target
def destroy(target: TargetSettings, output: Output, room: str) -> None:
    """Destroy a room."""
    with reach(target, output) as reached:
        _in_its_app(reached.cloud, room, reached.cloud.rooms_v2.destroy_room)
    output.done("destroyed", room)


def _in_its_app(cloud: HathoraCloud, room: str, operation: Callable[..., ResultT]) -> ResultT:
    """Call an operation with a room and the app that it is found in."""
    _, result = selection.find(
        cloud, "room", room, lambda app_id: operation(app_id=app_id, room_id=room)
    )
    return result


def _show_connection(info: ConnectionInfoV2, output: Output, more: dict[str, str | None]) -> None:
    output.facts(
        info,
        {
            "room": info.room_id,
            **more,
            "status": info.status,
            "address": address(info.exposed_port) if info.exposed_port else None,
            **{port.name: address(port) for port in info.additional_exposed_ports},
        },
    )
