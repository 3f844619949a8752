"""A real PostgreSQL server, of this machine's own programs, for as long as tests need it."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import URL, create_engine

from hathora_deploy.secret import Secret
from tests.s3_stores import free_ports

USER, PASSWORD = "cloud", "pass word/of:the@cloud"
_ACCOUNT: Final = "postgres"
_WHERE: Final = "/usr/lib/postgresql/*/bin"


@dataclass(frozen=True)
class Server:
    """A server that listens on 127.0.0.1 and asks for a password."""

    folder: Path
    programs: Path
    port: int

    def url(self, database: str, password: str = PASSWORD) -> Secret:
        url = URL.create("postgresql", USER, password, "127.0.0.1", self.port, database)
        return Secret(url.render_as_string(hide_password=False))

    def new_database(self) -> Secret:
        """The URL of one that is empty."""
        name = f"cloud_{uuid.uuid4().hex}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def execute(self, statement: str) -> None:
        """On the server, not on one of its databases."""
        engine = create_engine(
            self.url("postgres").reveal().replace("postgresql:", "postgresql+psycopg:", 1),
            isolation_level="AUTOCOMMIT",
        )
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()

    def start(self) -> None:
        options = (
            f"-p {self.port} -h 127.0.0.1 -k {self.folder} -c max_connections=300"
            # The machine is not going to fail while a test runs; the server is, and forgets nothing.
            " -c fsync=off"
        )
        self._run(
            "pg_ctl", "-w", "-t", "60", "-l", str(self.folder / "log"), "-o", options, "start"
        )

    def stop(self) -> None:
        """At once: what is under way is taken back."""
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")

    def create(self) -> None:
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        if os.geteuid() == 0:
            shutil.chown(self.folder, _ACCOUNT)
            shutil.chown(secret, _ACCOUNT)
        self._run(
            "initdb", "-A", "scram-sha-256", "-U", USER, f"--pwfile={secret}", "-E", "UTF8", "-N"
        )

    def _run(self, program: str, *arguments: str) -> None:
        # The server refuses to run as root.
        as_account = ["runuser", "-u", _ACCOUNT, "--"] if os.geteuid() == 0 else []
        command = [*as_account, str(self.programs / program), "-D", str(self.folder / "data")]
        log = self.folder / f"{program}.out"
        with log.open("ab") as output:
            done = subprocess.run(
                [*command, *arguments], stdout=output, stderr=output, cwd="/", check=False
            )
        assert done.returncode == 0, log.read_text()


@contextmanager
def postgresql(folder: Path) -> Iterator[Server]:
    """A server whose data is in ``folder``, which must be one that others may enter."""
    programs = _programs()
    (port,) = free_ports(1)
    server = Server(folder, programs, port)
    server.create()
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _programs() -> Path:
    pytest.importorskip("psycopg", reason="psycopg is missing: pip install 'psycopg[binary]'")
    root, _, pattern = _WHERE.partition("*")
    found = sorted(Path(root).glob(f"*{pattern}"))
    installed = shutil.which("initdb")
    if installed is not None:
        found.append(Path(installed).parent)
    if not found:
        pytest.skip("PostgreSQL is missing: apt-get install postgresql")
    if os.geteuid() == 0 and not (_has_account() and shutil.which("runuser")):
        pytest.skip(f"PostgreSQL does not run as root, and there is no user {_ACCOUNT}")
    return found[-1]


def _has_account() -> bool:
    try:
        pwd.getpwnam(_ACCOUNT)
    except KeyError:
        return False
    return True
