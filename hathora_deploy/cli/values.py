"""How the texts of flags, variables and hathora.toml become values. No message shows a secret."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import click

from hathora_deploy.cli.errors import SettingsError
from hathora_deploy.secret import Secret

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from hathora_deploy.api.network import ContainerPort, Region
    from hathora_deploy.pipeline.probe import Probe

    ParamType = click.ParamType[Any]
else:
    ParamType = click.ParamType  # generic only in the newest click


class SecretText(ParamType):
    """A token. An empty one, as a pipeline passes where a secret is not set, is none."""

    name = "token"

    def convert(self, value: Any, param: Any, ctx: Any) -> Secret | None:
        text = value.reveal() if isinstance(value, Secret) else str(value).strip()
        if not (text.isascii() and text.isprintable()):
            self.fail("it holds characters that no token has; was it copied whole?", param, ctx)
        return Secret(text) if text else None


class Seconds(click.FloatRange):
    """A duration; ``inf`` is without end."""

    name = "seconds"

    def __init__(self, *, may_be_zero: bool = False) -> None:
        super().__init__(min=0, min_open=not may_be_zero)

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        duration: float = super().convert(value, param, ctx)
        if math.isnan(duration):
            self.fail(f"{value} is no number of seconds", param, ctx)
        return duration


class Rate(ParamType):
    """Bytes a second, as curl and rsync take them: a number, and K, M or G for powers of 1024."""

    name = "RATE"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        found = _RATE.fullmatch(str(value).strip())
        rate = float(found["number"]) * _UNITS[found["unit"].upper()] if found else 0.0
        if not rate > 0:
            self.fail(f"{value} is no rate: write 500K or 10M, for bytes a second", param, ctx)
        return rate


_RATE: Final = re.compile(r"(?P<number>\d+(\.\d+)?)(?P<unit>[KMG]?)", re.IGNORECASE)
_UNITS: Final = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


class Since(ParamType):
    """A moment: how long ago it was, or when on this machine's clock unless it names an offset."""

    name = "MOMENT"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            if found := _AGO.fullmatch(value.strip()):
                return datetime.now(UTC) - int(found["count"]) * _DURATIONS[found["unit"]]
            return datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value} is no moment: write 30m, 2h, 7d or 2026-11-21T18:00", param, ctx)


_AGO: Final = re.compile(r"(?P<count>\d+)(?P<unit>[smhd])")
_DURATIONS: Final = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}


def seconds(environment: Mapping[str, str], name: str, *, default: float) -> float:
    """A duration that only a variable sets. Raises SettingsError."""
    text = environment.get(name) or f"{default}"
    if not re.fullmatch(r"\d{1,6}(\.\d+)?", text) or not float(text):
        raise SettingsError(f"{name} is no number of seconds: {text}", hint=f"like {default:g}")
    return float(text)


class NamedPort(ParamType):
    """``NAME:PORT/PROTOCOL``."""

    name = "NAME:PORT/PROTOCOL"

    def split_envvar_value(self, rv: str) -> Sequence[str]:
        return re.split(r"[\s,]+", rv.strip())

    def convert(self, value: Any, param: Any, ctx: Any) -> ContainerPort:
        from hathora_deploy.api.network import ContainerPort, TransportType

        if isinstance(value, ContainerPort):
            return value
        parts = re.fullmatch(r"([a-z][a-z0-9-]*):(\d{1,5})/(tcp|udp|tls)", str(value))
        if parts is None or not 1 <= int(parts[2]) <= 65535:
            self.fail(f"{value!r} is not NAME:PORT/PROTOCOL, like query:27016/udp", param, ctx)
        return ContainerPort(
            name=parts[1], port=int(parts[2]), transport_type=TransportType(parts[3])
        )


class ProbeText(ParamType):
    """``tcp``, ``udp``, ``http:/path`` or a command; a variable holds one a line."""

    name = "PROBE"

    def split_envvar_value(self, rv: str) -> Sequence[str]:
        return list(filter(None, map(str.strip, rv.splitlines())))

    def convert(self, value: Any, param: Any, ctx: Any) -> Probe:
        from hathora_deploy.pipeline.probe import Probe

        if isinstance(value, Probe):
            return value
        try:
            return Probe.named(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class HookCommand(ParamType):
    """A command of one's own: a line for the shell, or the words of hathora.toml; none, if it is empty."""

    name = "command"

    def convert(self, value: Any, param: Any, ctx: Any) -> str | tuple[str, ...]:
        return value.strip() if isinstance(value, str) else tuple(value)


class RegionName(ParamType):
    """A region, in any case and with spaces or hyphens for ``_``."""

    name = "region"

    def convert(self, value: Any, param: Any, ctx: Any) -> Region:
        from hathora_deploy.api.network import Region

        wanted = _folded(str(value))
        known = {_folded(region): region for region in Region}
        if wanted in known:
            return known[wanted]
        near = difflib.get_close_matches(wanted, known, n=1)
        rest = f"did you mean {known[near[0]]}?" if near else f"they are {', '.join(Region)}"
        return self.fail(f"there is no region {value}; {rest}", param, ctx)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        from hathora_deploy.api.network import Region

        begun = _folded(incomplete)
        return [CompletionItem(region) for region in Region if _folded(region).startswith(begun)]


class EnvironmentName(ParamType):
    """An environment of hathora.toml."""

    name = "environment"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        from hathora_deploy.cli import settings_file
        from hathora_deploy.cli.command import begun

        words = begun(ctx)
        # With -e as the last word, click has put the words before it aside.
        folder = words.get("path") or next(iter(ctx.args), None)
        try:
            path = settings_file.named(words.get("config"), folder)
            found = settings_file.read(path).environments if path else ()
        except SettingsError:
            return []
        return [CompletionItem(name) for name in found if name.startswith(incomplete)]


def _folded(region: str) -> str:
    return re.sub(r"[ -]", "_", region).lower()
