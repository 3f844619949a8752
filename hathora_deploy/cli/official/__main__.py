"""``hathora`` (``python -m hathora_deploy.cli.official``) and ``hathora-cloud``."""

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


def main_of_npm() -> int:
    """The same, for the words of the npm tool."""
    from hathora_deploy.cli.official.npm import translated

    sys.argv[1:] = translated(sys.argv[1:])
    return main()


if __name__ == "__main__":
    sys.exit(main())
