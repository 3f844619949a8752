"""A deploy that is killed: ``python -m tests.pipeline.doomed ENDPOINT APP FOLDER MOMENT COUNT [EFFORT]``.

It kills itself when its reporter hears ``MOMENT`` for the ``COUNT``-th time; the token stands in its environment.
``EFFORT`` is what its link asks for.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline import adaptation, lease
from hathora_deploy.pipeline.deploy import deploy
from hathora_deploy.pipeline.effort import Effort
from hathora_deploy.pipeline.settings import DeploySettings, UploadSettings
from tests.pipeline.reporter import RecordingReporter


def main() -> None:
    endpoint, app_id, folder, moment, count, *effort = sys.argv[1:]
    if effort:
        asked = Effort[effort[0]]
        adaptation.next_effort = lambda *_: asked
    lease.LIFETIME = 1  # type: ignore[misc]  # final: the next deploy is not to wait long
    reporter = RecordingReporter()
    left, hear = int(count), getattr(reporter, moment)

    def die(*heard: Any) -> None:
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        hear(*heard)

    setattr(reporter, moment, die)
    # Slowly, so that what has arrived is written down before the next part arrives.
    upload = UploadSettings(overlap_from=1, most_at_once=1, rate_limit=3e5)
    settings = DeploySettings(upload=upload)
    with HathoraCloud(os.environ["HATHORA_TOKEN"], app_id=app_id, endpoint=endpoint) as cloud:
        deploy(cloud, Path(folder), settings=settings, reporter=reporter)


if __name__ == "__main__":
    main()
