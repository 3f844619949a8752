"""Players whose game is a page: a real browser calls a cloud of another origin."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .chromium import Site, opened, site
from .conftest import EXAMPLE, OwnCloud, StartCloud

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "typescript.md"
SCRIPT = re.compile(r'<script type="module">\n(.*?)</script>', re.DOTALL)
NAMES = {"play.example.test": "127.0.0.1", "evil.example.test": "127.0.0.1"}

TELL = """
const tell = (outcome) => fetch("/outcome", { method: "POST", body: JSON.stringify(outcome) });
addEventListener("error", ({ message }) => tell({ failed: message }));
addEventListener("unhandledrejection", ({ reason }) => tell({ failed: String(reason) }));
"""
REFUSALS = """
const refusal = await fetch(`${ENDPOINT}/apps/v2/apps`, { headers: { Authorization: "Bearer wrong" } });
const outcome = {
  player: document.querySelector("output").value,
  room: lobby.roomId,
  status: refusal.status,
  message: (await refusal.json()).message,
  requestId: refusal.headers.get("x-request-id"),
  sdk: await cloud.roomsV2.getRoomInfo("none").catch((error) => error.constructor.name),
};
await tell(outcome);
"""
ATTEMPTS = """
const attempt = (url, options) => fetch(url, options).then(({ status }) => status, ({ name }) => name);
const pinged = new Promise((resolve) => {
  const socket = new WebSocket(`${ENDPOINT.replace("http", "ws")}/ws`);
  socket.onopen = () => resolve("opened");
  socket.onerror = () => resolve("refused");
});
await tell({
  login: await attempt(`${ENDPOINT}/auth/v1/${APP}/login/anonymous`, { method: "POST" }),
  regions: await attempt(`${ENDPOINT}/discovery/v2/ping`),
  pinged: await pinged,
});
"""


@pytest.fixture
def bundler(sdk_folder: Path) -> Path:
    """esbuild, beside the SDK."""
    if shutil.which("chromium") is None:
        pytest.skip("chromium is missing; on Debian: apt-get install chromium")
    program = sdk_folder / "node_modules" / ".bin" / "esbuild"
    if not program.exists():
        pytest.skip(f"esbuild is missing; in {sdk_folder}: npm install esbuild")
    return program


@pytest.fixture
def game_site() -> Iterator[Site]:
    with site() as game:
        yield game


def test_a_game_in_a_browser_finds_its_room_and_other_pages_find_nothing(
    bundler: Path, game_site: Site, start_cloud: StartCloud, tmp_path: Path
) -> None:
    game = f"http://play.example.test:{game_site.port}"
    cloud = start_cloud(HATHORA_CLOUD_ALLOW_ORIGIN=game)
    cloud.tool.ok(EXAMPLE)
    (app,) = cloud.client().apps_v2.get_apps().applications
    game_site.pages["/game.js"] = script(bundler, cloud, app.app_id, tmp_path)
    game_site.pages["/game"] = page(
        SCRIPT.sub('<script type="module" src="/game.js"></script>', guide_page())
    )
    evil = f"const ENDPOINT = {cloud.endpoint!r}, APP = {app.app_id!r};{TELL}{ATTEMPTS}"
    game_site.pages["/evil"] = page(f'<script type="module">{evil}</script>')

    seen = outcome(game_site, f"{game}/game", tmp_path / "game")
    assert re.fullmatch(r"127\.0\.0\.1:\d+", seen["player"])
    lobby = cloud.client(app_id=app.app_id).lobbies_v3.get_lobby_info_by_room_id(
        room_id=seen["room"]
    )
    assert lobby.visibility == "public"
    assert (seen["status"], seen["sdk"]) == (401, "ApiError")
    assert "token" in seen["message"]
    assert seen["requestId"]

    evil_url = f"http://evil.example.test:{game_site.port}/evil"
    seen = outcome(game_site, evil_url, tmp_path / "evil")
    assert seen == {"login": "TypeError", "regions": "TypeError", "pinged": "refused"}


def guide_page() -> str:
    """The page of the guide, as it stands there."""
    found = re.search(r"^```html\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.M | re.S)
    assert found is not None
    return found[1]


def script(bundler: Path, cloud: OwnCloud, app_id: str, folder: Path) -> tuple[str, str]:
    """What a bundler makes of the guide's script, and of a few lines that tell what came of it."""
    own = SCRIPT.search(guide_page())
    assert own is not None
    text = own[1].replace("https://cloud.example.com", cloud.endpoint).replace("app-…", app_id)
    assert cloud.endpoint in text
    assert app_id in text
    source = folder / "game.mjs"
    source.write_text(
        f"const ENDPOINT = {cloud.endpoint!r};{TELL}{text}{REFUSALS}", encoding="utf-8"
    )
    (folder / "node_modules").symlink_to(bundler.parents[1])
    done = subprocess.run(
        [bundler, source, "--bundle", "--format=esm", "--log-level=warning"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return "text/javascript", done.stdout


def page(text: str) -> tuple[str, str]:
    return "text/html", text


def outcome(pages: Site, url: str, profile: Path) -> Any:
    """What a page tells of itself."""
    with opened(url, profile=profile, names=NAMES):
        told = json.loads(pages.outcome())
    assert "failed" not in told, told["failed"]
    return told
