"""A real browser, and the pages that it opens."""

from __future__ import annotations

import queue
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

_QUIET: Final = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
]
PATIENCE: Final = 60.0
"""Seconds."""


@dataclass(frozen=True)
class Site:
    """Pages by their paths, which a page tells its outcome by a POST to its own site."""

    port: int
    outcomes: queue.SimpleQueue[str] = field(default_factory=queue.SimpleQueue)
    pages: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Type and text."""

    def outcome(self) -> str:
        """What a page tells next."""
        return self.outcomes.get(timeout=PATIENCE)


@contextmanager
def site() -> Iterator[Site]:
    """A site on a free port, which answers by any name."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, text = here.pages.get(self.path, ("text/plain", ""))
            body = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.send_response(204)
            self.end_headers()
            here.outcomes.put(text)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        here = Site(server.server_port)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield here
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def opened(url: str, *, profile: Path, names: Mapping[str, str]) -> Iterator[None]:
    """Chromium with a page, for as long as the block lasts; ``names`` lead to addresses."""
    rules = ",".join(f"MAP {name} {address}" for name, address in names.items())
    program = shutil.which("chromium")
    assert program is not None
    browser = subprocess.Popen(
        [program, *_QUIET, f"--user-data-dir={profile}", f"--host-resolver-rules={rules}", url],
        env={"PATH": "/usr/bin:/bin", "HOME": str(profile)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        browser.terminate()
        browser.wait(timeout=PATIENCE)
