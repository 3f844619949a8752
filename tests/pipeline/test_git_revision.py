from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import git
import pytest

from hathora_deploy.api.network import TransportType
from hathora_deploy.pipeline.git_revision import read_revision
from hathora_deploy.pipeline.preparation import prepare
from hathora_deploy.pipeline.revision import Revision
from hathora_deploy.pipeline.settings import DeploySettings

ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{
        f"GIT_{who}_{what}": "test" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    },
}


@pytest.fixture(autouse=True)
def own_git_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def run(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit, whose folder ``server`` is what is deployed."""
    root = tmp_path / "repository"
    (root / "server").mkdir(parents=True)
    (root / "server" / "Dockerfile").write_text("FROM scratch\n")
    (root / "server" / "old").write_text("")
    (root / ".gitignore").write_text("*.log\n")
    run(root, "init", "-q", "-b", "main")
    run(root, "add", ".")
    run(root, "commit", "-q", "-m", "Begin")
    return root


def test_a_folder_is_at_the_commit_and_branch_of_its_repository(repository: Path) -> None:
    sha = run(repository, "rev-parse", "HEAD")
    revision = read_revision(repository / "server")
    assert (revision.sha, revision.branch, revision.is_dirty) == (sha, "main", False)
    assert revision.tag == sha
    assert str(revision) == f"{sha[:7]} on main"


@pytest.mark.skipif(sys.platform == "win32", reason="there GitPython can end no git")
def test_a_git_that_does_not_answer_is_given_up(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = shutil.which("git")
    (tmp_path / "bin").mkdir()
    hanging = tmp_path / "bin" / "git"
    hanging.write_text(
        f'#!/bin/sh\ncase "$*" in *status*) exec sleep 600;; esac\nexec {real} "$@"\n'
    )
    hanging.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    settings = DeploySettings(git_timeout=1.0, container_port=1, transport_type=TransportType.TCP)
    revision = prepare(repository / "server", settings=settings, environment={}).revision
    assert revision.sha is None
    assert "did not complete in 1" in str(revision.failure)


def test_what_is_shown_is_never_shorter_than_seven_characters(repository: Path) -> None:
    run(repository, "config", "core.abbrev", "4")
    assert len(read_revision(repository).short_sha or "") >= 7


@pytest.mark.parametrize("change", ["changed", "new", "removed", "staged"])
def test_a_change_below_the_folder_makes_it_dirty(repository: Path, change: str) -> None:
    server = repository / "server"
    if change == "removed":
        (server / "Dockerfile").unlink()
    else:
        (server / ("new file" if change == "new" else "Dockerfile")).write_text("FROM x\n")
    if change == "staged":
        run(server, "add", ".")
    revision = read_revision(server)
    assert revision.is_dirty
    assert revision.tag == f"{revision.sha}-dirty"
    assert str(revision).endswith("on main, with uncommitted changes")


def test_changes_elsewhere_and_ignored_files_leave_a_folder_clean(repository: Path) -> None:
    (repository / "elsewhere").write_text("")
    (repository / "server" / "game.log").write_text("")
    assert not read_revision(repository / "server").is_dirty
    assert read_revision(repository).is_dirty


def test_what_has_changed_is_named_as_the_folder_has_it(repository: Path) -> None:
    server = repository / "server"
    (server / "Dockerfile").write_text("FROM x\n")
    (server / "maps").mkdir()
    (server / "maps" / "ä b\tc").write_text("")
    run(repository, "mv", "server/old", "server/new")
    (repository / "elsewhere").write_text("")
    revision = read_revision(server)
    assert revision.changed == ("Dockerfile", "new", "old")
    assert revision.untracked == ("maps/",)


def test_settings_of_git_hide_no_file(repository: Path) -> None:
    run(repository, "config", "status.showUntrackedFiles", "no")
    (repository / "server" / "new").write_text("")
    assert read_revision(repository / "server").untracked == ("new",)


@pytest.mark.parametrize(("ignored", "untracked"), [("Build\n", ()), ("", ("./",))])
def test_a_folder_that_a_build_has_made_is_as_its_repository(
    repository: Path, ignored: str, untracked: tuple[str, ...]
) -> None:
    (repository / ".git" / "info" / "exclude").write_text(ignored)
    made = repository / "Build"
    made.mkdir()
    (made / "game").write_text("")
    (repository / "notes").write_text("")
    assert read_revision(made).changed == ()
    assert read_revision(made).untracked == untracked
    (repository / "server" / "Dockerfile").write_text("FROM x\n")
    assert read_revision(made).changed == ("../server/Dockerfile",)
    assert "the repository has changes" in read_revision(made).warnings[0]


def test_a_submodule_is_at_its_own_commit(repository: Path, tmp_path: Path) -> None:
    outer = tmp_path / "outer"
    outer.mkdir()
    run(outer, "init", "-q", "-b", "main")
    run(outer, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(repository), "sub")
    run(outer, "commit", "-q", "-m", "Begin")
    sha = run(repository, "rev-parse", "HEAD")
    (outer / "sub" / "made").write_text("")
    assert read_revision(outer / "sub" / "server").tag == sha
    assert read_revision(outer).sha != sha
    assert read_revision(outer).untracked == ()


def test_a_shallow_clone_is_at_its_commit(repository: Path, tmp_path: Path) -> None:
    (repository / "server" / "Dockerfile").write_text("FROM x\n")
    run(repository, "commit", "-q", "-a", "-m", "Go on")
    clone = tmp_path / "clone"
    run(tmp_path, "clone", "-q", "--depth=1", repository.as_uri(), str(clone))
    assert read_revision(clone / "server").tag == run(repository, "rev-parse", "HEAD")


def test_a_folder_whose_name_looks_like_a_pattern_is_taken_literally(repository: Path) -> None:
    odd = repository / ":(top)*"
    try:
        odd.mkdir()
    except OSError:
        pytest.skip("this file system has no such names")
    (repository / "elsewhere").write_text("")
    assert not read_revision(odd).is_dirty


def test_a_folder_reached_through_a_symlink_is_the_folder_itself(
    repository: Path, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    try:
        link.symlink_to(repository / "server")
    except OSError:
        pytest.skip("symlinks are not allowed here")
    (repository / "server" / "new").write_text("")
    assert read_revision(link).is_dirty


def test_a_detached_head_is_on_no_branch(repository: Path) -> None:
    run(repository, "checkout", "-q", "--detach")
    revision = read_revision(repository)
    assert revision.branch is None
    assert revision.tag is not None
    assert str(revision) == f"{revision.short_sha} on no branch"


def test_a_worktree_has_its_own_branch(repository: Path, tmp_path: Path) -> None:
    run(repository, "worktree", "add", "-q", "-b", "other", str(tmp_path / "tree"))
    assert read_revision(tmp_path / "tree" / "server").branch == "other"


def test_a_repository_without_a_commit_says_so(tmp_path: Path) -> None:
    run(tmp_path, "init", "-q", "-b", "main")
    revision = read_revision(tmp_path)
    assert (revision.tag, revision.warnings) == (None, ())
    assert str(revision) == "in git, without a commit"


def test_a_folder_outside_git_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    revision = read_revision(tmp_path)
    assert (revision.tag, revision.warnings) == (None, ())
    assert str(revision) == "not in git"


def test_a_bare_repository_is_no_source(tmp_path: Path) -> None:
    run(tmp_path, "init", "-q", "--bare")
    assert str(read_revision(tmp_path)).startswith("not in git")


def test_a_folder_that_is_committed_as_a_repository_has_git_run_nothing(
    repository: Path, tmp_path: Path
) -> None:
    folder, told = repository / "server", tmp_path / "told"
    run(tmp_path, "clone", "-q", "--bare", str(repository), str(tmp_path / "bare"))
    shutil.copytree(tmp_path / "bare", folder, dirs_exist_ok=True)
    settings = ("repositoryformatversion = 0", "bare = false", f"worktree = {folder}")
    command = f'fsmonitor = "touch {told}; false"'
    (folder / "config").write_text("\n".join(("[core]", *settings, command, "")))
    run(repository, "add", ".")
    run(repository, "commit", "-q", "-m", "Plant")
    run(folder, "status")
    assert told.exists()  # it would
    told.unlink()
    assert read_revision(folder).sha == run(repository, "rev-parse", "HEAD")
    assert not told.exists()


def test_a_repository_that_git_will_not_trust_is_deployed_with_a_warning(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # git's own switch to test its refusal of a repository that belongs to somebody else
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    revision = read_revision(repository / "server")
    assert revision.tag is None
    assert "git refused" in str(revision)
    assert "safe.directory" in str(revision.warnings)


def test_a_damaged_repository_is_deployed_with_a_warning(repository: Path) -> None:
    (repository / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (repository / ".git" / "index").write_bytes(b"nonsense")
    revision = read_revision(repository)
    assert revision.tag is None
    assert revision.warnings


def test_a_damaged_configuration_is_deployed_with_a_warning(repository: Path) -> None:
    (repository / ".git" / "config").write_text("[core\nnonsense")
    assert read_revision(repository).warnings


def test_a_folder_git_that_is_no_repository_is_a_warning(repository: Path) -> None:
    (repository / ".git" / "HEAD").write_text("nonsense\n")
    (warning,) = read_revision(repository / "server").warnings
    assert warning == f"the deployment gets no tag: {repository / '.git'} is not a repository"


def asked_in_a_process_of_its_own(folder: Path, path: Path) -> str:
    """GitPython looks for git when it is imported, and this process has imported it."""
    code = (
        "import sys; from pathlib import Path; "
        "from hathora_deploy.pipeline.git_revision import read_revision; "
        "revision = read_revision(Path(sys.argv[1])); print(revision, '|', *revision.warnings)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        env={**os.environ, "PATH": str(path)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_a_machine_without_git_deploys_with_a_warning(repository: Path, tmp_path: Path) -> None:
    said = asked_in_a_process_of_its_own(repository, tmp_path)
    assert "no revision: git is missing or broken | the deployment gets no tag" in said


def test_a_folder_outside_git_needs_no_git(tmp_path: Path) -> None:
    assert asked_in_a_process_of_its_own(tmp_path, tmp_path) == "not in git |\n"


@pytest.mark.skipif(sys.platform == "win32", reason="the broken git is a shell script")
@pytest.mark.parametrize("script", ["#!/bin/sh\nexit 3\n", "nonsense", "#!/nowhere\n"])
def test_a_broken_git_deploys_with_a_warning(repository: Path, tmp_path: Path, script: str) -> None:
    broken = tmp_path / "bin" / "git"
    broken.parent.mkdir()
    broken.write_text(script)
    broken.chmod(0o755)
    assert "the deployment gets no tag" in asked_in_a_process_of_its_own(repository, broken.parent)


def test_git_that_vanishes_after_the_start_deploys_with_a_warning(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert git.__version__
    monkeypatch.setenv("PATH", str(tmp_path))
    assert read_revision(repository).warnings == (
        "the deployment gets no tag: git is missing or broken",
    )


def test_a_revision_that_nobody_knows_still_has_words_for_people() -> None:
    assert str(Revision()) == "no revision"
