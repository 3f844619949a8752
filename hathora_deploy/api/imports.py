"""An application that moves from one cloud to another. An extension of Hathora's API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from hathora_deploy.api.apps import Application, ApplicationServiceConfig, AuthConfiguration
from hathora_deploy.api.builds import BuildStatus
from hathora_deploy.api.deployments import DeploymentV3, Variables
from hathora_deploy.api.limits import AppName, BuildTag
from hathora_deploy.api.model import DateTime, Model
from hathora_deploy.api.network import AdditionalPorts
from hathora_deploy.api.operation import Operation, Query
from hathora_deploy.secret import Secret

Id = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


def _in_calendars(moment: datetime) -> datetime:
    if not 1970 <= moment.year <= 9998:
        raise ValueError("its year is not from 1970 to 9998")
    return moment


Moment = Annotated[DateTime, AfterValidator(_in_calendars)]
"""A moment that has a date in every time zone: one at the end of the calendar can be kept, and never read."""
Author = Annotated[str, Field(max_length=320)]
"""Whoever made something, by the name that the other cloud has for them."""

_LARGEST_SIZE: Final = 2**53 - 1
"""What JSON carries exactly."""


class ExportedApp(Model):
    """An application; ``app_secret`` is what the tokens of its players are signed with."""

    app_id: Id
    app_name: AppName
    app_secret: Secret
    auth_configuration: AuthConfiguration
    service_config: ApplicationServiceConfig | None = None
    created_by: Author | None = None
    created_at: Moment | None = None


class ExportedBuild(Model):
    """What is known of a build without its files."""

    build_id: Id
    status: BuildStatus
    created_by: Author
    created_at: Moment
    started_at: Moment | None = None
    finished_at: Moment | None = None
    image_size: Annotated[int, Field(ge=0, le=_LARGEST_SIZE)] = 0
    build_tag: BuildTag | None = None


class ExportedDeployment(DeploymentV3):
    """A deployment, within the limits of what can be deployed."""

    app_id: Id
    deployment_id: Id
    build_id: Id
    build_tag: BuildTag | None = None
    created_by: Author
    created_at: Moment
    rooms_per_process: Annotated[int, Field(ge=0, le=10_000)]
    additional_container_ports: AdditionalPorts
    env: Variables


class AppExport(Model):
    """An application with its deployments, in any order, and the builds that they name."""

    application: ExportedApp
    deployments: list[ExportedDeployment]
    builds: list[ExportedBuild]


class ImportedApp(Model):
    """What is here now."""

    application: Application
    is_new: bool
    """False where it was here before, and nothing was changed."""
    deployments: int
    """How many came with it."""
    builds: int


class ImportApp(
    Operation[ImportedApp],
    method="POST",
    path="/imports/v1/apps",
    errors=(401, 404, 408, 409, 422, 429, 500),
    repeatable=True,
    extension=True,
):
    """Take an application over from another cloud, with its id, its secret and its history.

    Its builds come without their files: what is deployed of them cannot be started.
    """

    application: ExportedApp
    deployments: Annotated[list[ExportedDeployment], Field(max_length=10_000)]
    builds: Annotated[list[ExportedBuild], Field(max_length=10_000)]
    org_id: Query[str | None] = None
