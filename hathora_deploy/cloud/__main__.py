"""The cloud as a program of its own: what ``daemon`` starts in the background."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Final, get_args

from hathora_deploy.cloud.archive.limits import ArchiveLimits
from hathora_deploy.cloud.daemon import HINT
from hathora_deploy.cloud.errors import CloudStartError
from hathora_deploy.cloud.server import serve
from hathora_deploy.cloud.settings import CloudSettings, RuntimeName

_START_TIMEOUT: Final = "HATHORA_CLOUD_START_TIMEOUT"
_ARTIFACTS: Final = "HATHORA_CLOUD_ARTIFACTS"


def main() -> int:
    """Serve until stopped. Exit code 1 when it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m hathora_deploy.cloud")
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--runtime", choices=get_args(RuntimeName), default="auto")
    # The variable counts here too: a deploy that starts a cloud knows of no such option.
    parser.add_argument("--artifacts", default=os.environ.get(_ARTIFACTS) or None)
    arguments = parser.parse_args()
    try:
        settings = CloudSettings(
            data_dir=arguments.data_dir,
            port=arguments.port,
            runtime=arguments.runtime,
            artifacts=arguments.artifacts,
            start_timeout=_start_timeout(),
            archive_limits=ArchiveLimits.of_environment(os.environ),
        )
        serve(settings)
    except CloudStartError as error:
        sys.stderr.write(f"{error.message}\n")
        if error.hint:
            sys.stderr.write(f"{HINT}{error.hint}\n")
        return 1
    return 0


def _start_timeout() -> float:
    text = os.environ.get(_START_TIMEOUT) or CloudSettings.start_timeout
    try:
        return float(text)
    except ValueError:
        raise CloudStartError(
            f"{_START_TIMEOUT} is no number: {text}", hint="set it to seconds, or unset it"
        ) from None


if __name__ == "__main__":
    sys.exit(main())
