"""What the first bytes of a file tell of it as a program: for which system and machine it was made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

HEAD_BYTES: Final = 4096
"""Enough of a file to judge by."""

_MACHO: Final = (b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
_MACHINES: Final = {0x03: "x86", 0x28: "32-bit ARM", 0x3E: "x86-64", 0xB7: "ARM64", 0xF3: "RISC-V"}
USUAL_MACHINE: Final = "x86-64"


@dataclass(frozen=True)
class Program:
    """What a file is as a program, as far as that keeps it from being started."""

    foreign_system: str | None = None
    """``Windows`` or ``macOS``, of a program that does not run on Linux."""
    unusual_machine: str | None = None
    """The machine of a Linux program, if it is not that of Hathora's regions."""
    is_script: bool = False
    """Whether it names its interpreter."""
    has_windows_line_ends: bool = False
    """Of a script, which Linux then takes for one of ``sh`` with a carriage return in its name."""


def recognized(head: bytes) -> Program:
    """The program whose first ``HEAD_BYTES`` are these."""
    return Program(
        _foreign_system(head),
        _unusual_machine(head),
        is_script=head.startswith(b"#!"),
        has_windows_line_ends=head.split(b"\n", 1)[0].endswith(b"\r") and b"\0" not in head,
    )


def _foreign_system(head: bytes) -> str | None:
    if head.startswith(b"MZ"):
        return "Windows"
    return "macOS" if head.startswith(_MACHO) else None


def _unusual_machine(head: bytes) -> str | None:
    if not head.startswith(b"\x7fELF") or len(head) < 20:
        return None
    number = int.from_bytes(head[18:20], "big" if head[5] == 2 else "little")
    machine = _MACHINES.get(number, f"machine {number}")
    return None if machine == USUAL_MACHINE else machine
