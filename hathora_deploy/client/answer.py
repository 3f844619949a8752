"""What an answer means: a result, or an error."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from hathora_deploy.api.errors import ApiError, ResponseValidationError, UnexpectedAnswer
from hathora_deploy.api.operation import Operation, Shape
from hathora_deploy.api.redaction import without_secrets
from hathora_deploy.api.wire import decode_result
from hathora_deploy.client.message import Response
from hathora_deploy.client.steps import Arrived
from hathora_deploy.secret import Secret

_LONGEST_BODY: Final = 10_000
_STREAMS: Final = ("", "application/octet-stream", "text/plain")


def refusal(
    operation: Operation[Any], arrived: Arrived, secrets: Iterable[Secret]
) -> ApiError | None:
    """The error of an answer; None if it is the one that an operation gives when it succeeds."""
    shape, response = operation.shape, arrived.response
    if response.status == shape.status and _is_of_type(shape, response.media_type):
        return None
    sent = tuple(secrets)
    error = _refusal(shape, response, arrived.body.decode("utf-8", "replace"), sent)
    error.operation = shape.operation.__name__
    error.headers = response.headers.shown().without(sent)
    error.request_id = error.headers.get("x-request-id")
    return error


def result_of(operation: Operation[Any], arrived: Arrived, secrets: Iterable[Secret]) -> Any:
    """The value of an answer. Raises ResponseValidationError when it does not fit the operation."""
    try:
        return decode_result(operation, arrived.body)
    except ResponseValidationError as error:
        error.raw_value = without_secrets(error.raw_value, secrets)
        error.request_id = arrived.response.request_id
        # The frames that have read the answer hold it, and its secrets.
        raise error.with_traceback(None)  # noqa: B904  # it is the same error


def _is_of_type(shape: Shape, media_type: str) -> bool:
    """Whether a result may come as this; one that does not say what it is gets the benefit."""
    if shape.result is None or shape.result is type(None):
        return True
    if shape.is_stream:
        return media_type in _STREAMS
    return media_type in ("", "application/json") or media_type.endswith("+json")


def _refusal(shape: Shape, response: Response, body: str, secrets: Iterable[Secret]) -> ApiError:
    message = _message(body)
    if response.status >= 400 and message is not None:
        return ApiError.of_status(response.status, without_secrets(message, secrets))
    what = f"HTTP {response.status} {response.reason}".rstrip()
    if response.status == shape.status:
        what += f" with {response.media_type}"
    text = without_secrets(f"the answer was {what}, not one of the Hathora API", secrets)
    if response.status >= 400:
        error = ApiError.of_status(response.status, text)
        # The token, or what was asked for, may be good: somebody else has answered.
        error.hint = "is the endpoint really a Hathora API? If it is, try again in a moment"
    else:
        error = UnexpectedAnswer(text)
        error.status = response.status
    error.body = without_secrets(body, secrets)[:_LONGEST_BODY]
    return error


def _message(body: str) -> str | None:
    try:
        message = json.loads(body)["message"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return message if isinstance(message, str) else None
