"""A cloud that nothing moves in, and apps with a past that is written straight into its database."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path

from sqlalchemy import insert

from hathora_deploy.api.apps import Application, AuthConfiguration
from hathora_deploy.api.builds import BuildStatus
from hathora_deploy.api.network import Region
from hathora_deploy.client import HathoraCloud
from hathora_deploy.client.hooks import Hooks
from hathora_deploy.cloud.app import create_app
from hathora_deploy.cloud.cloud import Cloud
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.cloud.state import tables
from hathora_deploy.cloud.state.builds import BuildRecord
from hathora_deploy.cloud.state.deployments import DeploymentRecord
from hathora_deploy.cloud.state.processes import ProcessRecord
from tests.cloud.serving import served

NOW = datetime.now(UTC)
REGIONS = (Region.SEATTLE, Region.LONDON)


@dataclass(frozen=True)
class QuietCloud:
    """Its processes stay as they are written."""

    cloud: Cloud
    endpoint: str

    def client(self, token: str | None = None, asked: list[str] | None = None) -> HathoraCloud:
        """A client that notes the paths it has ``asked`` for."""

        def note(request: object) -> None:
            (asked if asked is not None else []).append(str(getattr(request, "url", "")))

        return HathoraCloud(
            token or self.cloud.settings.token_file.read_text(),
            endpoint=self.endpoint,
            hooks=Hooks(before_request=(note,)),
        )

    def new_app(self) -> Application:
        with self.client() as client:
            return client.apps_v2.create_app(
                app_name=f"app-{uuid.uuid4().hex[:8]}", auth_configuration=AuthConfiguration()
            )

    def deployed(
        self, app: Application, count: int, *, created_by: str = "ci"
    ) -> Sequence[DeploymentRecord]:
        """Deployments a minute apart, the oldest first, each with a build of its own."""
        builds = [
            BuildRecord(
                key=uuid.uuid4().hex,
                org_id=app.org_id,
                build_id=f"bld-{uuid.uuid4()}",
                tag=None,
                status=BuildStatus.SUCCEEDED,
                archive_size=1,
                image_size=1024 * number,
                created_at=NOW,
                created_by="ci",
            )
            for number in range(1, count + 1)
        ]
        deployments = [
            DeploymentRecord(
                deployment_id=f"dep-{uuid.uuid4()}",
                app_id=app.app_id,
                build_key=build.key,
                build_id=build.build_id,
                build_tag=None,
                tag=f"{number:040x}",
                fleet_id=None,
                requested_cpu=0.5,
                requested_memory_mb=1024,
                requested_gpu=None,
                rooms_per_process=4,
                idle_timeout_enabled=True,
                container_port=7777,
                transport_type="udp",
                additional_container_ports=[],
                env=[],
                created_at=NOW - timedelta(minutes=count - number),
                created_by=created_by,
            )
            for number, build in enumerate(builds)
        ]
        with self.cloud.store.write() as connection:
            connection.execute(insert(tables.builds), [asdict(each) for each in builds])
            rows = [asdict(each) for each in deployments]
            for row in rows:
                del row["number"]
            connection.execute(insert(tables.deployments), rows)
        return deployments

    def started(
        self,
        deployment: DeploymentRecord,
        count: int,
        *,
        at: datetime | None = None,
        status: str = "running",
        **known: object,
    ) -> Sequence[ProcessRecord]:
        """Processes in each region in turn, all begun at one moment, or else a second apart."""
        first = ProcessRecord(
            process_id="",
            app_id=deployment.app_id,
            deployment_id=deployment.deployment_id,
            region=REGIONS[0],
            status=status,
            created_at=NOW,
        )
        processes = [
            replace(
                first,
                process_id=str(uuid.uuid4()),
                region=region,
                created_at=at or NOW - timedelta(seconds=number),
                **known,  # type: ignore[arg-type]  # fields of the record, by name
            )
            for number, region in enumerate(islice(cycle(REGIONS), count))
        ]
        with self.cloud.store.write() as connection:
            connection.execute(insert(tables.processes), [asdict(each) for each in processes])
        return processes


@contextmanager
def quiet_cloud(folder: Path) -> Iterator[QuietCloud]:
    """It is served, and not started: no reconciler looks for what it says is running."""
    cloud = Cloud.open(CloudSettings(data_dir=folder, runtime="process"))
    with served(create_app(cloud)) as endpoint:
        yield QuietCloud(cloud, endpoint)
        cloud.close()
