from __future__ import annotations

import sys
from pathlib import Path

import pytest

from hathora_deploy.pipeline.concern import Concern
from tests.pipeline.inspection.folders import add, concerns


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
            "settings/production.env",
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
        ("settings/example.env", b"TOKEN="),
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
