from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from hathora_deploy.pipeline.context import read_context
from hathora_deploy.pipeline.inspection import Concern, inspect

EXAMPLES = Path(__file__).parents[2] / "examples"
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no modes")
ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00"
X86_64, ARM64 = ELF + b"\x3e\x00", ELF + b"\xb7\x00"


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "game").chmod(0o755)
    return folder


def add(folder: Path, path: str, content: bytes = b"", *, executable: bool = False) -> None:
    place = folder / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    place.chmod(0o755 if executable else 0o644)


def concerns(folder: Path) -> tuple[Concern, ...]:
    return inspect(read_context(folder))


def starting(folder: Path, *instructions: str, base: str = "debian:12") -> None:
    (folder / "Dockerfile").write_text("\n".join([f"FROM {base}", *instructions]) + "\n")


@pytest.mark.parametrize(
    "path",
    [
        *(
            "id_rsa",
            "keys/id_ed25519",
            "release.keystore",
            "a/b.p12",
            ".env",
            "config/.env.production",
        ),
        *(".pypirc", ".netrc", "_netrc", ".git-credentials", ".aws/credentials", ".kube/config"),
        *(".docker/config.json", "infra/prod.tfstate"),
    ],
)
def test_a_file_whose_name_is_that_of_a_secret_is_pointed_out(folder: Path, path: str) -> None:
    add(folder, path, b"whatever")
    (concern,) = concerns(folder)
    assert concern.paths == (path,)
    assert ".dockerignore" in concern.advice
    # What to write works.
    (folder / ".dockerignore").write_text(written(concern))
    assert concerns(folder) == ()


def written(concern: Concern) -> str:
    """What the advice says to write into the ignore file."""
    patterns = concern.advice.removeprefix("write ").partition(" into ")[0]
    return "".join(f"{pattern}\n" for pattern in patterns.split(" and "))


@pytest.mark.parametrize(
    "paths",
    [
        ("east/id_rsa", "west/keys/id_rsa"),
        ("east/a.p12", "west/b.p12"),
        ("#old/id_rsa",),
        ("!old/id_rsa",),
        (" old/id_rsa",),
        ("a[b]*/id_rsa",),
        ("old.p12\n.p12",),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
def test_what_is_advised_leaves_out_all_that_was_found(
    folder: Path, paths: tuple[str, ...]
) -> None:
    for path in paths:
        add(folder, path, b"whatever")
    own = folder / "Dockerfile.dockerignore"
    own.write_text("# decides in the place of .dockerignore\n")
    (concern,) = concerns(folder)
    assert "into Dockerfile.dockerignore" in concern.advice
    own.write_text(written(concern))
    assert concerns(folder) == ()


def secret(*parts: str) -> bytes:
    """In parts, so that who looks through the project for secrets does not find these."""
    return "".join(parts).encode()


@pytest.mark.parametrize(
    ("path", "content", "what"),
    [
        ("server.pem", secret("-----BEGIN ", "PRIVATE KEY-----\nMIIE\n"), "private key"),
        ("tls.key", secret("-----BEGIN RSA ", "PRIVATE KEY-----\nMIIE\n"), "private key"),
        (
            "account.json",
            secret('{"private_key": "-----BEGIN ', 'PRIVATE KEY-----\\nMI"}'),
            "private key",
        ),
        ("deploy.sh", secret("export KEY=AKIA", "Z7Q2M4N6P8R1S3T5"), "AWS access key"),
        ("ci.yaml", secret("token: ghp_", "a1B2" * 9), "GitHub token"),
        ("ci.yml", secret("github_pat_", "a1B2" * 9), "GitHub token"),
        ("setup.cfg", secret("glpat-", "a1-_" * 6), "GitLab token"),
        ("bot.py", secret("xoxb-", "1234567890-abcdefghijkl"), "Slack token"),
        ("shop.ini", secret("sk_live_", "a1B2" * 6), "Stripe key"),
        (".npmrc", secret("//registry/:_authToken=", "abc"), "npm token"),
        ("hathora.toml", secret("token = 'hathora_org_", "a1-_" * 11, "'"), "Hathora token"),
    ],
)
def test_a_secret_is_known_by_its_shape_and_never_shown(
    folder: Path, path: str, content: bytes, what: str
) -> None:
    add(folder, path, content)
    (concern,) = concerns(folder)
    assert (what in concern.what, concern.paths) == (True, (path,))
    for word in content.decode().split():
        assert word not in str(concern) or len(word) < 8


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (".env.example", b"TOKEN="),
        ("cacert.pem", b"-----BEGIN CERTIFICATE-----\nMIIE\n"),
        ("id_rsa.pub", b"ssh-rsa AAAA"),
        (".npmrc", b"//registry/:_authToken=${NPM_TOKEN}\n"),
        ("readme.txt", b"AKIAIOSFODNN7EXAMPLE"),
        (".gitignore", b"bin/\n"),
        ("large.json", secret("ghp_", "a1B2" * 9) + bytes(1 << 20)),
        ("Library/a", b""),
        ("node_modules/a/b.js", b""),
        ("small.pdb", b"x"),
    ],
)
def test_what_is_none_is_passed_over(folder: Path, path: str, content: bytes) -> None:
    add(folder, path, content)
    assert concerns(folder) == ()


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


def the_concern(folder: Path) -> str:
    (concern,) = concerns(folder)
    return str(concern)


@posix_only
@pytest.mark.parametrize(
    "instructions",
    [
        ["COPY . /srv", 'CMD ["/srv/bin/server"]'],
        ["WORKDIR /srv", "COPY . .", 'ENTRYPOINT ["./bin/server"]', 'CMD ["-log"]'],
        ["WORKDIR /srv", "COPY bin/server ./", "CMD exec ./server -port 7777"],
        ["COPY bin /opt/", 'ENTRYPOINT ["tini", "--", "/opt/server"]'],
        ["COPY bin/ser* /opt/", "CMD /opt/server"],
        ["COPY bin/server /start", "RUN apt-get update", "CMD A=1 /start"],
    ],
)
def test_an_entry_point_that_may_not_be_executed_is_found(
    folder: Path, instructions: list[str]
) -> None:
    starting(folder, *instructions)
    add(folder, "bin/server", X86_64)
    said = the_concern(folder)
    assert "may not be executed" in said
    assert f"chmod +x {folder}/bin/server" in said
    (folder / "bin" / "server").chmod(0o755)
    assert concerns(folder) == ()


@posix_only
@pytest.mark.parametrize(
    "instructions",
    [
        ["COPY --chmod=755 . /srv", "CMD /srv/server"],
        ["COPY . /srv", "RUN chmod +x /srv/server", "CMD /srv/server"],
        ["COPY . /srv", "RUN make -C /srv server", "CMD /srv/server"],
        ["COPY . /srv", "CMD sh /srv/server"],
        ["COPY . /srv", 'CMD ["server"]'],
        ["COPY . /srv", "CMD $HOME/server"],
        ["COPY --from=build /server /srv/", "CMD /srv/server"],
        ["COPY . /srv"],
    ],
)
def test_nothing_is_said_of_what_the_build_may_mend_or_the_dockerfile_does_not_tell(
    folder: Path, instructions: list[str]
) -> None:
    starting(folder, *instructions)
    add(folder, "server", b"#!/bin/sh\n")
    assert concerns(folder) == ()


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (b"MZ\x90\x00", "a program for Windows"),
        (b"\xcf\xfa\xed\xfe\x07", "a program for macOS"),
        (ARM64, "a program for ARM64"),
        (b"#!/bin/sh\r\necho\r\n", "lines end as on Windows"),
    ],
)
def test_a_program_that_does_not_start_on_linux_is_found(
    folder: Path, head: bytes, what: str
) -> None:
    starting(folder, "COPY . /srv", 'CMD ["/srv/server"]')
    add(folder, "server", head, executable=True)
    assert what in the_concern(folder)


@pytest.mark.parametrize("command", ["bash start.sh", '["/bin/sh", "/srv/start.sh"]'])
def test_a_script_for_a_shell_needs_no_bit_but_line_ends_of_linux(
    folder: Path, command: str
) -> None:
    starting(folder, "WORKDIR /srv", "COPY . .", f"CMD {command}")
    add(folder, "start.sh", b"cd /srv\r\n./game\r\n")
    said = the_concern(folder)
    assert "lines end as on Windows" in said
    assert "sed -i" in said


def test_an_entry_point_that_is_nowhere_is_named(folder: Path) -> None:
    starting(folder, "WORKDIR /srv", "COPY . .", 'CMD ["./sever"]')
    said = the_concern(folder)
    assert "Dockerfile, line 4, starts /srv/sever" in said
    assert "package --list" in said


@pytest.mark.parametrize(
    ("base", "instructions"),
    [
        ("studio/base:1", ["COPY . /srv", "CMD /srv/sever"]),
        ("debian", ["COPY . /srv", "RUN make", "CMD /srv/sever"]),
        ("debian", ["COPY . /srv", "COPY --from=0 /a /srv/", "CMD /srv/sever"]),
        ("debian", ["COPY . /", "CMD /bin/true"]),
        ("debian", ["COPY . /srv", "CMD /bin/true"]),
        ("debian", ["COPY . /srv", "ADD more.tar /srv", "CMD /srv/sever"]),
    ],
)
def test_where_it_may_come_from_elsewhere_nothing_is_said(
    folder: Path, base: str, instructions: list[str]
) -> None:
    starting(folder, *instructions, base=base)
    assert concerns(folder) == ()


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
