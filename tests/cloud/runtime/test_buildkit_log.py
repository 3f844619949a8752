from __future__ import annotations

from hathora_deploy.cloud.runtime.buildkit_log import BuildKitLog

DIGEST = "sha256:" + "0" * 64


def shown(log: BuildKitLog, *lines: str) -> list[str]:
    return [line for each in lines for line in log.read(each)]


def test_steps_and_their_output_are_shown_without_bookkeeping() -> None:
    log = BuildKitLog()
    assert shown(
        log,
        "#1 [internal] load remote build context",
        f"#1 {DIGEST}",
        "#1 DONE 0.0s",
        "",
        "#2 copy /context /",
        "#2 CACHED",
        "",
        "#3 [1/2] FROM docker.io/library/debian",
        f"#3 {DIGEST} 3.1MB / 31.3MB 0.2s",
        "#3 DONE 0.1s",
        "",
        "#4 [2/2] RUN make",
        "#4 0.731 compiling",
        "#4 1.20 ",
        "#4 1.201 done#4 DONE 1.3s",
        "",
        "#5 exporting to image",
        "#5 exporting layers 0.0s done",
        "#5 DONE 0.0s",
    ) == [
        "[1/2] FROM docker.io/library/debian",
        "[2/2] RUN make",
        "compiling",
        "",
        "done",
        "exporting to image",
    ]


def test_a_step_that_goes_on_after_another_is_named_again() -> None:
    lines = ("#4 [a 2/2] RUN x", "#4 0.1 one", "#4 ...", "", "#5 [b 2/2] RUN y", "#5 0.2 two")
    log = BuildKitLog()
    assert shown(log, *lines, "#5 ...", "", "#4 [a 2/2] RUN x", "#4 0.3 three") == [
        "[a 2/2] RUN x",
        "one",
        "[b 2/2] RUN y",
        "two",
        "[a 2/2] RUN x",
        "three",
    ]


def test_a_step_from_the_cache_says_so() -> None:
    assert shown(BuildKitLog(), "#3 [2/2] COPY a b", "#3 CACHED") == [
        "[2/2] COPY a b",
        " ---> Using cache",
    ]


def test_a_failure_is_its_last_line_and_told_once() -> None:
    log = BuildKitLog()
    assert shown(
        log,
        "#9 [2/2] RUN exit 3",
        "#9 0.7 so long",
        "#9 ERROR: executor failed running [/bin/sh -c exit 3]: exit code: 3",
        "------",
        " > [2/2] RUN exit 3:",
        "#9 0.7 so long",
        "------",
        "executor failed running [/bin/sh -c exit 3]: exit code: 3",
    ) == ["[2/2] RUN exit 3", "so long"]
    assert log.failure() == "executor failed running [/bin/sh -c exit 3]: exit code: 3"


def test_a_failure_of_a_later_version_comes_with_the_place_in_the_dockerfile() -> None:
    log = BuildKitLog()
    place = ["Dockerfile:2", "--------------------", "   2 | >>> RUN exit 3"]
    error = 'ERROR: failed to solve: process "/bin/sh -c exit 3" did not complete successfully'
    assert shown(log, *place, error) + log.rest() == place
    assert log.failure() == 'process "/bin/sh -c exit 3" did not complete successfully'


def test_a_failure_names_no_path_inside_the_engine() -> None:
    log = BuildKitLog()
    log.read(
        "failed to solve with frontend dockerfile.v0: failed to read dockerfile: "
        "open /var/lib/docker/tmp/buildkit-mount1/Dockerfile: no such file or directory"
    )
    assert log.failure() == (
        "failed to read dockerfile: open Dockerfile: no such file or directory"
    )


def test_the_last_loose_words_of_a_good_build_are_not_lost() -> None:
    log = BuildKitLog()
    assert shown(log, "1 warning found", " - MaintainerDeprecated") == ["1 warning found"]
    assert log.rest() == [" - MaintainerDeprecated"]
    assert log.rest() == []
