"""Names that an engine has for images only as long as they are pulled."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docker import DockerClient


class BorrowedNames:
    """The names by which an engine knows what is pulled, which are those of the registry.

    Pulls that go on at once share a name. The last one takes it away again, unless it was there before
    the first: then somebody else uses it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users: dict[str, int] = {}
        self._were_here: set[str] = set()

    @contextmanager
    def borrowed(self, client: DockerClient, reference: str) -> Iterator[None]:
        """For a pull."""
        with self._lock:
            users = self._users.get(reference, 0)
            if not users and _has(client, reference):
                self._were_here.add(reference)
            self._users[reference] = users + 1
        try:
            yield
        finally:
            with self._lock:
                self._users[reference] -= 1
                if not self._users[reference]:
                    del self._users[reference]
                    if reference not in self._were_here:
                        _take_name(client, reference)
                    self._were_here.discard(reference)


def _has(client: DockerClient, reference: str) -> bool:
    from docker.errors import ImageNotFound

    try:
        client.images.get(reference)
    except ImageNotFound:
        return False
    return True


def _take_name(client: DockerClient, reference: str) -> None:
    import requests
    from docker.errors import DockerException

    with suppress(DockerException, requests.RequestException):
        client.images.remove(reference, noprune=True)
