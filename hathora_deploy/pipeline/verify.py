"""A new deployment is verified: a process of it has to bind, answer and stay up, and is stopped then."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from hathora_deploy.api.deployments import DeploymentV3
from hathora_deploy.api.errors import ApiError, NotFound
from hathora_deploy.api.network import Region
from hathora_deploy.api.processes import ProcessStatus, ProcessV3
from hathora_deploy.client import HathoraCloud
from hathora_deploy.errors import HathoraError
from hathora_deploy.pipeline.errors import VerifyFailedError
from hathora_deploy.pipeline.patience import Patience
from hathora_deploy.pipeline.poll import poll
from hathora_deploy.pipeline.probe import Probe, ProbeKind
from hathora_deploy.pipeline.probing import Addresses, Unanswered, ask
from hathora_deploy.pipeline.process import WatchedProcess, stop_unless_used
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.pipeline.undo import once_there, undone_on_failure
from hathora_deploy.pipeline.verification import Verification, Verified

_LONGEST: Final = 5.0
_LEAST: Final = 1.0
"""Seconds that one question may take; a command takes as long as there is. At the deadline, too, there is
time for an answer, which tells more than that there was none."""


def verify(
    cloud: HathoraCloud,
    deployment: DeploymentV3,
    wanted: Verification,
    *,
    patience: Patience,
    reporter: Reporter,
) -> Verified:
    """What a process of the deployment has shown; it is stopped in any case, unless players got into it.

    Raises VerifyFailedError, also where it cannot be found out.
    """
    try:
        with _trial(cloud, deployment, wanted.region, patience, reporter) as process:
            return _watch(process, wanted, reporter)
    except VerifyFailedError:
        raise
    except HathoraError as error:
        raise VerifyFailedError(
            f"deployment {deployment.deployment_id} could not be verified: {error}",
            deployment_id=deployment.deployment_id,
            hint=error.hint,
        ) from error


def _watch(process: WatchedProcess, wanted: Verification, reporter: Reporter) -> Verified:
    began = time.monotonic()
    deadline = began + wanted.timeout
    reporter.verifying(process.process_id, wanted.region)
    addresses = _bound(process, deadline, wanted.timeout)
    for probe in wanted.probes:
        _answered(probe, process, addresses, deadline, wanted.timeout)
    seconds = time.monotonic() - began
    reporter.answered(seconds, wanted.stay)
    _stays(process, wanted.stay)
    verified = Verified(process.process_id, wanted.region, wanted.probes, seconds, wanted.stay)
    reporter.verified(verified)
    return verified


def _bound(process: WatchedProcess, deadline: float, timeout: float) -> Addresses:
    def look() -> Addresses | None:
        found = process.look()
        if found.status == ProcessStatus.STARTING or found.exposed_port is None:
            return None
        return Addresses.of(found)

    addresses = poll(look, deadline=deadline, outage=process.patience.outage)
    if addresses is None:
        process.look()  # where the cloud does not answer, it is not the game server's fault
        raise process.failed(f"did not bind its port within {timeout:g} s")
    return addresses


def _answered(
    probe: Probe, process: WatchedProcess, addresses: Addresses, deadline: float, timeout: float
) -> None:
    """A command is run once; anything else is asked again, for a server may bind before it serves."""
    last: Unanswered | None = None

    def left() -> float:
        return max(_LEAST, deadline - time.monotonic())

    def asked() -> bool | None:
        nonlocal last
        last = ask(probe, addresses, timeout=min(_LONGEST, left()))
        if last is not None:
            process.look()  # one that has ended says better why
        return True if last is None else None

    if probe.kind is not ProbeKind.COMMAND:
        poll(asked, deadline=deadline, outage=process.patience.outage)
        within = f" within {timeout:g} s"
    else:
        last = ask(probe, addresses, timeout=left())
        within = ""
    if last is not None:
        process.look()
        raise process.unanswered(f"did not answer `{probe}`{within}: {last.why}", last.said)


def _stays(process: WatchedProcess, seconds: float) -> None:
    def look() -> None:
        process.look()

    outage = process.patience.outage
    poll(look, deadline=time.monotonic() + seconds, outage=outage)
    # Or a cloud that did not answer would have seen it end.
    poll(process.look, deadline=math.inf, outage=outage)


@contextmanager
def _trial(
    cloud: HathoraCloud,
    deployment: DeploymentV3,
    region: Region,
    patience: Patience,
    reporter: Reporter,
) -> Iterator[WatchedProcess]:
    """A process that is stopped afterwards."""
    before = _process_ids(cloud, deployment, region)
    process: ProcessV3 | None = None
    is_refused = False
    what = f"the process in {region}"

    def stop() -> None:
        if process is None:
            _stop_new(cloud, deployment, region, before, reporter)
        else:
            _stop(cloud, process.process_id, reporter)

    with undone_on_failure(
        reporter,
        what,
        once_there(stop, patience),
        patience=patience,
        is_needed=lambda: not is_refused,
    ):
        try:
            process = cloud.processes_v3.create_process(region=region)
        except ApiError:
            is_refused = True
            raise
        _require_own(process, deployment)
        yield WatchedProcess(cloud, deployment, process.process_id, VerifyFailedError, patience)
        try:
            stop()
        except HathoraError as error:  # no reason to think less of the deployment
            reporter.warning(f"{what} could not be stopped: {error}")


def _require_own(process: ProcessV3, deployment: DeploymentV3) -> None:
    if process.deployment_id != deployment.deployment_id:
        raise VerifyFailedError(
            f"deployment {deployment.deployment_id} was not verified:"
            f" {process.deployment_id} was deployed meanwhile, and is what runs",
            deployment_id=deployment.deployment_id,
            hint="let one deploy end before the next, and deploy again",
        )


def _stop_new(
    cloud: HathoraCloud,
    deployment: DeploymentV3,
    region: Region,
    before: frozenset[str],
    reporter: Reporter,
) -> None:
    """Stop what a call that got no answer has started; NotFound says that nothing is there yet."""
    started = _process_ids(cloud, deployment, region) - before
    if not started:
        raise NotFound("no process was started")
    for process_id in started:
        _stop(cloud, process_id, reporter)


def _process_ids(cloud: HathoraCloud, deployment: DeploymentV3, region: Region) -> frozenset[str]:
    listed = cloud.processes_v3.get_latest_processes(region=[region])
    return frozenset(
        each.process_id for each in listed if each.deployment_id == deployment.deployment_id
    )


def _stop(cloud: HathoraCloud, process_id: str, reporter: Reporter) -> None:
    if not stop_unless_used(cloud, process_id):
        reporter.warning(f"process {process_id} goes on: players have got a room in it")
