"""A cloud behind a real proxy that ends TLS."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import requests
from websockets.sync.client import connect

from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud import daemon
from hathora_deploy.cloud.daemon import RunningCloud
from hathora_deploy.cloud.hosts import HostNames
from hathora_deploy.cloud.settings import CloudSettings
from hathora_deploy.cloud.trusted_proxies import TrustedProxies
from tests.cloud.handlers.conftest import eventually, upload
from tests.cloud.machine_address import outer_address
from tests.cloud.runtime.conftest import free_port
from tests.cloud.tls.authority import Authority

NAME = "localhost"
CONFIG = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen {port} ssl;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    client_max_body_size 0;
    location / {{
      proxy_pass http://{cloud};
      proxy_http_version 1.1;
      proxy_request_buffering off;
      proxy_buffering off;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $http_connection;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
    }}
  }}
}}
"""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.found(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    address = outer_address()
    folder = tmp_path_factory.mktemp("cloud") / "cloud"
    settings = CloudSettings(
        folder,
        runtime="process",
        listen=address,
        port=free_port(),
        hosts=HostNames.parse(NAME),
        trusted_proxies=TrustedProxies.parse(address),
    )
    yield daemon.start(settings)
    daemon.stop(folder)


@pytest.fixture(scope="module")
def proxy(cloud: RunningCloud, authority: Authority) -> Iterator[str]:
    """The URL of nginx, which stands before the cloud."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        pytest.skip("nginx is not installed: apt-get install nginx-light")
    folder, port, files = authority.folder, free_port(), authority.issue(NAME)
    config = folder / "nginx.conf"
    config.write_text(
        CONFIG.format(
            folder=folder,
            port=port,
            certificate=files.certificate,
            key=files.key,
            cloud=f"{cloud.settings['listen']}:{cloud.settings['port']}",
        )
    )
    program = subprocess.Popen([nginx, "-e", folder / "error.log", "-c", config])
    eventually(lambda: accepts(port), bool)
    yield f"https://{NAME}:{port}"
    program.terminate()
    program.wait(timeout=10)


def accepts(port: int) -> bool:
    with suppress(OSError), socket.create_connection((NAME, port), timeout=1):
        return True
    return False


def test_a_build_is_uploaded_through_a_proxy(
    cloud: RunningCloud, proxy: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
    with HathoraCloud(cloud.token, endpoint=proxy) as client:
        created = client.builds_v3.create_build(build_size_in_bytes=1_000_000)
        urls = [part.put_request_url.reveal() for part in created.upload_parts]
        assert all(url.startswith(f"{proxy}/uploads/") for url in urls)
        upload(created, bytes(1_000_000))


def test_pings_pass_through_a_proxy_to_where_discovery_says(
    proxy: str, authority: Authority
) -> None:
    answer = requests.get(f"{proxy}/discovery/v2/ping", verify=str(authority.file))
    nearest = answer.json()[0]
    with connect(
        f"wss://{nearest['host']}:{nearest['port']}/ws", ssl=authority.trusting()
    ) as pings:
        pings.send("PING")
        assert pings.recv(timeout=10) == "PING"


def test_what_a_caller_says_of_itself_does_not_get_past_a_proxy(
    cloud: RunningCloud, proxy: str, authority: Authority
) -> None:
    said = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-For": "127.0.0.1",
        "Authorization": f"Bearer {cloud.token.reveal()}",
    }
    created = requests.post(
        f"{proxy}/builds/v3/builds",
        json={"buildSizeInBytes": 1},
        headers=said,
        verify=str(authority.file),
    ).json()
    assert created["uploadParts"][0]["putRequestUrl"].startswith(f"{proxy}/uploads/")


def test_the_folder_of_a_proxied_cloud_holds_no_certificate(cloud: RunningCloud) -> None:
    """What is not needed is not made."""
    assert not (Path(cloud.data_dir) / "tls").exists()
