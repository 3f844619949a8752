"""Applications that move from one cloud to another."""

from __future__ import annotations

from hathora_deploy.api import imports
from hathora_deploy.client.call import call
from hathora_deploy.client.resource import ModeT, Resource


class ImportsV1(Resource[ModeT]):
    """Applications that move from one cloud to another."""

    import_app = call(imports.ImportApp)
