"""The root of the error tree. Every error says what went wrong and, as a hint, what to do next.

HathoraError
├── ApiError                    the cloud refused a call; one class per status      api/errors.py
│   └── UnexpectedAnswer            something answered, but not as the operation does
├── WireError                   a message does not fit the contract                 api/errors.py
│   ├── RequestValidationError      the call, before it was sent or as it arrived
│   └── ResponseValidationError     the answer
├── TransportError              no answer came at all                               client/errors.py
│   ├── ConnectionError             refused, reset, cut, unknown host
│   ├── RequestTimeoutError         the cloud took too long
│   ├── RequestAbortedError         the caller gave up, or closed the client
│   ├── InvalidRequestError         it cannot be sent: the endpoint, the token, a header
│   └── UnexpectedClientError       a library below did what nobody foresaw
├── MissingLibraryError         the async client needs httpx                        client/errors.py
├── DockerfileError             a Dockerfile cannot be read                         dockerfile/errors.py
├── PipelineError               a folder did not become a deployment                pipeline/errors.py
├── CloudError                  the cloud of this machine cannot start or work      cloud/errors.py
└── SettingsError               a flag, variable or file value is wrong             cli/errors.py
"""

from __future__ import annotations


class HathoraError(Exception):
    """Something a user can cause or mend; ``hint`` is the next thing to do or type."""

    hint: str | None = None

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if hint is not None:
            self.hint = hint

    def __str__(self) -> str:
        return self.message
