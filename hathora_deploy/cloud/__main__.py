"""The cloud as a program of its own: what ``daemon`` starts in the background."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from hathora_deploy.cloud.daemon import HINT
from hathora_deploy.cloud.errors import CloudStartError
from hathora_deploy.cloud.server import serve
from hathora_deploy.cloud.setting_options import settings_of


def main() -> int:
    """Serve until stopped, as the environment says. Exit code 1 when it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m hathora_deploy.cloud")
    parser.add_argument("--data-dir", type=Path, required=True)
    arguments = parser.parse_args()
    try:
        serve(settings_of(os.environ, arguments.data_dir))
    except CloudStartError as error:
        sys.stderr.write(f"{error.message}\n")
        if error.hint:
            sys.stderr.write(f"{HINT}{error.hint}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
