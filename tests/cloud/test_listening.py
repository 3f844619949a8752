"""Where a cloud listens, and what it takes to listen where others can call: real clouds and sockets."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPResponse
from pathlib import Path

import psutil
import pytest
import requests
from websockets.sync.client import connect

from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud import daemon, listening
from hathora_deploy.cloud.daemon import RunningCloud
from hathora_deploy.cloud.errors import CloudStartError
from hathora_deploy.cloud.hosts import HostNames
from hathora_deploy.cloud.region_hosts import RegionHosts
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.cloud.trusted_proxies import TrustedProxies
from tests.cloud.handlers.conftest import archive, build
from tests.cloud.machine_address import outer_address
from tests.cloud.runtime.conftest import free_port
from tests.cloud.tls.authority import Authority

CERTIFICATE = Path("/here/certificate.pem")


@contextmanager
def started(settings: CloudSettings) -> Iterator[RunningCloud]:
    try:
        yield daemon.start(settings)
    finally:
        daemon.stop(settings.data_dir)


def url(address: str, settings: CloudSettings, scheme: str = "https") -> str:
    return f"{scheme}://{address}:{settings.port}"


@pytest.fixture(scope="module")
def address() -> str:
    return outer_address()


@pytest.fixture
def settings(tmp_path: Path, address: str) -> CloudSettings:
    return CloudSettings(tmp_path / "cloud", runtime="process", listen=address, port=free_port())


@pytest.mark.parametrize("listen", ["0.0.0.0", "::", "192.0.2.7"])
def test_elsewhere_than_on_loopback_it_takes_tls_or_a_proxy(listen: str, tmp_path: Path) -> None:
    bare = CloudSettings(tmp_path, listen=listen)

    with pytest.raises(CloudStartError, match=f"to listen on {listen} takes TLS") as caught:
        listening.decide(bare)

    assert caught.value.hint
    for way in ("--tls-certificate", "--tls-self-signed", "--trusted-proxies"):
        assert way in caught.value.hint
    assert listening.decide(replace(bare, tls_certificate=CERTIFICATE)).api.is_encrypted
    assert listening.decide(replace(bare, tls_self_signed=True)).api.is_encrypted
    behind = replace(bare, trusted_proxies=TrustedProxies.parse("10.0.0.1"))
    assert not listening.decide(behind).api.is_encrypted
    assert listening.decide(replace(behind, tls_self_signed=True)).api.is_encrypted


@pytest.mark.parametrize("listen", ["127.0.0.1", "::1", "localhost", "127.0.0.9"])
def test_on_loopback_nothing_is_needed_and_nothing_is_encrypted(
    listen: str, tmp_path: Path
) -> None:
    decided = listening.decide(CloudSettings(tmp_path, listen=listen, tls_self_signed=True))
    assert not decided.api.is_encrypted
    assert decided.own is None


def test_settings_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CloudStartError, match="--tls-key without the certificate"):
        listening.decide(CloudSettings(tmp_path, tls_key=CERTIFICATE))
    with pytest.raises(CloudStartError, match="exclude each other"):
        listening.decide(CloudSettings(tmp_path, tls_certificate=CERTIFICATE, tls_self_signed=True))
    with pytest.raises(CloudStartError, match=r"cannot listen on no\.such\.name\.invalid"):
        listening.decide(CloudSettings(tmp_path, listen="no.such.name.invalid"))


def test_a_cloud_that_may_not_listen_there_does_not_start_and_says_why(
    settings: CloudSettings,
) -> None:
    with pytest.raises(CloudStartError, match="takes TLS") as caught, started(settings):
        pass
    assert "--tls-self-signed" in (caught.value.hint or "")


def test_a_certificate_that_cannot_be_used_keeps_the_cloud_from_starting(
    settings: CloudSettings, tmp_path: Path
) -> None:
    chosen = replace(settings, tls_certificate=tmp_path / "absent.pem")
    said = r"absent\.pem cannot be used: No such file"
    with pytest.raises(CloudStartError, match=said), started(chosen):
        pass


def test_with_a_certificate_of_its_own_a_cloud_is_called_by_https_and_the_local_tool_finds_it(
    settings: CloudSettings, address: str
) -> None:
    chosen = replace(settings, tls_self_signed=True)
    with started(chosen) as running:
        assert running.public_endpoint == url(address, chosen)
        trusted = chosen.tls_dir / "certificate.pem"
        shown = ssl.get_server_certificate((address, chosen.port))
        assert shown.strip() == trusted.read_text().strip()
        assert running.fingerprint in (chosen.log_file).read_text()

        with pytest.raises(requests.exceptions.SSLError):
            requests.get(f"{running.public_endpoint}/discovery/v2/ping")
        with requests.Session() as session:
            session.verify = str(trusted)
            with HathoraCloud(
                running.token, endpoint=running.public_endpoint, session=session
            ) as cloud:
                assert cloud.organizations_v1.get_orgs().orgs
                created = cloud.builds_v3.create_build(build_size_in_bytes=1)
        uploaded = created.upload_parts[0].put_request_url.reveal()
        assert uploaded.startswith(f"{running.public_endpoint}/uploads/")

        # The tool of this machine needs to trust nothing.
        assert running.endpoint.startswith("http://127.0.0.1:")
        with HathoraCloud(running.token, endpoint=running.endpoint) as cloud:
            built, _ = build(cloud, archive("FROM scratch\n", server="x"))
        assert built.build_id
        context = ssl.create_default_context(cafile=trusted)
        with connect(f"wss://{address}:{chosen.port}/ws", ssl=context) as pings:
            pings.send("PING")
            assert pings.recv(timeout=10) == "PING"
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{url(address, chosen, 'http')}/discovery/v2/ping")


def test_a_cloud_that_starts_again_shows_the_certificate_it_had(settings: CloudSettings) -> None:
    chosen = replace(settings, tls_self_signed=True)
    with started(chosen) as first:
        pass
    with started(chosen) as second:
        assert second.fingerprint == first.fingerprint


def test_the_operators_certificate_is_shown_and_read_again_while_connections_go_on(
    settings: CloudSettings, address: str, tmp_path: Path
) -> None:
    authority = Authority.found(tmp_path)
    files = authority.issue("api.example")
    chosen = replace(
        settings,
        listen="0.0.0.0",
        tls_certificate=files.certificate,
        tls_key=files.key,
        hosts=HostNames.parse("api.example,new.example"),
    )

    def player(name: str) -> ssl.SSLSocket:
        return authority.trusting().wrap_socket(
            socket.create_connection((address, chosen.port), timeout=10), server_hostname=name
        )

    def status(connection: ssl.SSLSocket, name: str) -> int:
        connection.sendall(f"GET /discovery/v2/ping HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
        answer = HTTPResponse(connection)
        answer.begin()
        answer.read()
        return answer.status

    with started(chosen) as running:
        assert running.public_endpoint == f"https://api.example:{chosen.port}"
        with player("api.example") as earlier:
            assert status(earlier, "api.example") == 200
            authority.issue("new.example")
            with player("new.example") as later:
                assert status(later, "new.example") == 200
            assert status(earlier, "api.example") == 200


def test_behind_a_proxy_only_the_proxy_and_this_machine_may_speak_in_the_clear(
    settings: CloudSettings, address: str
) -> None:
    behind = replace(settings, hosts=HostNames.parse("api.example"))
    said = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "api.example",
    }
    with started(replace(behind, trusted_proxies=TrustedProxies.parse("203.0.113.1"))) as running:
        for headers in ({}, said):
            answer = requests.get(
                f"{url(address, behind, 'http')}/discovery/v2/ping", headers=headers
            )
            assert answer.status_code == 403
            assert "https only" in answer.json()["message"]
        assert requests.get(f"{running.endpoint}/discovery/v2/ping").status_code == 200

    with started(replace(behind, trusted_proxies=TrustedProxies.parse(address))) as running:
        headers = {"Authorization": f"Bearer {running.token.reveal()}"}
        calls = url(address, behind, "http")
        created = requests.post(
            f"{calls}/builds/v3/builds", json={"buildSizeInBytes": 1}, headers={**headers, **said}
        ).json()
        uploaded = created["uploadParts"][0]["putRequestUrl"]
        assert uploaded.startswith("https://api.example/uploads/")
        foreign = {**said, "X-Forwarded-Host": "evil.example"}
        assert requests.get(f"{calls}/orgs/v1", headers={**headers, **foreign}).status_code == 403
        clear = {**said, "X-Forwarded-Proto": "http"}
        assert requests.get(f"{calls}/orgs/v1", headers={**headers, **clear}).status_code == 403


def test_what_a_caller_says_of_itself_counts_for_nothing_without_a_proxy(
    local_cloud: RunningCloud,
) -> None:
    """Also on loopback, where other servers believe it."""
    created = requests.post(
        f"{local_cloud.endpoint}/builds/v3/builds",
        json={"buildSizeInBytes": 1},
        headers={
            "Authorization": f"Bearer {local_cloud.token.reveal()}",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Host": "localhost",
        },
    ).json()
    uploaded = created["uploadParts"][0]["putRequestUrl"]
    assert uploaded.startswith(f"{local_cloud.endpoint}/uploads/")


def test_regions_answer_pings_at_their_own_addresses_and_nothing_else_there(
    tmp_path: Path,
) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux has all of 127.0.0.0/8")
    regions = RegionHosts.parse("Seattle=127.0.0.2,London=127.0.0.3,Tokyo=192.0.2.200")
    chosen = CloudSettings(tmp_path / "cloud", runtime="process", port=free_port(), regions=regions)
    with started(chosen) as running:
        with HathoraCloud(endpoint=running.endpoint) as cloud:
            endpoints = cloud.discovery_v2.get_ping_service_endpoints()
        assert [(each.region, each.host, each.port) for each in endpoints] == [
            ("Seattle", "127.0.0.2", chosen.port),
            ("London", "127.0.0.3", chosen.port),
            ("Tokyo", "192.0.2.200", chosen.port),
        ]
        for each in endpoints[:2]:
            for path in ("", "/ws"):
                with connect(f"ws://{each.host}:{each.port}{path}") as pings:
                    pings.send(b"\x00\xff")
                    assert pings.recv(timeout=10) == b"\x00\xff"
            answer = requests.get(f"http://{each.host}:{each.port}/discovery/v2/ping")
            assert answer.status_code == 404


def test_udp_pings_are_echoed_where_players_are_sent(tmp_path: Path) -> None:
    chosen = CloudSettings(
        tmp_path / "cloud",
        runtime="process",
        port=0,
        ping_port=free_port(socket.SOCK_DGRAM),
    )
    with started(chosen), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as player:
        player.settimeout(10)
        player.sendto(b"ping", ("127.0.0.1", chosen.ping_port))
        assert player.recv(100) == b"ping"


def test_a_ping_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        number = other.getsockname()[1]
        chosen = CloudSettings(tmp_path / "cloud", runtime="process", port=0, ping_port=number)
        said = f"port {number} of 127.0.0.1 is in use"
        with pytest.raises(CloudStartError, match=said) as caught, started(chosen):
            pass
    assert "--ping-port" in (caught.value.hint or "")


def test_the_key_of_its_certificate_is_in_no_list_of_processes_and_in_no_log(
    settings: CloudSettings,
) -> None:
    with started(replace(settings, tls_self_signed=True)) as running:
        key = (settings.tls_dir / "key.pem").read_text().splitlines()[1]
        process = psutil.Process(running.pid)
        assert key not in str(process.environ())
        assert key not in settings.log_file.read_text()
        for path in (settings.tls_dir, *settings.tls_dir.iterdir()):
            assert path.stat().st_mode & 0o077 == 0


def test_the_command_prints_where_others_reach_it(settings: CloudSettings, address: str) -> None:
    program = [sys.executable, "-m", "hathora_deploy", "cloud"]
    folder = f"--data-dir={settings.data_dir}"
    try:
        said = subprocess.run(
            [
                *program,
                "start",
                folder,
                "--runtime=process",
                f"--listen={address}",
                f"--port={settings.port}",
                "--tls-self-signed",
            ],
            env=os.environ,
            capture_output=True,
            text=True,
            check=True,
        )
    finally:
        subprocess.run([*program, "stop", folder], check=True, capture_output=True)
    output = said.stdout + said.stderr
    assert url(address, settings) in output
    assert "SHA-256" in output
