"""The files that ``init`` writes."""

from __future__ import annotations

import json
from typing import Final

from hathora_deploy.cli.detect import Server

SETTINGS: Final = """\
# Settings of hathora-deploy for this game server. Flags and HATHORA_* variables win over them.
# Every line is optional; those that begin with # show a key and an example.
# Tokens do not belong here: set the variable HATHORA_TOKEN.

[app]
# The app to deploy to. On the local cloud, without an id, it is one named after this folder.
# id = "app-00000000-0000-0000-0000-000000000000"

[cloud]
# Where the API is served. Without an endpoint and a token: the local cloud of this machine.
# endpoint = "https://hathora.example.com"

[build]
# tag = "v1.2.0"              # without one: the git revision
# dockerfile = "Dockerfile"

[deployment]
# from-latest = true          # what nobody says is as in the latest deployment
# container-port = 7777       # without one: the EXPOSE of the Dockerfile
# transport-type = "udp"      # udp, tcp or tls
# additional-container-ports = ["query:27016/udp"]
# requested-cpu = 0.5         # cores
# requested-memory-mb = 1024
# rooms-per-process = 1
# idle-timeout-enabled = true # stop a process that has had no rooms for five minutes

[deployment.env]
# Variables of the game server, as texts; not for secrets, which --env or HATHORA_DEPLOYMENT_ENV bring.
# LOG_LEVEL = "info"

[verify]
# probes = ["udp"]            # tcp, udp, http:/path, or a command: a process has to answer, or the deploy fails
# region = "Seattle"
# timeout = 300               # seconds, to have answered
# stay = 5                    # seconds that it has to stay up then
# rollback = true             # go back to the earlier deployment if it fails

[hooks]
# Commands of your own: a line for the shell, or a list of words. They run in this folder.
# before-packaging = "make server"
# after-build = ["python3", "check.py"]
# after-deploy = "./announce.sh $HATHORA_HOOK_DEPLOYMENT_ID"
# timeout = 600               # seconds, for each

[room]
# region = "Seattle"          # where the room of a deploy is started
"""


def dockerfile(server: Server) -> str:
    """A Dockerfile for a server."""
    owner = "--chown=1000 " if server.refuses_root else ""
    lines = [
        f"# {server.kind[:1].upper()}{server.kind[1:]}, as hathora-deploy init understood this folder:",
        "# see that the port is the one it listens on, and the command the one that starts it.",
        f"FROM {server.base}",
        "WORKDIR /game",
        f"COPY {owner}. .",
    ]
    if server.install:
        lines.append(f"RUN {server.install}")
    if server.refuses_root:
        lines.append("USER 1000")
    lines += [f"EXPOSE {server.port}", f"CMD {json.dumps(list(server.command))}"]
    return "\n".join(lines) + "\n"
