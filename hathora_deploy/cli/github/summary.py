"""What became of a deploy, as Markdown for the page of the run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from hathora_deploy.cli.differences import SIGNS
from hathora_deploy.cli.github.facts import Facts
from hathora_deploy.cli.github.json_lookup import at
from hathora_deploy.cli.github.markdown import block, code, plain, table
from hathora_deploy.cli.text import counted, short_tag, size

_FILES_SHOWN: Final = 50


def summary_of(result: Any, facts: Facts) -> str:
    """``result`` is what the command prints as JSON: of a deploy, a plan, a rollback, an error."""
    if at(result, "error") is not None:
        blocks = _failed(result["error"], facts)
    elif at(result, "hasChanges") is not None:
        blocks = _planned(result)
    elif at(result, "rolledBackTo") is not None:
        blocks = _rolled_back(result)
    else:
        blocks = _deployed(result)
    return "\n\n".join(blocks) + "\n\n"


def _deployed(result: Any) -> Iterator[str]:
    yield f"### Deployed {_revision(result)}"
    yield table(["", ""], _facts(result))
    previous = at(result, "previousDeploymentId")
    if previous:
        yield f"#### Since {code(previous)}"
        yield _settings(result["differences"])
        yield _files(result["changedFiles"])
        yield f"Back to that: {code(_back(previous, result))}"


def _facts(result: Any) -> Iterator[tuple[str, str]]:
    archive, room = result["archive"], at(result, "room")
    yield "app", f"{code(result['appId'])} at {code(result['endpoint'])}"
    if room:
        address = room["exposedPort"]
        place = f"{address['host']}:{address['port']}"
        yield "players connect to", f"{code(place)} ({plain(address['transportType'])})"
    yield "deployment", code(at(result, "deployment", "deploymentId"))
    reused = ", there was one of this content" if result["reused"] else ""
    yield "build", f"{code(at(result, 'build', 'buildId'))}{reused}"
    packed = archive["archiveBytes"]
    files = f"{counted(archive['files'], 'file')}, {size(archive['contextBytes'])}"
    yield "files", files if packed is None else f"{files}; {size(packed)} packed"
    if archive["archiveDigest"]:
        yield "archive", code(archive["archiveDigest"])
    if verification := at(result, "verification"):
        probes = ", ".join(map(code, verification["probes"]))
        answered = f"after {verification['seconds']:.1f} s"
        yield "verified", f"{probes} {answered} in {plain(verification['region'])}"
    yield "time", _times(result["seconds"])


def _times(seconds: Mapping[str, float]) -> str:
    steps = [f"{plain(step)} {taken:.1f} s" for step, taken in seconds.items() if taken >= 0.05]
    return ", ".join([*steps, f"together {sum(seconds.values()):.1f} s"])


def _settings(changes: Sequence[Mapping[str, Any]]) -> str:
    if not changes:
        return "No setting has changed."
    rows = ([_sign(each), code(each["setting"]), *_values(each)] for each in changes)
    return table(["", "setting", "before", "after"], rows)


def _files(changes: Sequence[Mapping[str, Any]] | None) -> str:
    if changes is None:
        return "Which files have changed is not known on this runner."
    if not changes:
        return "No file has changed."
    rows = ([_sign(each), code(each["path"]), *_sizes(each)] for each in changes[:_FILES_SHOWN])
    shown = table(["", "file", "before", "after"], rows)
    if len(changes) > _FILES_SHOWN:
        shown += f"\n\nand {len(changes) - _FILES_SHOWN:,} more"
    return _folded(f"{counted(len(changes), 'file')} changed", shown)


def _sign(change: Mapping[str, Any]) -> str:
    return SIGNS.get(change["change"], "")


def _values(change: Mapping[str, Any]) -> tuple[str, str]:
    """Of variables there are none: those are not shown."""
    before, after = (change[name] for name in ("before", "after"))
    return (code(short_tag(before)) if before else "", code(short_tag(after)) if after else "")


def _sizes(change: Mapping[str, Any]) -> tuple[str, str]:
    before, after = (change[name] for name in ("before", "after"))
    return ("" if before is None else size(before), "" if after is None else size(after))


def _planned(result: Any) -> Iterator[str]:
    changes = "would change this" if result["hasChanges"] else "would change nothing"
    yield f"### A deploy {changes}"
    latest = at(result, "latestDeploymentId")
    build = result["build"]
    state = "there is one of this content" if build["reused"] else "new"
    yield table(
        ["", ""],
        [
            ("app", code(at(result, "appId") or "new")),
            ("latest deployment", code(latest) if latest else "nothing was deployed yet"),
            ("build", f"{code(build['buildId'])}, {state}"),
            ("files", f"{counted(build['files'], 'file')}, {size(build['contextBytes'])}"),
        ],
    )
    yield _settings(result["settings"])
    yield _files(result["files"])
    if result["warnings"]:
        yield "\n".join(f"- {plain(each)}" for each in result["warnings"])


def _rolled_back(result: Any) -> Iterator[str]:
    target, live = result["rolledBackTo"], at(result, "deployment", "deploymentId")
    yield (
        f"### Went back to {plain(target)}" if result["changed"] else "### Nothing to go back from"
    )
    yield table(
        ["", ""],
        [
            ("app", code(result["appId"])),
            ("live", f"{code(live)}, as {code(target)} was"),
            ("before", code(result["previousDeploymentId"])),
            ("build", code(at(result, "deployment", "buildId"))),
        ],
    )
    yield _settings(result["differences"])
    if result["undo"]:
        yield f"Undo it: {code(result['undo'])}"


def _failed(error: Mapping[str, Any], facts: Facts) -> Iterator[str]:
    message, *quoted = str(error["message"]).split("\n")
    yield "### The deploy has failed"
    yield plain(message)
    if hint := error.get("hint"):
        yield f"What to do: {plain(hint)}"
    if quoted:
        yield block(line.removeprefix("  | ") for line in quoted)
    yield from _left_behind(error, facts)
    if facts.build_log and facts.build_status != "succeeded":
        yield _folded("The end of the build log", block(facts.build_log))


def _left_behind(error: Mapping[str, Any], facts: Facts) -> Iterator[str]:
    made = error.get("deploymentId") or facts.deployment_id
    if facts.live_id and facts.restored_id:
        yield f"{code(facts.live_id)} is live, as {code(facts.restored_id)} was."
    elif made:
        by_action, by_hand = code("rollback-to: previous"), code("hathora-deploy rollback")
        yield f"{code(made)} is live. Back to what was there before: {by_action}, or {by_hand}"
    else:
        yield "Nothing was deployed."


def _back(deployment: str, result: Any) -> str:
    return (
        f"hathora-deploy rollback {deployment}"
        f" --app-id {result['appId']} --endpoint {result['endpoint']}"
    )


def _revision(result: Any) -> str:
    revision = result["revision"]
    name = revision["sha"] or revision["change"] or at(result, "build", "buildTag") or "files"
    branch = f" on {plain(revision['branch'])}" if revision["branch"] else ""
    dirty = ", with changes that no commit has" if revision["isDirty"] else ""
    return f"{code(short_tag(str(name)))}{branch}{dirty}"


def _folded(title: str, markdown: str) -> str:
    return f"<details><summary>{plain(title)}</summary>\n\n{markdown}\n\n</details>"
