"""Metrics of processes."""

from __future__ import annotations

from hathora_deploy.api.deprecated import metrics_v1
from hathora_deploy.client.call import call
from hathora_deploy.client.resource import ModeT, Resource


class MetricsV1(Resource[ModeT]):
    """Metrics of processes."""

    get_metrics_deprecated = call(metrics_v1.GetMetricsDeprecated)
