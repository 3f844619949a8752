"""A source becomes a build: that of its content which there is, or a new one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from hathora_deploy.client import HathoraCloud
from hathora_deploy.pipeline.archive import GrowingArchive, Packed
from hathora_deploy.pipeline.build import build
from hathora_deploy.pipeline.digest import content_build_id
from hathora_deploy.pipeline.manifest import ManifestStore, manifest_home
from hathora_deploy.pipeline.plan import BuildPlan
from hathora_deploy.pipeline.progress import Reporter
from hathora_deploy.pipeline.reuse import Obtained, obtain_build, upload_patience
from hathora_deploy.pipeline.revision import Revision
from hathora_deploy.pipeline.source import Content, Source
from hathora_deploy.pipeline.temporary import remove_leftovers
from hathora_deploy.pipeline.upload_session import UploadSession, session_home, upload_session


def build_source(
    cloud: HathoraCloud,
    source: Source,
    revision: Revision,
    *,
    plan: BuildPlan,
    reporter: Reporter,
) -> Obtained:
    """The build that was asked for by its id, or else the one that this content has. Raises HathoraErrors."""

    def make(build_id: str, session: UploadSession, content: Content | None = None) -> Obtained:
        with _archive(source, revision, plan, reporter, session) as archive:
            made = build(
                cloud,
                archive,
                build_id=build_id,
                plan=plan,
                reporter=reporter,
                session=session,
                check=content.require_unchanged if content else lambda: None,
            )
            complete = archive.complete()
            return Obtained(made, Packed(complete.size, complete.digest))

    if plan.build_id is not None:
        with upload_session(cloud, plan.build_id, home=session_home()) as session:
            return make(plan.build_id, session)
    content = read_content(source, revision, reporter)
    build_id = content_build_id(content.digest)
    with upload_session(cloud, build_id, home=session_home()) as session:
        obtained = obtain_build(
            cloud,
            build_id,
            make=partial(make, session=session, content=content),
            patience=upload_patience(source.size, plan.upload.follow_timeout),
            plan=plan,
            reporter=reporter,
            session=session,
        )
        session.end()  # also where the build was made by somebody else
        if obtained.is_reused:
            remove_leftovers()
        _remember(obtained, content)
        return replace(obtained, content_digest=content.digest)


def _remember(obtained: Obtained, content: Content) -> None:
    """For a later plan, which is to say what has changed since."""
    store = ManifestStore(manifest_home())
    if store.knows(obtained.build.build_id):
        return
    manifest = content.manifest
    if manifest is not None:
        store.save(obtained.build.build_id, manifest)


def read_content(source: Source, revision: Revision, reporter: Reporter) -> Content:
    """What the source holds; read no more of it than is not known."""
    reporter.reading(source.place, str(revision), source.files, source.size)
    return source.content(reporter.read)


@contextmanager
def _archive(
    source: Source,
    revision: Revision,
    plan: BuildPlan,
    reporter: Reporter,
    session: UploadSession,
) -> Iterator[GrowingArchive]:
    reporter.packaging(source.place, str(revision), source.size)
    with source.archive(
        compression=plan.compression,
        progress=reporter.packing,
        packed=lambda archive: reporter.packed(source.files, source.size, archive.size),
        efforts=session.unfinished.efforts if session.unfinished else (),
    ) as archive:
        yield archive
