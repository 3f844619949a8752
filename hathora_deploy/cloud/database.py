"""The database of a cloud for whoever runs it, whether the cloud runs or not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hathora_deploy.cloud.errors import CloudError
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.cloud.state.store import Store


@contextmanager
def opened(settings: CloudSettings) -> Iterator[Store]:
    """Raises CloudError where there is no cloud."""
    if settings.database is None and not settings.database_file.exists():
        raise CloudError(
            f"there is no cloud in {settings.data_dir}",
            hint="hathora-deploy cloud start; HATHORA_CLOUD_DATABASE names the database of one "
            "that keeps its state in PostgreSQL",
        )
    store = Store.open(settings.database, file=settings.database_file)
    try:
        yield store
    finally:
        store.close()
