"""Reads what callers say of an image in a registry: its name, and the login that may pull it."""

from __future__ import annotations

import base64
import json
import re
from typing import Final

from hathora_deploy.api.errors import UnprocessableEntity
from hathora_deploy.cloud.runtime.port import RegistryImage, RegistryLogin
from hathora_deploy.secret import Secret

_DOCKER_HUB: Final = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io"})
_HOST: Final = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::\d{1,5})?"
_WORD: Final = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
_REPOSITORY: Final = re.compile(rf"(?:{_HOST}/)?{_WORD}(?:/{_WORD})*")
_ADDRESS: Final = re.compile(rf"(?:https?://)?(?P<at>{_HOST}(?:/{_WORD})*?)(?:/v[12])?/*")
_TAG: Final = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_LONGEST: Final = 255


def image_of(image: str, registry_url: str | None, auth: Secret | None) -> RegistryImage:
    """The image a caller names; ``registry_url`` counts if the name itself says no registry.

    Raises UnprocessableEntity, which never repeats a value: any of them may hold a password.
    """
    name, at, digest = image.partition("@")
    folder, slash, last = name.rpartition("/")
    last, colon, tag = last.partition(":")
    repository = f"{folder}{slash}{last}"
    if registry_url and not _names_registry(repository):
        repository = f"{_address(registry_url)}{repository}"
    is_version = (not colon or _TAG.fullmatch(tag)) and (not at or _DIGEST.fullmatch(digest))
    if len(repository) > _LONGEST or not _REPOSITORY.fullmatch(repository) or not is_version:
        raise UnprocessableEntity(
            "image: not the name of an image, such as ghcr.io/studio/game:1.2 (in small letters)"
        )
    return RegistryImage(repository, digest or tag or "latest", _login(auth) if auth else None)


def _names_registry(repository: str) -> bool:
    """Docker's rule: what stands before the first slash, if it looks like a host."""
    host, slash, _ = repository.partition("/")
    return bool(slash) and ("." in host or ":" in host or host == "localhost")


def _address(registry_url: str) -> str:
    """What goes in front of a name: nothing for Docker Hub."""
    match = _ADDRESS.fullmatch(registry_url.strip())
    if match is None:
        raise UnprocessableEntity(
            "registryUrl: not the address of a registry, such as https://ghcr.io; "
            "a user and a password belong into auth"
        )
    return "" if match["at"] in _DOCKER_HUB else f"{match['at']}/"


def _login(auth: Secret) -> RegistryLogin:
    text = auth.reveal().strip()
    login = _read_login(text) or _read_login(_decoded(text))
    if login is None:
        raise UnprocessableEntity(
            "auth: neither user:password, nor base64 of it, "
            "nor base64 of a JSON object with username and password"
        )
    return login


def _read_login(text: str) -> RegistryLogin | None:
    if text.startswith("{"):
        try:
            fields = json.loads(text)
        except (ValueError, RecursionError):
            return None
        user, password = fields.get("username"), fields.get("password")
    else:
        user, _, password = text.partition(":")
    if not (isinstance(user, str) and isinstance(password, str) and user and password):
        return None
    return RegistryLogin(user, Secret(password))


def _decoded(text: str) -> str:
    """Of either base64 alphabet, padded or not; empty when it is none."""
    plain = text.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True).decode()
    except ValueError:
        return ""
