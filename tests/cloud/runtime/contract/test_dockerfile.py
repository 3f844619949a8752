"""What a Dockerfile says of its game server holds in every runtime."""

from __future__ import annotations

from hathora_deploy.cloud.runtime.port import Exit
from tests.cloud.runtime.archives import GAME
from tests.cloud.runtime.conftest import BASE_IMAGE, Bench


def test_a_command_in_shell_form_is_run_by_a_shell(bench: Bench) -> None:
    dockerfile = f"FROM {BASE_IMAGE}\nENV A=1\nCMD echo $A-$B && exit 5\n"
    spec = bench.spec(bench.build({"Dockerfile": dockerfile}), env={"B": "2"})
    handle = bench.start(spec)
    assert bench.until_exit(handle, spec).exit == Exit(code=5)
    assert spec.log.read_text() == "1-2\n"


def test_entrypoint_and_cmd_add_up(bench: Bench) -> None:
    dockerfile = (
        f'FROM {BASE_IMAGE}\nWORKDIR /app\nCOPY game.py .\nCMD ["say=a", "exit=0"]\n'
        'ENTRYPOINT ["python3", "game.py", "say=e"]\n'
    )
    spec = bench.spec(bench.build({"Dockerfile": dockerfile, "game.py": GAME.read_bytes()}))
    bench.until_exit(bench.start(spec), spec)
    assert spec.log.read_text() == "e\na\n"


def test_copied_files_are_where_the_dockerfile_puts_them(bench: Bench) -> None:
    dockerfile = (
        f"FROM {BASE_IMAGE}\nWORKDIR /srv\nWORKDIR game\nCOPY game.py .\n"
        "COPY maps/*.map /srv/game/maps/\nCOPY data /srv/game/data\nCOPY <<EOF motd\nhello\nEOF\n"
        'CMD ["python3", "game.py", "read=maps/a.map", "read=data/deep/b", "read=/srv/game/motd", "exit=0"]\n'
    )
    if bench.runtime.name == "docker":  # engines before 23 do not know heredocs
        dockerfile = dockerfile.replace("COPY <<EOF motd\nhello\nEOF\n", "COPY hello motd\n")
    files: dict[str, bytes | str] = {
        "Dockerfile": dockerfile,
        "game.py": GAME.read_bytes(),
        "maps/a.map": "a\n",
        "data/deep/b": "b\n",
        "hello": "hello\n",
    }
    spec = bench.spec(bench.build(files))
    bench.until_exit(bench.start(spec), spec)
    assert spec.log.read_text() == "a\nb\nhello\n"
