from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hathora_deploy.pipeline.context import read_context
from hathora_deploy.pipeline.inspection import inspect
from tests.pipeline.inspection.folders import (
    X86_64,
    add,
    concerns,
    posix_only,
    starting,
    the_concern,
)

EXAMPLES = Path(__file__).parents[3] / "examples"


def test_what_is_not_sent_is_no_concern(folder: Path) -> None:
    add(folder, ".env")
    add(folder, ".git/HEAD")
    (folder / ".dockerignore").write_text(".env\n.git\n")
    assert concerns(folder) == ()


@pytest.mark.parametrize(
    ("paths", "what"),
    [
        ([".git/HEAD"], "history"),
        (["Library/a", "ProjectSettings/b", "Temp/c"], "caches of the Unity editor"),
        (["Source/a", "Intermediate/b", "Saved/c"], "caches of the Unreal editor"),
        (["Game_BurstDebugInformation_DoNotShip/lib.txt"], "debug symbols"),
        (["Game_BackUpThisFolder_ButDontShipItWithYourGame/a.cpp"], "debug symbols"),
        (["Arena/Binaries/Linux/GameServer.debug", "a.pdb", "b.sym"], "debug symbols"),
        (["UnityPlayer.dll"], "build for Windows"),
        (["Arena/Binaries/Win64/GameServer.exe"], "build for Windows"),
        (["Game.app/Contents/MacOS/Game"], "build for macOS"),
    ],
)
def test_what_a_game_server_does_not_need_is_pointed_out(
    folder: Path, paths: list[str], what: str
) -> None:
    for path in paths:
        add(folder, path, bytes(1 << 20))
    (concern,) = concerns(folder)
    assert what in concern.what


def test_packages_that_the_build_installs_need_not_be_sent(folder: Path) -> None:
    add(folder, "node_modules/a/index.js")
    starting(folder, "COPY . .", "RUN npm ci", base="node:22")
    (concern,) = concerns(folder)
    assert concern.paths == ("node_modules",)


def test_a_dockerfile_that_is_wrong_is_left_to_others(folder: Path) -> None:
    (folder / "Dockerfile").write_text("WHAT\n")
    assert concerns(folder) == ()


def test_an_ordinary_unity_build_for_linux_is_no_concern(folder: Path) -> None:
    for path in (
        "UnityPlayer.so",
        "Game_Data/boot.config",
        "Game_Data/Plugins/lib_burst_generated.so",
    ):
        add(folder, path, b"wait-for-native-debugger=0\n")
    for name in ("Assembly-CSharp.dll", "System.dll", "System.Xml.dll", "Assembly-CSharp.pdb"):
        add(folder, f"Game_Data/Managed/{name}", b"MZ")
    add(folder, "Game_Data/StreamingAssets/google-services-desktop.json", b'{"key": "AIza"}')
    add(folder, "Game_Data/Resources/unity default resources", bytes(1000))
    add(folder, "Game.x86_64", X86_64, executable=True)
    starting(
        folder, "WORKDIR /srv", "COPY . .", 'CMD ["./Game.x86_64", "-batchmode", "-nographics"]'
    )
    assert concerns(folder) == ()


def test_an_ordinary_unreal_build_for_linux_is_no_concern(folder: Path) -> None:
    add(folder, "GameServer.sh", b"#!/bin/sh\nUE_TRUE_SCRIPT_NAME=x\n", executable=True)
    add(folder, "Arena/Binaries/Linux/GameServer", X86_64, executable=True)
    add(folder, "Arena/Content/Paks/Game.pak", bytes(1000))
    add(
        folder,
        "Engine/Content/Certificates/ThirdParty/cacert.pem",
        b"-----BEGIN CERTIFICATE-----\n",
    )
    add(folder, "Engine/Binaries/ThirdParty/Steamworks/libsteam_api.so", X86_64)
    add(folder, "Manifest_NonUFSFiles_Linux.txt", b"Engine/Binaries/x\n")
    starting(
        folder, "COPY . /home/ue", "RUN useradd ue", "USER ue", "ENTRYPOINT /home/ue/GameServer.sh"
    )
    assert concerns(folder) == ()


def test_the_example_game_is_no_concern() -> None:
    assert concerns(EXAMPLES / "coin-rush") == ()


@posix_only
def test_a_file_that_is_gone_when_it_is_looked_into_is_left_to_others(folder: Path) -> None:
    add(folder, "a.json", b"{}")
    context = read_context(folder)
    shutil.rmtree(folder)
    folder.mkdir()
    assert inspect(context) == ()


@posix_only
def test_links_that_lead_out_are_pointed_out_and_those_within_are_not(folder: Path) -> None:
    (folder / "lib").mkdir()
    links = {"python": "/usr/bin/python3", "lib/up": "../../other", "lib/in": "../game", "new": "x"}
    for name, target in links.items():
        (folder / name).symlink_to(target)

    (concern,) = concerns(folder)

    assert concern.paths == ("lib/up", "python")
    assert "RUN ln -s" in concern.advice


def can_tell_case(folder: Path) -> bool:
    (folder / "CASE").touch()
    is_one = (folder / "case").exists()
    (folder / "CASE").unlink()
    return not is_one


def test_paths_that_differ_only_in_case_are_pointed_out_at_their_top(folder: Path) -> None:
    if not can_tell_case(folder):
        pytest.skip("this disk does not tell A from a")
    for path in ("Maps/dust", "maps/dust", "maps/Rust", "a/Ä", "a/ä", "b/same", "c/same"):
        add(folder, path)

    (concern,) = concerns(folder)

    assert concern.paths == ("Maps", "maps", "a/Ä", "a/ä")
    assert "differ only in case" in concern.what
    assert "Maps, maps and 2 more" in str(concern)


@posix_only
@pytest.mark.parametrize("mode", [0o4755, 0o2755, 0o6711])
def test_a_setuid_bit_that_is_not_kept_is_pointed_out(folder: Path, mode: int) -> None:
    add(folder, "sandbox")
    (folder / "sandbox").chmod(mode)
    (folder / "shared").mkdir()
    (folder / "shared").chmod(0o2775)  # a habit of teams, of which nothing depends
    concern = the_concern(folder)
    assert "setuid or setgid bit is not sent: sandbox;" in concern


@posix_only
@pytest.mark.parametrize(
    "instruction",
    ["RUN chmod u+s /srv/sandbox", "RUN chmod 4755 /srv/*", "COPY --chmod=04711 sandbox /srv/"],
)
def test_a_setuid_bit_that_the_dockerfile_gives_is_no_concern(
    folder: Path, instruction: str
) -> None:
    add(folder, "sandbox")
    (folder / "sandbox").chmod(0o4755)
    starting(folder, "COPY . /srv", "RUN chmod +x,o-s /srv/game && chmod 0755 /srv/game")
    assert "setuid" in the_concern(folder)
    starting(folder, "COPY . /srv", instruction)
    assert concerns(folder) == ()
