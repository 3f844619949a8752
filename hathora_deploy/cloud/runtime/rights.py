"""As whom game servers run: a cloud of root's gives each a user of its own, unless told otherwise."""

from __future__ import annotations

import os
import pwd
import secrets
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from hathora_deploy.cloud.errors import CloudStartError

_OWN: Final = range(1_900_000_000, 2_000_000_000)
"""Numbers that systems give to nobody. Two clouds of one machine meet in one only by a rare chance."""


@dataclass(frozen=True)
class Rights:
    """A user to become; groups besides are given up, and none can be gained any more."""

    user: int
    group: int


@dataclass(frozen=True)
class RightsPolicy:
    """``named`` is one user for all; without it each process has one of its own."""

    named: Rights | None = None

    def give(self, taken: Iterable[int]) -> Rights:
        """Rights for another process, beside those whose users are ``taken``."""
        if self.named is not None:
            return self.named
        others = set(taken)
        while (number := _OWN.start + secrets.randbelow(len(_OWN))) in others:
            pass
        return Rights(number, number)


def choose_rights(run_as: str | None) -> RightsPolicy | None:
    """The policy of a cloud; None runs game servers as the cloud. Raises CloudStartError.

    ``run_as`` names a user, or is None for the best that this user can do.
    """
    user = pwd.getpwuid(os.geteuid()).pw_name if run_as is None else run_as
    try:
        account = pwd.getpwnam(user)
    except KeyError:
        raise CloudStartError(
            f"there is no user {run_as} on this machine",
            hint="name one that there is, or leave --run-as out",
        ) from None
    if os.geteuid() != 0:
        if account.pw_uid != os.geteuid():
            raise CloudStartError(
                f"only root can run game servers as {run_as}",
                hint="leave --run-as out, or start the cloud as root",
            )
        return None
    if run_as is None:
        return RightsPolicy() if sys.platform == "linux" else None
    return RightsPolicy(Rights(account.pw_uid, account.pw_gid)) if account.pw_uid else None
