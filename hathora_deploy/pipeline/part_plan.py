"""Which bytes of an archive go to which URL, and when they are there to be sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hathora_deploy.api.builds import CreatedBuildV3WithMultipartUrls
from hathora_deploy.api.multipart import PartRange, part_ranges
from hathora_deploy.pipeline.archive import Archive, GrowingArchive
from hathora_deploy.pipeline.errors import UploadError
from hathora_deploy.secret import Secret


@dataclass(frozen=True)
class PartUpload:
    """A part and where it goes."""

    part: PartRange
    url: Secret


def plan_parts(size: int, build: CreatedBuildV3WithMultipartUrls) -> tuple[PartUpload, ...]:
    """Raises UploadError when the cloud's URLs do not fit an archive of ``size`` bytes."""
    urls = {each.part_number: each.put_request_url for each in build.upload_parts}
    ranges = part_ranges(size, max(1, build.max_chunk_size))
    if sorted(urls) != [part.number for part in ranges]:
        raise UploadError(
            f"the cloud gave {len(urls)} upload URLs for {len(ranges)} parts of "
            f"{build.max_chunk_size} bytes"
        )
    return tuple(PartUpload(part, urls[part.number]) for part in ranges)


def ready_parts(
    archive: Archive | GrowingArchive, planned: Sequence[PartUpload]
) -> Iterator[PartUpload]:
    """The parts that the archive turns out to have, each as soon as all of it can be read.

    Raises what keeps the archive from being written.
    """
    for each in planned:
        part = each.part
        there = archive.size if isinstance(archive, Archive) else archive.wait(part.end)
        if there < part.end:  # the archive ends here: it is smaller than could be known
            if there > part.start:
                yield PartUpload(PartRange(part.number, part.start, there - part.start), each.url)
            return
        yield each
