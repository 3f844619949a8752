"""The options that say how a folder is built and uploaded."""

from __future__ import annotations

from typing import Final

from hathora_deploy.cli.deadline_options import with_git_timeout, with_patience
from hathora_deploy.cli.options import (
    Decorator,
    Function,
    option,
    with_compression,
    with_dockerfile,
    with_options,
)
from hathora_deploy.cli.values import HookCommand, Rate, Seconds

_BUILD: Final[tuple[Decorator, ...]] = (
    with_dockerfile,
    with_compression("auto", envvar="HATHORA_BUILD_COMPRESSION"),
    option(
        "--build-id",
        "-b",
        envvar="HATHORA_BUILD_ID",
        help="An id of your own for the build.  [default: by what the folder holds]",
    ),
    option(
        "--force",
        is_flag=True,
        envvar="HATHORA_BUILD_FORCE",
        help="Build again what was built before.",
    ),
    option(
        "--build-tag",
        "-bt",
        envvar="HATHORA_BUILD_TAG",
        help="Tag of the build.  [default: the git SHA]",
    ),
    option(
        "--allow-dirty",
        is_flag=True,
        envvar="HATHORA_ALLOW_DIRTY",
        help="In a pipeline, too, deploy files that are not as the commit has them.",
    ),
    with_git_timeout,
    option(
        "--limit-rate",
        type=Rate(),
        envvar="HATHORA_BUILD_LIMIT_RATE",
        help="Bytes a second that the upload may take, like 500K or 10M.",
    ),
    option(
        "--build-timeout",
        type=Seconds(),
        default=3600.0,
        show_default=True,
        envvar="HATHORA_BUILD_TIMEOUT",
        help="How long the build may take.",
    ),
    option(
        "--before-packaging",
        type=HookCommand(),
        metavar="COMMAND",
        envvar="HATHORA_HOOKS_BEFORE_PACKAGING",
        help="Run in the folder before it is read; where it fails, nothing happens.",
    ),
    option(
        "--after-build",
        type=HookCommand(),
        metavar="COMMAND",
        envvar="HATHORA_HOOKS_AFTER_BUILD",
        help="Run once the build has succeeded; where it fails, nothing is deployed.",
    ),
    option(
        "--hook-timeout",
        type=Seconds(),
        default=600.0,
        show_default=True,
        envvar="HATHORA_HOOKS_TIMEOUT",
        help="How long each of these commands may take.",
    ),
)


UPLOAD_FIELDS: Final = {
    "upload_connect_timeout": "connect_timeout",
    "upload_stall_timeout": "stall_window",
    "upload_answer_timeout": "answer_timeout",
    "upload_join_timeout": "join_timeout",
    "upload_follow_timeout": "follow_timeout",
}
"""The field of UploadSettings that each option sets."""


def _upload_time(name: str, default: float | None, help: str) -> Decorator:
    return option(
        f"--upload-{name}",
        type=Seconds(may_be_zero=default is None),
        default=default,
        show_default=default is not None,
        envvar=f"HATHORA_UPLOAD_{name.upper().replace('-', '_')}",
        help=help,
    )


_UPLOAD: Final[tuple[Decorator, ...]] = (
    _upload_time("connect-timeout", 30.0, "How long the store may take to accept a connection."),
    _upload_time(
        "stall-timeout", 30.0, "How long a connection may stand still before it is replaced."
    ),
    _upload_time("answer-timeout", 120.0, "How long the store may take to answer to a part."),
    _upload_time("join-timeout", 300.0, "How long the store may take to join the parts."),
    _upload_time(
        "follow-timeout",
        None,
        "How long to wait for another deploy that uploads the same content."
        "  [default: 60, and 1 for every MiB]",
    ),
)


def with_build(function: Function) -> Function:
    """The command gets what ``deploy_settings`` takes, for a build."""
    return with_options((*_BUILD, *_UPLOAD, with_patience), function)
