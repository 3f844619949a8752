"""The options that say how long is waited for what several commands wait for."""

from __future__ import annotations

import functools
from typing import Any, Final

from hathora_deploy.cli.options import Function, option, with_options
from hathora_deploy.cli.values import Seconds

with_lock_timeout: Final = option(
    "--lock-timeout",
    type=Seconds(may_be_zero=True),
    default=600.0,
    show_default=True,
    envvar="HATHORA_LOCK_TIMEOUT",
    help="How long to wait for another deploy to the same app; 0 fails at once.",
)
"""The command gets ``lock_timeout``."""

with_git_timeout: Final = option(
    "--git-timeout",
    type=Seconds(),
    default=300.0,
    show_default=True,
    envvar="HATHORA_GIT_TIMEOUT",
    help="How long git may take to answer each question about the folder.",
)
"""The command gets ``git_timeout``."""

with_outage_timeout: Final = option(
    "--outage-timeout",
    type=Seconds(may_be_zero=True),
    default=60.0,
    show_default=True,
    envvar="HATHORA_OUTAGE_TIMEOUT",
    help="How long the cloud may be away while something is waited for.",
)
"""The command gets ``outage_timeout``."""

_with_undo_timeout: Final = option(
    "--undo-timeout",
    type=Seconds(may_be_zero=True),
    default=5.0,
    show_default=True,
    envvar="HATHORA_UNDO_TIMEOUT",
    help="How long to try again to take back each thing that was begun, where it fails.",
)


def with_patience(function: Function) -> Function:
    """The command gets ``patience``, a Patience."""

    @functools.wraps(function)
    def command(outage_timeout: float, undo_timeout: float, **options: Any) -> int | None:
        from hathora_deploy.pipeline.patience import Patience

        return function(patience=Patience(outage_timeout, undo_timeout), **options)

    return with_options((with_outage_timeout, _with_undo_timeout), command)
