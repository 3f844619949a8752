"""The client's log of what it sends and gets, for whoever looks for a fault. It shows no secret."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable
from typing import Any, Final

from hathora_deploy.api.operation import Operation
from hathora_deploy.api.redaction import redacted, without_secrets
from hathora_deploy.client.causes import causes_of
from hathora_deploy.client.errors import TransportError
from hathora_deploy.client.form import Form
from hathora_deploy.client.message import Request
from hathora_deploy.client.steps import Arrived
from hathora_deploy.secret import Secret

logger: Final = logging.getLogger("hathora_deploy.client")


def switch_on_if_asked() -> None:
    """With HATHORA_DEBUG in the environment the log goes to stderr, whatever else is set up."""
    if os.environ.get("HATHORA_DEBUG", "").lower() not in ("", "0", "false"):
        switch_on()


def switch_on() -> None:
    """The log goes to stderr from now on."""
    if not any(isinstance(handler, _ToStderr) for handler in logger.handlers):
        handler = _ToStderr()
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s"))
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)


class _ToStderr(logging.StreamHandler[Any]):
    """The handler that HATHORA_DEBUG adds, and adds once."""


def sending(
    operation: Operation[Any], request: Request, attempt: int, secrets: Iterable[Secret]
) -> None:
    """What is about to be sent."""
    if not logger.isEnabledFor(logging.DEBUG):
        return
    body: Any = None
    if isinstance(request.body, Form):
        body = "<multipart/form-data>"
    elif request.body is not None:
        body = _shown(type(operation), request.body, secrets)
    logger.debug(
        "%s, attempt %d: %s %s %r %s",
        type(operation).__name__,
        attempt,
        request.method,
        without_secrets(request.url, secrets),
        request.headers.shown().without(secrets),
        body or "",
    )


def arrived(operation: Operation[Any], answer: Arrived, secrets: Iterable[Secret]) -> None:
    """What was answered."""
    if not logger.isEnabledFor(logging.DEBUG):
        return
    response, shape = answer.response, operation.shape
    declared = shape.result if response.status == shape.status else dict
    logger.debug(
        "%s: %d %s %r %s",
        type(operation).__name__,
        response.status,
        without_secrets(response.reason, secrets),
        response.headers.shown().without(secrets),
        f"<{response.media_type or shape.media_type}>"
        if answer.connection is not None
        else _shown(declared, answer.body, secrets),
    )


def failed(error: TransportError, secrets: Iterable[Secret]) -> None:
    """Why there was no answer, and what the libraries below said of it."""
    if logger.isEnabledFor(logging.DEBUG):
        said = "; ".join(f"{type(cause).__name__}: {cause}" for cause in causes_of(error))
        logger.debug("%s", without_secrets(said, secrets))


def pausing(seconds: float) -> None:
    """How long it is until the next attempt."""
    logger.debug("the next attempt is in %.3f s", seconds)


def _shown(annotation: Any, body: bytes, secrets: Iterable[Secret]) -> str:
    if not body:
        return ""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return f"<{len(body)} bytes that are no JSON>"
    return json.dumps(without_secrets(redacted(annotation, data), secrets), ensure_ascii=False)
