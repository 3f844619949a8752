"""Deploy game servers through the Hathora API, call it from Python, and serve it yourself."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hathora_deploy.client import HathoraCloud as HathoraCloud
    from hathora_deploy.errors import HathoraError as HathoraError
    from hathora_deploy.pipeline.deploy import deploy as deploy
    from hathora_deploy.pipeline.deployed import Deployed as Deployed
    from hathora_deploy.pipeline.hooks import Hooks as Hooks, HookView as HookView
    from hathora_deploy.pipeline.patience import Patience as Patience
    from hathora_deploy.pipeline.probe import Probe as Probe
    from hathora_deploy.pipeline.progress import Reporter as Reporter
    from hathora_deploy.pipeline.settings import DeploySettings as DeploySettings
    from hathora_deploy.pipeline.verification import Verification as Verification
    from hathora_deploy.secret import Secret as Secret

__version__ = "0.1.0"

_HOMES: Final = {
    "Deployed": "pipeline.deployed",
    "DeploySettings": "pipeline.settings",
    "HathoraCloud": "client",
    "HathoraError": "errors",
    "Hooks": "pipeline.hooks",
    "HookView": "pipeline.hooks",
    "Patience": "pipeline.patience",
    "Probe": "pipeline.probe",
    "Reporter": "pipeline.progress",
    "Secret": "secret",
    "Verification": "pipeline.verification",
    "deploy": "pipeline.deploy",
}
"""What pipelines written in Python begin with, by its module, which is imported when it is asked for."""


if not TYPE_CHECKING:  # or to a type checker every name would be there

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
