"""Applications, by the first version of the API."""

from __future__ import annotations

from hathora_deploy.api.deprecated import apps_v1
from hathora_deploy.client.call import call
from hathora_deploy.client.resource import ModeT, Resource


class AppsV1(Resource[ModeT]):
    """Applications, by the first version of the API."""

    create_app_v1_deprecated = call(apps_v1.CreateAppV1Deprecated)
    delete_app_v1_deprecated = call(apps_v1.DeleteAppV1Deprecated)
    get_app_info_v1_deprecated = call(apps_v1.GetAppInfoV1Deprecated)
    get_apps_v1_deprecated = call(apps_v1.GetAppsV1Deprecated)
    update_app_v1_deprecated = call(apps_v1.UpdateAppV1Deprecated)
