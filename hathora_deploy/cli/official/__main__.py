"""``hathora`` and ``python -m hathora_deploy.cli.official``."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command of the command line; returns the exit code of the process."""
    try:
        # Imported here so that a Ctrl-C this early ends as quietly as a later one.
        from hathora_deploy.cli.official.program import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
