"""Names for players who gave none: three words, such as ``patient-amber-otter``."""

from __future__ import annotations

import secrets
from typing import Final

_WORDS: Final = (
    "agile bold brave brisk calm cheerful clever curious daring dizzy eager fearless gentle hasty "
    "jolly keen lively lucky mellow mighty nimble patient plucky proud quiet rapid restless silent "
    "sleepy sturdy swift witty",
    "amber azure beige black blue bronze copper coral crimson cyan emerald golden gray green indigo "
    "ivory jade lavender lime maroon ochre olive orange pink purple red ruby scarlet silver teal "
    "violet white",
    "badger beaver bison crane deer dolphin eagle falcon ferret finch fox gecko hare hawk heron ibis "
    "jackal koala lemur lynx marten moose newt otter owl panda puffin raven seal stork tapir wombat",
)


def new_name() -> str:
    return "-".join(secrets.choice(words.split()) for words in _WORDS)
