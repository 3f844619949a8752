"""What a workflow of GitHub runs for, as its runner tells it in a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def github_event(environment: Mapping[str, str]) -> Any:
    """The JSON of the event; None where there is none that can be read."""
    try:
        return json.loads(Path(environment["GITHUB_EVENT_PATH"]).read_bytes())
    except (KeyError, OSError, ValueError, RecursionError):
        return None
