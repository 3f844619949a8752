"""The lease of an app: while a deploy has it, the others wait.

It is short, and renewed as long as the deploy runs: one that was killed keeps nobody waiting. A deploy that was out
of reach for longer has it still, unless another one has come in between.
"""

from __future__ import annotations

import getpass
import math
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Final

from hathora_deploy.api.errors import ApiError, Conflict, NotFound
from hathora_deploy.api.leases import LEASE_HEADER, LIFETIME, Lease
from hathora_deploy.client import HathoraCloud
from hathora_deploy.errors import HathoraError
from hathora_deploy.pipeline.errors import AppBusyError, LeaseLostError
from hathora_deploy.pipeline.patience import Patience
from hathora_deploy.pipeline.pipeline_run import PipelineRun
from hathora_deploy.pipeline.poll import poll
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.secret import Secret

_RENEWALS: Final = 4
"""As long as it lasts: three of them may be lost."""
_CALL_TIMEOUT: Final = LIFETIME / 2
_OUTAGE: Final = 10.0
"""Seconds at most for which a cloud may fail before anything has begun that would be lost."""
_RELEASE_TIMEOUT: Final = 5.0
"""It runs out by itself soon enough."""
_UNKNOWN: Final = frozenset({404, 405, 501})
"""What a cloud answers that knows no leases. The app is there: it was asked for before."""
_LONGEST_HOLDER: Final = 300


@contextmanager
def app_lease(
    cloud: HathoraCloud, *, holder: str, timeout: float, patience: Patience, reporter: Reporter
) -> Iterator[AppLease]:
    """Have ``cloud.app_id`` for this deploy alone, after waiting for others at most ``timeout`` seconds.

    A cloud that knows no leases gives none, which is no error. Raises AppBusyError.
    """
    lease = AppLease(cloud, holder, patience)
    ended = threading.Event()
    try:
        lease.acquire(timeout, reporter)
        threading.Thread(target=lease.renew_until, args=(ended,), name="lease", daemon=True).start()
        yield lease
    finally:
        ended.set()
        lease.release()


def holder_of(run: PipelineRun | None) -> str:
    """Who deploys, for those who wait: ``alice on ci-7, https://ci.example.com/runs/5``."""
    try:
        user = getpass.getuser()
    except (ImportError, KeyError, OSError):  # a container's user often has no name
        user = "somebody"
    user = run.author if run and run.author else user
    place = f", {run.url}" if run and run.url else ""
    return f"{user} on {socket.gethostname()}{place}"[:_LONGEST_HOLDER]


class AppLease:
    """A lease, or the place in line for it."""

    def __init__(self, cloud: HathoraCloud, holder: str, patience: Patience) -> None:
        self._cloud = cloud.with_options(timeout=_CALL_TIMEOUT, retries=None)
        self._holder = holder
        self._outage = patience.outage
        # Chosen here, so that one whose acquisition is interrupted can be released.
        self._lease_id = Secret(secrets.token_urlsafe())
        self._is_known = True

    def acquire(self, timeout: float, reporter: Reporter) -> None:
        """Raises AppBusyError, and what keeps the cloud from answering."""
        ahead: Lease | None = None

        def is_acquired() -> bool | None:
            nonlocal ahead
            try:
                self._ask()
            except Conflict:
                before, ahead = ahead, self._present() or ahead
                if timeout and ahead and (not before or before.holder != ahead.holder):
                    reporter.waiting(ahead.holder, timedelta(seconds=ahead.age_seconds))
                return None
            return True

        outage = min(_OUTAGE, self._outage)
        if poll(is_acquired, deadline=time.monotonic() + timeout, outage=outage) is None:
            if ahead is not None:
                raise _busy(ahead, timeout)
            self._ask()  # and hear why it does not answer
        if not self._is_known:
            reporter.warning(
                "this cloud has no leases: two deploys to one app at once are not kept apart"
            )

    def confirm(self) -> None:
        """Return if no other deploy has come in between; to be called before what others would see.

        Raises LeaseLostError, and what keeps the cloud from answering.
        """

        def is_renewed() -> bool:
            try:
                self._renew()
            except Conflict:
                raise _lost(self._cloud.app_id, self._present()) from None
            return True

        if self._is_known:
            poll(is_renewed, deadline=math.inf, outage=self._outage)

    def bound(self, cloud: HathoraCloud) -> HathoraCloud:
        """The same cloud, which creates a deployment only while no other deploy has come in between: a
        call may be on its way for longer than the lease lasts."""
        if not self._is_known:
            return cloud
        named = {LEASE_HEADER: self._lease_id.reveal()}
        return cloud.with_options(headers=cloud.options.headers.merged(named))

    def renew_until(self, ended: threading.Event) -> None:
        """Renew it again and again. If it is lost, ``confirm`` says so."""
        while self._is_known and not ended.wait(LIFETIME / _RENEWALS):
            with suppress(HathoraError):
                self._renew()

    def release(self) -> None:
        """Let the next one have the app, or leave the line, as well as it goes."""
        if not self._is_known:
            return
        cloud = self._cloud.with_options(
            timeout=_RELEASE_TIMEOUT, deadline=_RELEASE_TIMEOUT, abort=None
        )
        with suppress(HathoraError):
            cloud.leases_v1.release_lease(lease_id=self._lease_id)

    def _ask(self) -> None:
        try:
            self._cloud.leases_v1.acquire_lease(
                lease_id=self._lease_id, holder=self._holder, lifetime_seconds=LIFETIME
            )
        except ApiError as error:
            if error.status not in _UNKNOWN:
                raise
            self._is_known = False

    def _renew(self) -> None:
        self._cloud.leases_v1.renew_lease(lease_id=self._lease_id, lifetime_seconds=LIFETIME)

    def _present(self) -> Lease | None:
        try:
            return self._cloud.leases_v1.get_lease()
        except NotFound:
            return None  # it was released a moment ago


def _busy(ahead: Lease, timeout: float) -> AppBusyError:
    waited = f", and this one has waited {timeout:g} s for it" if timeout else ""
    return AppBusyError(
        f"another deploy has app {ahead.app_id}: that of {ahead.holder}, "
        f"which began {ahead.age_seconds:.0f} s ago{waited}",
        hint="deploy again when it is done, or wait longer: --lock-timeout SECONDS; "
        f"one that was killed lets go within {LIFETIME} s",
    )


def _lost(app_id: str | None, present: Lease | None) -> LeaseLostError:
    other = f"that of {present.holder}" if present else "another one"
    return LeaseLostError(
        f"this deploy was out of reach for more than {LIFETIME} s, and {other} has taken "
        f"app {app_id} over: this one deploys nothing any more",
        hint="see what is deployed by now: hathora-deploy deployments; then deploy again",
    )
