"""The options that say how long is waited for what several commands wait for."""

from __future__ import annotations

from typing import Final

from hathora_deploy.cli.options import option
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
