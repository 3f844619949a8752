from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipeline.inspection.folders import (
    ARM64,
    X86_64,
    add,
    concerns,
    posix_only,
    starting,
    the_concern,
)


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
