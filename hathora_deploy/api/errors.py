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
└── ServiceUnavailable  503
"""

from __future__ import annotations

from typing import ClassVar

from hathora_deploy.errors import HathoraError


class ApiError(HathoraError):
    """The cloud answered with an error status."""

    status: int = 500
    _by_status: ClassVar[dict[int, type[ApiError]]] = {}

    def __init__(
        self, message: str, *, hint: str | None = None, operation: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.operation = operation

    def __init_subclass__(cls) -> None:
        ApiError._by_status[cls.status] = cls

    def __str__(self) -> str:
        return f"{self.operation}: {self.message}" if self.operation else self.message

    @staticmethod
    def of_status(status: int, message: str, *, operation: str | None = None) -> ApiError:
        """The error of a status; a status outside the table gets a plain ApiError that carries it."""
        error = ApiError._by_status.get(status, ApiError)(message, operation=operation)
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


class WireError(HathoraError):
    """A message does not fit the contract; ``problems`` are (JSON path, what is wrong) pairs."""

    def __init__(self, message: str, problems: tuple[tuple[str, str], ...] = ()) -> None:
        listed = "; ".join(f"{path}: {problem}" for path, problem in problems)
        super().__init__(f"{message}: {listed}" if listed else message)
        self.problems = problems


class RequestValidationError(WireError):
    """The call does not fit the operation."""


class ResponseValidationError(WireError):
    """The answer does not fit the operation."""

    hint = "is the endpoint really a Hathora API?"
