from __future__ import annotations

import pytest

from hathora_deploy.pipeline.errors import UncommittedError
from hathora_deploy.pipeline.pipeline_run import PipelineRun
from hathora_deploy.pipeline.revision import Revision, completed, require_committed, some_of

SHA, MERGE, OTHER = "a" * 40, "b" * 40, "c" * 40
RUN = PipelineRun("GitHub", sha=SHA, checkout=SHA, branch="main")
PULL_REQUEST = PipelineRun("GitHub", sha=SHA, checkout=MERGE, branch="maps")
NO_GIT = Revision(note="not in git")


def test_without_git_the_revision_is_the_one_that_the_pipeline_names() -> None:
    revision = completed(NO_GIT, RUN)
    assert (revision.tag, revision.warnings) == (SHA, ())
    assert str(revision) == "aaaaaaa on main, says GitHub"
    assert revision.note == "not in git; GitHub names the revision"


def test_a_change_of_perforce_is_a_tag() -> None:
    revision = completed(NO_GIT, PipelineRun("Jenkins", sha=SHA, checkout=SHA, change="p4-12345"))
    assert (revision.tag, revision.sha) == ("p4-12345", None)
    assert str(revision) == "p4-12345, says Jenkins"


def test_where_git_refuses_the_pipeline_is_believed_with_a_warning() -> None:
    refused = Revision(note="no revision: git refused: x", failure="git refused: x")
    revision = completed(refused, RUN)
    assert revision.tag == SHA
    assert revision.note == "git refused: x; GitHub names the revision"
    assert revision.warnings == ("what has changed since aaaaaaa is not known: git refused: x",)


def test_the_repository_that_holds_the_folder_is_right_where_they_disagree() -> None:
    found = Revision(OTHER, "ccccccc", None)
    assert completed(found, RUN) == found


def test_a_head_that_is_on_no_branch_gets_that_of_the_pipeline() -> None:
    revision = completed(Revision(SHA, "aaaaaaaa", None, untracked=("maps/",)), RUN)
    assert str(revision) == "aaaaaaaa on main, with uncommitted changes"
    assert revision.tag == f"{SHA}-dirty"


def test_a_merge_that_the_service_has_made_is_named_by_the_commit_that_was_pushed() -> None:
    revision = completed(Revision(MERGE, "bbbbbbb", None, changed=("a",)), PULL_REQUEST)
    assert revision.tag == f"{SHA}-dirty"
    assert str(revision) == "aaaaaaa on maps, with uncommitted changes"


@pytest.mark.parametrize("run", [None, PipelineRun("TeamCity")])
def test_a_pipeline_that_names_none_changes_nothing(run: PipelineRun | None) -> None:
    assert completed(NO_GIT, run) == NO_GIT


def test_a_pipeline_may_deploy_what_it_has_made_and_nothing_that_it_has_changed() -> None:
    require_committed(Revision(SHA, "aaaaaaa", untracked=("Build/",)))
    require_committed(NO_GIT)
    with pytest.raises(UncommittedError) as caught:
        require_committed(Revision(SHA, "aaaaaaa", changed=("a", "b"), untracked=("c",)))
    assert str(caught.value) == "the folder has changes that are not in aaaaaaa: a, b"
    assert caught.value.files == ("a", "b")
    assert "--allow-dirty" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "0"), (3, "0, 1, 2"), (4, "0, 1, 2 and 1 more"), (9, "0, 1, 2 and 6 more")],
)
def test_of_many_files_the_first_are_named(count: int, said: str) -> None:
    assert some_of([str(number) for number in range(count)]) == said
