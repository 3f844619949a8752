"""A store that takes parts as fast as a socket gives them, and keeps nothing: ``python -m benchmarks.sink [RATE]``."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from hathora_deploy.api.builds import BuildPart, BuildStatus, CreatedBuildV3WithMultipartUrls
from hathora_deploy.api.multipart import part_ranges
from hathora_deploy.pipeline.rate import Limiter
from hathora_deploy.secret import Secret

PART = 16 << 20


@contextmanager
def sink(rate: float | None = None) -> Iterator[str]:
    """Its URL. ``rate`` is what it takes, in bytes per second, of all connections together."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.sink", *([str(rate)] if rate else [])],
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout is not None
        yield program.stdout.readline().strip()
        program.kill()


def build_at(url: str, size: int) -> CreatedBuildV3WithMultipartUrls:
    """A build whose parts go to a sink."""
    return CreatedBuildV3WithMultipartUrls(
        org_id="org-1",
        build_id="bld-1",
        created_by="benchmark",
        created_at=datetime.now(UTC),
        started_at=None,
        finished_at=None,
        deleted_at=None,
        status=BuildStatus.CREATED,
        image_size=0,
        upload_parts=[
            BuildPart(part_number=part.number, put_request_url=Secret(f"{url}/{part.number}"))
            for part in part_ranges(size, PART)
        ],
        max_chunk_size=PART,
        complete_upload_post_request_url=Secret(f"{url}/complete"),
    )


class _Sink(ThreadingHTTPServer):
    daemon_threads = True
    limiter: Limiter | None = None


class _Handler(BaseHTTPRequestHandler):
    server: _Sink
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""

    def take(self) -> None:
        if self.headers.get("Expect"):
            self.send_response_only(100)
            self.end_headers()
        left, place = int(self.headers["Content-Length"]), memoryview(bytearray(1 << 20))
        limiter = self.server.limiter
        while left:
            count = self.rfile.readinto1(place[: min(left, 1 << 16 if limiter else 1 << 20)])  # type: ignore[attr-defined]  # BufferedReader has it
            if not count:
                return
            left -= count
            if limiter:
                limiter.wait(count, time.sleep)
        self.send_response(200)
        self.send_header("ETag", '"sink"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_PUT = do_POST = take


def main() -> None:
    server = _Sink(("127.0.0.1", 0), _Handler)
    if len(sys.argv) > 1:
        server.limiter = Limiter(float(sys.argv[1]))
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
