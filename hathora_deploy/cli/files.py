"""Files that commands write for people to keep."""

from __future__ import annotations

import os
from pathlib import Path

from hathora_deploy.cli.errors import SettingsError


def write_file(path: Path, text: str, *, overwrite: bool = False, mode: int = 0o666) -> bool:
    """Write a file; False if there is one already, which stays. Raises SettingsError if the folder refuses it.

    One that does not fit on the disk is not left half written.
    """
    how = os.O_TRUNC if overwrite else os.O_EXCL
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | how, mode)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
        except BaseException:
            if not overwrite:
                path.unlink()
            raise
    except FileExistsError:
        return False
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be written: {error.strerror}", hint="see that the folder is yours"
        ) from None
    return True
