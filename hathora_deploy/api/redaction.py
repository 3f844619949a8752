"""What of a message may be shown: a declaration says which fields are secret."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from hathora_deploy.api.fields import Kind, ListOf, MapOf, OneOf, Scalar, fields_of, kind_of
from hathora_deploy.api.model import Model
from hathora_deploy.secret import REDACTED, Secret

_SHORTEST: Final = 4
"""Characters of a secret that is looked for in texts: shorter ones stand in any text by chance."""


def redacted(annotation: Any, data: Any) -> Any:
    """JSON of an annotated type, without what the type says is secret.

    Where the data does not have the shape of a type that holds secrets, nothing of it is shown.
    """
    return _redacted(kind_of(type(None) if annotation is None else annotation), data)


def secrets_in(value: Any) -> Iterator[Secret]:
    """The secrets in a value, at any depth."""
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, Model):
        for name in type(value).model_fields:
            yield from secrets_in(getattr(value, name))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from secrets_in(item)


def without_secrets(value: Any, secrets: Iterable[Secret]) -> Any:
    """A text, or JSON, in which none of the secrets stands any more."""
    texts = {secret.reveal() for secret in secrets}
    found = sorted((text for text in texts if len(text) >= _SHORTEST), key=len, reverse=True)
    return _without(value, found) if found else value


def _without(value: Any, secrets: list[str]) -> Any:
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, REDACTED)
        return value
    if isinstance(value, Mapping):
        return {_without(key, secrets): _without(item, secrets) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without(item, secrets) for item in value]
    return value


def _redacted(kind: Kind, data: Any) -> Any:
    if data is None or isinstance(data, Secret) or not _holds_secret(kind):
        return data
    match kind:
        case ListOf(item=item) if isinstance(data, list | tuple):
            return [_redacted(item, each) for each in data]
        case MapOf(value=value) if isinstance(data, Mapping):
            return {name: _redacted(value, each) for name, each in data.items()}
        case Scalar(type=model) if issubclass(model, Model) and isinstance(data, Mapping):
            kinds = {
                name: field.kind
                for field in fields_of(model)
                for name in (field.name, field.wire_name)
            }
            return {
                name: _redacted(kinds[name], item) if name in kinds else item
                for name, item in data.items()
            }
        case Scalar(type=model) if issubclass(model, Model) and isinstance(data, Model):
            return data
    return REDACTED


def _holds_secret(kind: Kind) -> bool:
    match kind:
        case ListOf(item=inner) | MapOf(value=inner):
            return _holds_secret(inner)
        case OneOf(members=members):
            return any(_holds_secret(member) for member in members)
        case Scalar(type=found) if issubclass(found, Model):
            return any(_holds_secret(field.kind) for field in fields_of(found))
        case Scalar(type=found):
            return issubclass(found, Secret)
