"""``hathora build``: archives and images turned into something a runtime starts."""

from __future__ import annotations

from typing import Any

from hathora_deploy.api.builds import BuildV3
from hathora_deploy.cli.official.session import Session
from hathora_deploy.cli.official.settings import build_settings, source_of
from hathora_deploy.pipeline.folder_build import build_folder
from hathora_deploy.pipeline.registry_build import RegistryImage, build_from_registry
from hathora_deploy.secret import Secret


def get_build_info(session: Session, *, build_id: str) -> BuildV3:
    with session.cloud() as reached:
        return reached.cloud.builds_v3.get_build(build_id=build_id)


def get_builds(session: Session) -> list[BuildV3]:
    with session.cloud() as reached:
        builds = list(reached.cloud.builds_v3.get_builds().builds)
    if not builds:
        session.output.say("no builds found")
    return builds


def create_build(
    session: Session, *, file: str | None, hide_upload_progress: bool, **given: Any
) -> BuildV3:
    folder, settings = source_of(file), build_settings(**given)
    with (
        session.cloud(names_local=True) as reached,
        session.reporter(hides_upload=hide_upload_progress) as progress,
    ):
        made = build_folder(reached.cloud, folder, settings=settings, reporter=progress).build
        if settings.build_tag not in (None, made.build_tag):
            progress.warning(
                f"build {made.build_id} was made before, and keeps its tag: {made.build_tag or '-'}"
            )
    return made


def create_with_registry(
    session: Session, *, image: str, registry: str | None, auth: Secret | None, **given: Any
) -> BuildV3:
    with session.cloud(names_local=True) as reached, session.reporter() as progress:
        return build_from_registry(
            reached.cloud,
            RegistryImage(image, registry, auth),
            settings=build_settings(**given),
            reporter=progress,
        )


def delete_build(session: Session, *, build_id: str) -> dict[str, object]:
    with session.cloud() as reached:
        reached.cloud.builds_v3.delete_build(build_id=build_id)
    return {"message": "Build deleted successfully", "status": "success", "code": 200}
