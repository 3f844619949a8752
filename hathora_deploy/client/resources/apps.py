"""Applications."""

from __future__ import annotations

from hathora_deploy.api import apps
from hathora_deploy.client.call import call
from hathora_deploy.client.resource import ModeT, Resource


class AppsV2(Resource[ModeT]):
    """Applications."""

    get_apps = call(apps.GetApps)
    create_app = call(apps.CreateApp)
    delete_app = call(apps.DeleteApp)
    get_app = call(apps.GetApp)
    patch_app = call(apps.PatchApp)
    update_app = call(apps.UpdateApp)
