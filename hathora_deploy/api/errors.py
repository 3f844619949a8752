"""What the cloud refuses, by status: the cloud raises these, they travel as ``{"message"}``, the client raises the same.

ApiError                    any other status
├── BadRequest          400
├── Unauthorized        401
├── PaymentRequired     402
├── Forbidden           403
├── NotFound            404
├── RequestTimeout      408
├── Conflict            409
├── Gone                410
├── UnprocessableEntity 422
├── TooManyRequests     429
├── InternalServerError 500
├── NotServed           501
├── ServiceUnavailable  503
└── UnexpectedAnswer    no error status, and not what the operation answers

WireError                   a message does not fit the contract
├── RequestValidationError      the call, before it was sent or as it arrived
└── ResponseValidationError     the answer
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from hathora_deploy.errors import HathoraError


class ApiError(HathoraError):
    """The cloud answered with an error status; the rest is known where a client was answered.

    ``headers`` are those of the answer, ``request_id`` is what the cloud's log calls the call, and
    ``body`` is what came where it was not the API's ``{"message"}``. Secrets are taken out of all.
    """

    status: int = 500
    operation: str | None = None
    headers: Mapping[str, str] = MappingProxyType({})
    request_id: str | None = None
    body: str | None = None
    _by_status: ClassVar[dict[int, type[ApiError]]] = {}

    def __init_subclass__(cls) -> None:
        if "status" in vars(cls):
            ApiError._by_status[cls.status] = cls

    def __str__(self) -> str:
        return f"{self.operation}: {self.message}" if self.operation else self.message

    @staticmethod
    def of_status(status: int, message: str) -> ApiError:
        """The error of a status; a status outside the table gets a plain ApiError that carries it."""
        error = ApiError._by_status.get(status, ApiError)(message)
        error.status = status
        return error


class BadRequest(ApiError):
    """The call makes no sense in the present state."""

    status = 400


class Unauthorized(ApiError):
    """The token is missing, wrong or revoked."""

    status = 401
    hint = "check the token: HATHORA_TOKEN, --token, or leave both out to use the local cloud"


class PaymentRequired(ApiError):
    """A quota or a bill stands in the way."""

    status = 402


class Forbidden(ApiError):
    """The token is good but may not do this."""

    status = 403


class NotFound(ApiError):
    """What the call names is not there, or belongs to somebody else."""

    status = 404


class RequestTimeout(ApiError):
    """The cloud gave up waiting."""

    status = 408
    hint = "try again"


class Conflict(ApiError):
    """Somebody else's change came first."""

    status = 409


class Gone(ApiError):
    """It was here, and is kept no longer."""

    status = 410


class UnprocessableEntity(ApiError):
    """A value does not fit the contract; the message says which and why."""

    status = 422


class TooManyRequests(ApiError):
    """The cloud asks for fewer calls."""

    status = 429
    hint = "wait a moment and try again"


class InternalServerError(ApiError):
    """The cloud failed."""

    status = 500
    hint = "try again; if it stays, look at the cloud's log"


class NotServed(ApiError):
    """The operation exists in the contract; this cloud does not serve it."""

    status = 501


class ServiceUnavailable(ApiError):
    """The cloud is starting, stopping or overloaded."""

    status = 503
    hint = "wait a moment and try again"


class UnexpectedAnswer(ApiError):
    """Something answered, but not as the operation does: by another status, or with other content."""

    hint = "is the endpoint really a Hathora API?"


class WireError(HathoraError):
    """A message does not fit the contract; ``problems`` are (JSON path, what is wrong) pairs.

    ``raw_value`` is what did not fit: JSON, or text that is none, without what is secret in it.
    """

    def __init__(
        self,
        message: str,
        problems: tuple[tuple[str, str], ...] = (),
        *,
        raw_value: Any = None,
        hint: str | None = None,
    ) -> None:
        listed = "; ".join(f"{path}: {problem}" for path, problem in problems)
        super().__init__(f"{message}: {listed}" if listed else message, hint=hint)
        self.summary = message
        self.problems = problems
        self.raw_value = raw_value

    def pretty(self) -> str:
        """What is wrong, with each problem on a line of its own."""
        return "\n".join([self.summary, *(f"  {path}: {what}" for path, what in self.problems)])


class RequestValidationError(WireError):
    """The call does not fit the operation."""


class ResponseValidationError(WireError):
    """The answer does not fit the operation. ``request_id`` is what the cloud's log calls the call."""

    hint = "is the endpoint really a Hathora API?"
    request_id: str | None = None
