"""The one sink: stdout is data, stderr is talk."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click

from hathora_deploy.cli.errors import OutputError
from hathora_deploy.cli.place import NOWHERE
from hathora_deploy.cli.service_commands import speechless
from hathora_deploy.cli.terminal import harmless
from hathora_deploy.cli.text import aligned
from hathora_deploy.secret import REDACTED, Secret

if TYPE_CHECKING:
    from hathora_deploy.api.model import Model
    from hathora_deploy.cli.progress import LineReporter
    from hathora_deploy.client.stream import Stream

RowT = TypeVar("RowT")


class Output:
    """Where a command prints. ``is_json`` and ``place`` are known once the command line has been read."""

    def __init__(self) -> None:
        self.is_json = False
        self.place = NOWHERE

    def own_reporter(self) -> LineReporter | None:
        """What follows a deploy; None where that depends on stderr."""
        return None

    def say(self, text: str) -> None:
        """Talk, on stderr. That nobody hears it, a terminal being closed, is no reason to fail."""
        colours = has_colours(sys.stderr)
        with suppress(OSError), _bars_put_aside():
            clean = speechless(harmless(text, colours=colours), os.environ)
            click.echo(clean, err=True, color=colours)

    def data(self, text: str) -> None:
        """Text, on stdout."""
        if is_terminal(sys.stdout):
            text = harmless(text, colours=has_colours(sys.stdout))
        with written():
            click.echo(text)

    def control(self, sequence: str) -> None:
        """What moves the cursor of a terminal that stdout is."""
        with written():
            click.echo(sequence, nl=False, color=True)

    def json(self, value: object) -> None:
        """The one JSON object of a command, on stdout."""
        with written():
            click.echo(json.dumps(value, indent=2))

    def json_line(self, value: object) -> None:
        """One of several JSON objects, on a line of its own."""
        with written():
            click.echo(json.dumps(value))

    def stream(self, stream: Stream) -> None:
        """Bytes as they are where a program reads them, harmless text on a terminal; as they come."""
        if is_terminal(sys.stdout):
            for line in stream.lines():
                self.data(line)
        else:
            for piece in stream:
                with written():
                    sys.stdout.buffer.write(piece)
                    sys.stdout.buffer.flush()

    def done(self, what: str, *names: str) -> None:
        """``deleted build-1``; in JSON ``{"deleted": ["build-1"]}``."""
        if self.is_json:
            self.json({what: names})
        else:
            for name in names:
                self.say(f"{what} {name}")

    @contextmanager
    def one_by_one(self, what: str) -> Iterator[Callable[[str], None]]:
        """Says what is done, to which, also where an error ends it half way: then to people alone."""
        names: list[str] = []
        try:
            yield names.append
        except BaseException:
            for name in names:
                self.say(f"{what} {name}")
            raise
        self.done(what, *names)

    def list(
        self,
        name: str,
        rows: Sequence[RowT],
        *,
        titles: str,
        cells: Callable[[RowT], Sequence[str]],
        nothing: str,
    ) -> None:
        """``{name: [...]}``, or aligned columns, or no row and the sentence ``nothing`` as talk."""
        if self.is_json:
            self.json({name: [redacted(row) for row in rows]})
        elif rows:
            for line in aligned([titles.split(), *map(cells, rows)]):
                self.data(line)
        else:
            self.say(nothing)

    def facts(self, value: Model, facts: Mapping[str, str | None]) -> None:
        """The JSON of one thing, or the facts a person asks for; one that is None is left out."""
        if self.is_json:
            self.json(redacted(value))
        else:
            self.lines(facts)

    def lines(self, facts: Mapping[str, str | None]) -> None:
        """A name and a fact a line."""
        for line in aligned([(name, fact) for name, fact in facts.items() if fact is not None]):
            self.data(line)


def redacted(value: Any) -> Any:
    """The JSON form of a value, as the API writes it, with its secrets covered."""
    from hathora_deploy.api.model import Model

    return _covered(value, value.model_dump(mode="json")) if isinstance(value, Model) else value


def _covered(value: Any, dumped: Any) -> Any:
    from hathora_deploy.api.model import Model

    if isinstance(value, Secret):
        return REDACTED
    if isinstance(value, Model):
        fields = {field.alias or name: name for name, field in type(value).model_fields.items()}
        return {
            name: _covered(getattr(value, fields[name]), form) if name in fields else form
            for name, form in dumped.items()
        }
    if isinstance(value, list):
        return [_covered(item, form) for item, form in zip(value, dumped, strict=True)]
    return dumped


@contextmanager
def written() -> Iterator[None]:
    """Raises OutputError where stdout takes no more. That nobody reads it any more is left to click."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"the result cannot be written to stdout: {error.strerror}") from None


def _bars_put_aside() -> AbstractContextManager[None]:
    """Whoever talks while a bar moves on the terminal is read above it."""
    tqdm = sys.modules.get("tqdm")
    return tqdm.tqdm.external_write_mode(file=sys.stderr) if tqdm else nullcontext()


def is_terminal(stream: TextIO) -> bool:
    """Whether a person looks at it, on something that can move its cursor."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def has_colours(stream: TextIO) -> bool:
    """Whether colours are wanted: on a terminal, or anywhere by FORCE_COLOR, and nowhere by NO_COLOR."""
    if os.environ.get("NO_COLOR"):
        return False
    return is_terminal(stream) or os.environ.get("FORCE_COLOR", "") not in ("", "0", "false")
