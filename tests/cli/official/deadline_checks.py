"""What finds out that each deadline ends what it is to end."""

from __future__ import annotations

import os
import shutil
import threading

import git

from hathora_deploy.secret import Secret
from tests.pipeline.proxy import Fault

from .flag_checks import Case, checks


@checks("call-timeout")
def _call_timeout(case: Case) -> None:
    assert "took too long to answer" in case.run("build list", "0.0001", code=1).stderr


@checks("build-timeout")
def _build_timeout(case: Case) -> None:
    over = threading.Event()
    begins_late = Fault("/run$", meanwhile=lambda: over.wait(30) and None, is_lost=True)
    with case.broken(begins_late) as endpoint:
        line = f"build create -f {case.server()}"
        done = case.run(line, "0.2", code=1, HATHORA_CLOUD_ENDPOINT=endpoint)
        over.set()
    assert "did not end within 0.2 s" in done.stderr


@checks("git-timeout")
def _git_timeout(case: Case) -> None:
    real = shutil.which("git")
    (case.folder / "bin").mkdir()
    hanging = case.folder / "bin" / "git"
    hanging.write_text(
        f'#!/bin/sh\ncase "$*" in *symbolic-ref*) exec sleep 60;; esac\nexec {real} "$@"\n'
    )
    hanging.chmod(0o755)
    server = case.server()
    git.Repo.init(server).close()
    path = f"{case.folder / 'bin'}:{os.environ['PATH']}"
    done = case.run(f"build create -f {server}", "0.2", PATH=path)
    assert "did not complete in 0.2 s" in done.stderr


@checks("lock-timeout")
def _lock_timeout(case: Case) -> None:
    leases, lease = case.studio.client.leases_v1, Secret("of another deploy")
    leases.acquire_lease(lease_id=lease, holder="alice")
    try:
        done = case.run("deployment create --from-latest", "0", code=1)
    finally:
        leases.release_lease(lease_id=lease)
    assert "another deploy has app" in done.stderr


@checks("outage-timeout")
def _outage_timeout(case: Case) -> None:
    with case.broken(Fault("/renew$", times=3, refuse_with=503)) as endpoint:
        line = "deployment create --from-latest"
        done = case.run(line, "0", code=1, HATHORA_CLOUD_ENDPOINT=endpoint)
        assert "refused by a test" in done.stderr
        case.run(line, "60", HATHORA_CLOUD_ENDPOINT=endpoint)


@checks("undo-timeout")
def _undo_timeout(case: Case) -> None:
    server = case.server()
    line = f"build create -f {server}"
    faults = (Fault("^PUT ", refuse_with=403), Fault("^DELETE ", refuse_with=502))
    with case.broken(*faults) as endpoint:
        done = case.run(line, "0", code=1, HATHORA_CLOUD_ENDPOINT=endpoint)
    assert "could not be taken back" in done.stderr
    (server / "id").write_text(f"another than {server}")  # or what is left would be waited for
    with case.broken(*faults) as endpoint:
        done = case.run(line, "5", code=1, HATHORA_CLOUD_ENDPOINT=endpoint)
    assert "could not be taken back" not in done.stderr
