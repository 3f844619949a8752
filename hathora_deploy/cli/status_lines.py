"""The status of an app as lines that fit a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

import click

from hathora_deploy.api.apps import Application
from hathora_deploy.cli.place import NOWHERE, Place
from hathora_deploy.cli.terminal import harmless
from hathora_deploy.cli.text import ago, aligned, counted, short_tag, size
from hathora_deploy.pipeline.app_status import AppStatus, Failure, Group, Notice
from hathora_deploy.pipeline.excerpt import shortened

_SHOWN: Final = 2
"""Failures, and notices, of which a person is told on one screen."""
_FEWEST_GROUPS: Final = 3
_GAPS: Final = 2
"""Lines between what is above each other."""


@dataclass(frozen=True)
class Frame:
    """What lines are to fit; None is no limit."""

    width: int | None = None
    height: int | None = None
    has_colours: bool = False

    def styled(self, line: str, **style: object) -> str:
        """The line without what others may have written to steer a terminal, cut to the width."""
        clean = harmless(line, colours=False).replace("\n", " ")
        if self.width is not None:
            clean = shortened(clean, self.width)
        return click.style(clean, **style) if style and self.has_colours else clean  # type: ignore[arg-type]  # any of click's


def status_lines(
    app: Application,
    status: AppStatus | None,
    *,
    endpoint: str,
    now: datetime,
    frame: Frame,
    trouble: str | None = None,
    place: Place = NOWHERE,
) -> list[str]:
    """What is live, what runs, what failed, and what is worth acting on; None is not known yet."""
    top = [frame.styled(f"{app.app_name}  ·  {endpoint}", bold=True)]
    if trouble:
        top.append(frame.styled(trouble, fg="red"))
    if status is None:
        return top
    top += _live(status, now, frame)
    bottom = [
        *_failures(status.failures, now, frame, place),
        *_notices(status.notices, frame, place),
    ]
    left = None if frame.height is None else frame.height - len(top) - len(bottom) - _GAPS
    groups = _groups(status, left, frame)
    blocks = [block for block in (top, groups, bottom) if block]
    return [line for number, block in enumerate(blocks) for line in ([""] * bool(number) + block)]


def _live(status: AppStatus, now: datetime, frame: Frame) -> list[str]:
    live = status.live
    if live is None:
        return [frame.styled("live     nothing")]
    deployment, build = live.deployment, live.build
    tag = short_tag(deployment.deployment_tag or "without a tag")
    since = f"{ago(now - deployment.created_at)} by {live.author}"
    length = f"  {size(build.image_size)}" if build else ""
    return [
        frame.styled(f"live     {tag}  {since}", fg="green"),
        frame.styled(f"         {deployment.deployment_id}"),
        frame.styled(f"build    {deployment.build_id}{length}"),
        frame.styled(f"running  {_in_words(status)}"),
    ]


def _in_words(status: AppStatus) -> str:
    load = status.load
    if not load.processes:
        return "nothing"
    regions = len({group.region for group in status.groups})
    more = f", {status.unlisted:,} of which are not listed" if status.unlisted else ""
    return (
        f"{counted(load.processes, 'process', 'processes')} with {counted(load.rooms, 'room')}"
        f" in {counted(regions, 'region')}{more}"
    )


def _groups(status: AppStatus, height: int | None, frame: Frame) -> list[str]:
    groups = status.groups
    if not groups:
        return []
    most = len(groups) if height is None else max(_FEWEST_GROUPS, height - 1)
    shown = groups if len(groups) <= most else groups[: most - 1]
    titles = ("REGION", "DEPLOYMENT", "PROCESSES", "ROOMS")
    first, *lines = aligned([titles, *map(_cells, shown)])
    styles = [{} if group.is_live else {"fg": "yellow"} for group in shown]
    return [
        frame.styled(first, bold=True),
        *(frame.styled(line, **style) for line, style in zip(lines, styles, strict=True)),
        *([f"and {len(groups) - len(shown)} more"] if len(shown) < len(groups) else []),
    ]


def _cells(group: Group) -> tuple[str, ...]:
    name = short_tag(group.tag) if group.tag else group.deployment_id[:12]
    counts = ", ".join(f"{count} {status}" for status, count in group.statuses)
    age = "live" if group.is_live else "older"
    return str(group.region), f"{name} ({age})", counts, f"{group.load.rooms}/{group.places}"


def _failures(failures: Sequence[Failure], now: datetime, frame: Frame, place: Place) -> list[str]:
    if not failures:
        return []
    lines = [frame.styled(f"failed   {len(failures)} in the last day", fg="red")]
    for failure in islice(failures, _SHOWN):
        tag = f"  {short_tag(failure.tag)}" if failure.tag else ""
        why = failure.process.summary_exit_reason or "for no reason that is known"
        when = ago(now - failure.ended_at)
        lines += [
            frame.styled(f"         {when}  {failure.process.region}{tag}: {why}"),
            f"         {place.completed(failure.command)}",
        ]
    return lines


def _notices(notices: Sequence[Notice], frame: Frame, place: Place) -> list[str]:
    lines = []
    for notice in islice(notices, _SHOWN):
        lines += [
            frame.styled(f"warning  {notice.what}", fg="yellow"),
            f"         {place.completed(notice.command)}",
        ]
    return lines
