"""Runs the benchmarks named on the command line, or all of them."""

from __future__ import annotations

import argparse

from benchmarks import (
    action,
    client,
    deploy,
    help,
    logs,
    memory,
    overlap,
    pack,
    rooms,
    start,
    supervision,
    unchanged,
    upload,
)

BENCHMARKS = {
    "action": action.run,
    "help": help.run,
    "deploy": deploy.run,
    "memory": memory.run,
    "client": client.run,
    "start": start.run,
    "unchanged": unchanged.run,
    "upload": upload.run,
    "overlap": overlap.run,
    "pack": pack.run,
    "rooms": rooms.run,
    "logs": logs.run,
    "supervision": supervision.run,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    names = parser.parse_args().names or list(BENCHMARKS)
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]}; there are {', '.join(BENCHMARKS)}")
    for name in names:
        print(BENCHMARKS[name](), end="\n\n", flush=True)


if __name__ == "__main__":
    main()
