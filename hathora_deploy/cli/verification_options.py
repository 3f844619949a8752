"""The options that say how a deployment is verified, and what came of it for programs."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

from hathora_deploy.cli.options import Decorator, Function, option, with_options
from hathora_deploy.cli.values import ProbeText, RegionName, Seconds

if TYPE_CHECKING:
    from hathora_deploy.api.network import Region
    from hathora_deploy.pipeline.probe import Probe
    from hathora_deploy.pipeline.verification import Verification, Verified

_VERIFICATION: Final[tuple[Decorator, ...]] = (
    option(
        "--verify",
        multiple=True,
        type=ProbeText(),
        envvar="HATHORA_VERIFY",
        help="See that a process of the deployment answers: tcp, udp, http:/path, or a command that is"
        " to exit with 0; tcp:NAME and http:NAME/path ask another port. May be repeated; the variable"
        " holds one a line.",
    ),
    option("--no-verify", is_flag=True, help="Do not, whatever hathora.toml and the variable say."),
    option(
        "--verify-region",
        type=RegionName(),
        envvar="HATHORA_VERIFY_REGION",
        help="Where that process runs.  [default: as --region]",
    ),
    option(
        "--verify-timeout",
        type=Seconds(),
        default=300.0,
        show_default=True,
        envvar="HATHORA_VERIFY_TIMEOUT",
        help="How long it may take to have answered.",
    ),
    option(
        "--verify-stay",
        type=Seconds(may_be_zero=True),
        default=5.0,
        show_default=True,
        envvar="HATHORA_VERIFY_STAY",
        help="How long it has to stay up then.",
    ),
)


def with_verification(function: Function) -> Function:
    """The command gets ``verification``, a Verification or None, in the region of ``--region`` if no other."""

    @functools.wraps(function)
    def command(
        verify: tuple[Probe, ...],
        no_verify: bool,
        verify_region: Region | None,
        verify_timeout: float,
        verify_stay: float,
        **options: Any,
    ) -> int | None:
        from hathora_deploy.api.network import Region
        from hathora_deploy.pipeline.verification import Verification

        region = verify_region or options.get("region") or Region.SEATTLE
        wanted = Verification(verify, region, verify_timeout, verify_stay)
        return function(verification=wanted if verify and not no_verify else None, **options)

    return with_options(_VERIFICATION, command)


with_rollback: Final = option(
    "--rollback/--no-rollback",
    default=None,
    envvar="HATHORA_ROLLBACK",
    help="Deploy the earlier build again, with its settings, if this deployment does not verify or its"
    " room does not start.  [default: when verifying]",
)
"""The command gets ``rollback``, None where nobody said."""


def verification_json(wanted: Verification | None) -> dict[str, Any] | None:
    """What a process would have to show; null where nothing is verified."""
    if wanted is None:
        return None
    return {
        "region": wanted.region,
        "probes": [str(probe) for probe in wanted.probes],
        "timeout": wanted.timeout,
        "stay": wanted.stay,
    }


def verified_json(verified: Verified | None) -> dict[str, Any] | None:
    """What a process has shown; null where nothing was verified."""
    if verified is None:
        return None
    return {
        "processId": verified.process_id,
        "region": verified.region,
        "probes": [str(probe) for probe in verified.probes],
        "seconds": round(verified.seconds, 3),
        "stayed": verified.stayed,
    }
