"""Whether a token is good, for which organizations, and what it may do there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from hathora_deploy.api.orgs import Organization
from hathora_deploy.api.tokens import Scope
from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.checks.finding import Finding

ABOUT = "token"
_WRITES: Final = "-write"
_NEW_ONE: Final = "hathora-deploy tokens create NAME"


def check_token(
    cloud: HathoraCloud, *, needs: Mapping[str, Iterable[Scope]], matters: str
) -> list[Finding]:
    """A finding for each organization. ``needs`` are the scopes of each command, the one that
    ``matters`` is worth a warning. Raises Unauthorized for a token that is no good."""
    orgs = cloud.organizations_v1.get_orgs().orgs
    if not orgs:
        return [Finding.problem(ABOUT, "it belongs to no organization", _NEW_ONE)]
    return [_of(org, needs, matters) for org in orgs]


def _of(org: Organization, needs: Mapping[str, Iterable[Scope]], matters: str) -> Finding:
    held = {str(scope) for scope in org.scopes}
    held |= {scope.removesuffix(_WRITES) for scope in held}
    lacks = {
        command: missing
        for command, scopes in needs.items()
        if (missing := sorted(str(scope) for scope in scopes if str(scope) not in held))
    }
    what = f"good for organization {org.name or org.org_id}"
    if not lacks:
        return Finding.ok(ABOUT, f"{what}, with every scope that a command needs")
    refused = ", ".join(f"{command} ({', '.join(missing)})" for command, missing in lacks.items())
    what += f"; it would be refused: {refused}"
    if matters in lacks:
        return Finding.warning(ABOUT, what, _NEW_ONE)
    return Finding.ok(ABOUT, what)
