"""What ``make demo`` shows: a game deployed with one command, played, looked at and stopped.

It has a cloud of its own, in a temporary folder and on a free port, so it disturbs nobody's. The
runtime is ``process``: no container engine is needed. Whatever fails, that cloud is stopped and its
folder removed.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from hathora_deploy.api.apps import Application
from hathora_deploy.api.network import ExposedPort, Region
from hathora_deploy.api.rooms import RoomConnectionData
from hathora_deploy.client import HathoraCloud
from hathora_deploy.cloud import daemon
from hathora_deploy.errors import HathoraError

EXAMPLES = Path(__file__).parent
ROUND_SECONDS = 8
START_TIMEOUT = 30.0
"""Seconds a room may take until players can join it."""


def main() -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with tempfile.TemporaryDirectory(prefix="hathora-demo-") as data_dir:
            show(Demo(Path(data_dir)))
    except KeyboardInterrupt:
        return fail("interrupted", 130)
    except subprocess.CalledProcessError as error:
        return fail(f"{shlex.join(error.cmd)} ended with exit code {error.returncode}", 1)
    except (HathoraError, TimeoutError) as error:
        return fail(str(error), 1)
    return 0


def fail(why: str, code: int) -> int:
    print(f"\nThe demo ends here: {why}.", file=sys.stderr)
    return code


class Demo:
    """The terminal of the demo: its environment, and commands typed into it."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        # Not the settings of whoever runs this; and in a pipeline (CI), still the way of a laptop.
        self.environ = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("HATHORA_") and name != "CI"
        }
        self.environ["HATHORA_DATA_DIR"] = str(data_dir)
        commands = Path(sys.executable).parent
        self.environ["PATH"] = os.pathsep.join([str(commands), self.environ.get("PATH", "")])

    def type(self, *command: str | Path | int) -> None:
        """Show a command as a person would type it, and run it. Raises CalledProcessError."""
        words = [str(word) for word in command]
        print(f"\n$ {shlex.join(words)}", flush=True)
        subprocess.run(words, cwd=EXAMPLES, env=self.environ, check=True)


def show(demo: Demo) -> None:
    """The demo, from the first command to the last."""
    try:
        say("A cloud of your own, on this machine:")
        demo.type("hathora-deploy", "cloud", "start", "--runtime", "process", "--port", 0)

        say("One command deploys the game server:")
        demo.type("hathora-deploy", "coin-rush", "--local")

        say("A matchmaker asks for another room, by the Python client:")
        cloud, app = connect(demo)
        room = create_room(cloud, app)
        address = wait_until_joinable(cloud, app, room)

        say("Three bots play a round in it:")
        demo.type("python3", "coin-rush/client.py", address.host, address.port)

        say("What the game server itself had to say:")
        demo.type("hathora-deploy", "logs", room.process_id)

        say("What runs, where, since when:")
        demo.type("hathora-deploy", "processes")
    finally:
        signal.signal(
            signal.SIGINT, signal.SIG_IGN
        )  # for the command too: stopping is not cut short
        say("And an end to all of it:")
        demo.type("hathora-deploy", "cloud", "stop")


def connect(demo: Demo) -> tuple[HathoraCloud, Application]:
    """A client of the demo's cloud, and the app that the deploy has made."""
    running = daemon.find(demo.data_dir)
    assert running is not None, "it has just been deployed to"
    cloud = HathoraCloud(running.token, endpoint=running.endpoint)
    (app,) = cloud.apps_v2.get_apps().applications
    return cloud, app


def create_room(cloud: HathoraCloud, app: Application) -> RoomConnectionData:
    config = json.dumps({"seconds": ROUND_SECONDS})
    print(f"\n>>> cloud.rooms_v2.create_room(region=Region.TOKYO, room_config={config!r})")
    return cloud.rooms_v2.create_room(app_id=app.app_id, region=Region.TOKYO, room_config=config)


def wait_until_joinable(
    cloud: HathoraCloud, app: Application, room: RoomConnectionData
) -> ExposedPort:
    """The address of a room, as soon as it has one. Raises TimeoutError."""
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        info = cloud.rooms_v2.get_connection_info(app_id=app.app_id, room_id=room.room_id)
        if info.exposed_port is not None:
            print(
                f"room {room.room_id} in Tokyo → {info.exposed_port.host}:{info.exposed_port.port}"
            )
            return info.exposed_port
        time.sleep(0.1)
    raise TimeoutError(f"room {room.room_id} was not joinable after {START_TIMEOUT:.0f} s")


def say(text: str) -> None:
    print(f"\n— {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
