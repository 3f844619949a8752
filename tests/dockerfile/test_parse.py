from __future__ import annotations

import pytest

from hathora_deploy.dockerfile import Dockerfile, DockerfileError, ExposedPort, Instruction, parse


def last(text: str) -> Instruction:
    return parse(text).instructions[-1]


def ports(dockerfile: Dockerfile) -> list[str]:
    return [f"{port.port}/{port.protocol}" for port in dockerfile.exposed_ports]


def test_comments_and_blank_lines_are_no_instructions_but_count_as_lines() -> None:
    read = parse("# one\n\nFROM debian\n   # four\nCMD run\n")
    assert [(each.keyword, each.line) for each in read.instructions] == [("FROM", 3), ("CMD", 5)]


def test_a_continued_line_is_one_instruction_even_with_comments_and_blanks_within() -> None:
    read = last("FROM debian\nENV A=1 \\\n# why\n\n  B=2 \\  \n  C=3\n")
    assert (read.line, read.arguments) == (2, ("A=1", "B=2", "C=3"))


def test_windows_line_ends_and_a_byte_order_mark_are_read_over() -> None:
    assert last("\ufeffFROM debian\r\nWORKDIR /a\r\n").arguments == ("/a",)


def test_the_escape_directive_makes_a_backtick_continue_lines_and_a_backslash_literal() -> None:
    assert last("# escape=`\nFROM x\nENV A=`\nC:\\dir\n").arguments == ("A=C:\\dir",)


def test_a_directive_after_the_first_instruction_is_a_comment() -> None:
    assert last("FROM x\n# escape=`\nENV A=a\\ b\n").arguments == ("A=a b",)


@pytest.mark.parametrize(
    ("line", "is_json", "arguments"),
    [
        ('CMD ["./game", "-p", "$PORT"]', True, ("./game", "-p", "$PORT")),
        ("CMD ./game -p $PORT", False, ("./game -p $PORT",)),
        ("CMD [ -f x ] && ./game", False, ("[ -f x ] && ./game",)),
        ('SHELL ["/bin/bash", "-ec"]', True, ("/bin/bash", "-ec")),
        ('COPY ["a b", "/c d/"]', True, ("a b", "/c d/")),
        ("COPY a b /c/", False, ("a", "b", "/c/")),
        ("ENV A one  two", False, ("A=one  two",)),
        ("ENV A=\"one two\" B='$C' D=e\\ f", False, ("A=one two", "B=$C", "D=e f")),
        ("LABEL a.b=c", False, ("a.b=c",)),
        ("user game", False, ("game",)),
        ("STOPSIGNAL SIGINT", False, ("SIGINT",)),
        ("HEALTHCHECK --interval=5s CMD curl $HOST", False, ("CMD curl $HOST",)),
    ],
)
def test_json_and_shell_forms_are_told_apart(
    line: str, is_json: bool, arguments: tuple[str, ...]
) -> None:
    read = last(f"FROM debian\n{line}\n")
    assert (read.is_json, read.arguments, read.text) == (is_json, arguments, line)


def test_flags_stand_before_the_arguments_and_only_there() -> None:
    read = last("FROM debian\nARG U=7\nCOPY --chown=$U:$U --link a --b /c/\n")
    assert read.flags == {"chown": "7:7", "link": ""}
    assert read.arguments == ("a", "--b", "/c/")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("$A", "1"),
        ("${A}x", "1x"),
        ("$AB", ""),
        ("${NONE:-d}", "d"),
        ("${EMPTY:-d}", "d"),
        ("${EMPTY-d}", ""),
        ("${A:+set}", "set"),
        ("${EMPTY:+set}", ""),
        ("${EMPTY+set}", "set"),
        ("${NONE:-${A}/$A}", "1/1"),
        ("\\$A", "$A"),
        ("'$A'", "$A"),
        ('"$A b"', "1 b"),
        ('"a\\"b\\c"', 'a"b\\c'),
        ("a$", "a$"),
    ],
)
def test_variables_are_replaced(written: str, meant: str) -> None:
    assert last(f"FROM x\nENV A=1 EMPTY=\nENV V={written}\n").arguments == (f"V={meant}",)


def test_an_instruction_sees_the_variables_of_those_before_it_only() -> None:
    assert last("FROM x\nENV A=1\nENV A=2 B=$A\n").arguments == ("A=2", "B=1")


def test_env_wins_over_arg_and_both_over_the_base_image() -> None:
    text = "FROM x\nARG A=arg\nARG B=arg\nENV A=env\nWORKDIR /$A/$B/$HOME\n"
    assert parse(text, environment={"HOME": "root"}).instructions[-1].arguments == (
        "/env/arg/root",
    )


def test_an_arg_before_from_is_known_to_from_and_to_a_stage_that_names_it() -> None:
    read = parse("ARG TAG=12\nFROM debian:$TAG\nUSER u$TAG\nARG TAG\nUSER u$TAG\n")
    assert [each.arguments[0] for each in read.instructions[1:]] == [
        "debian:12",
        "u",
        "TAG",
        "u12",
    ]


def test_a_heredoc_is_a_file_with_its_variables_replaced_unless_its_name_is_quoted() -> None:
    read = last(
        "FROM x\nENV A=1\nCOPY <<EOF <<-'RAW' /etc/\nit's $A\n#no comment\nEOF\n\t$A\n\tRAW\n"
    )
    assert [(each.word, each.content) for each in read.heredocs] == [
        ("<<EOF", "it's 1\n#no comment\n"),
        ("<<-'RAW'", "$A\n"),
    ]
    assert read.arguments == ("<<EOF", "<<-'RAW'", "/etc/")


def test_the_lines_of_a_heredoc_are_no_instructions() -> None:
    read = parse("FROM x\nRUN <<END bash\nFROM nothing\nEND\nCMD go\n")
    assert [(each.keyword, each.line) for each in read.instructions] == [
        ("FROM", 1),
        ("RUN", 2),
        ("CMD", 5),
    ]


def test_exposed_ports_are_those_of_the_final_stage_each_once() -> None:
    read = parse(
        "FROM a\nEXPOSE 1\nFROM b\nENV P=7777\nEXPOSE $P/udp 8000-8002 7777/UDP\nEXPOSE 8001\n"
    )
    assert ports(read) == ["7777/udp", "8000/tcp", "8001/tcp", "8002/tcp"]
    assert read.exposed_ports[0] == ExposedPort(7777, "udp")


def test_a_stage_that_builds_on_another_has_its_ports_variables_and_instructions() -> None:
    read = parse(
        "FROM a AS Base\nENV P=9\nEXPOSE $P\nFROM b AS other\nEXPOSE 1\nFROM base\nEXPOSE 1$P\n"
    )
    assert ports(read) == ["9/tcp", "19/tcp"]
    assert read.final_stage.base == "a"
    assert [each.line for each in read.final_stage.instructions] == [1, 2, 3, 6, 7]


def test_a_port_that_no_game_client_can_use_is_left_out() -> None:
    assert ports(parse("FROM a\nEXPOSE 5/sctp 6\n")) == ["6/tcp"]


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("", 1, "there is no FROM"),
        ("ARG A=1\n", 1, "there is no FROM"),
        ("# c\nCOPY a b\nFROM x\n", 2, "COPY stands before any FROM"),
        ("FROM x\n\nFETCH a\n", 3, "FETCH is no instruction"),
        ("FROM x\nWORKDIR\n", 2, "WORKDIR needs an argument"),
        ("FROM x y\n", 1, "FROM is followed by an image"),
        ("FROM $IMAGE\n", 1, "FROM names no image"),
        ("FROM x\nENV A\n", 2, "ENV A has no value"),
        ("FROM x\nENV A=1 B\n", 2, "'B' is not of the form NAME=value"),
        ("FROM x\nENV A='1\n", 2, "a single quote is left open"),
        ('FROM x\nENV A="1\n', 2, "a double quote is left open"),
        ("FROM x\nENV A=${B\n", 2, "substitution"),
        ("FROM x\nENV A=${B:-c\n", 2, "'}' is missing"),
        ('FROM x\nENV A="${B:?give B}"\n', 2, "B: give B"),
        ("FROM x\nSHELL bash -c\n", 2, "SHELL needs a JSON array"),
        ("FROM x\nEXPOSE http\n", 2, "'http' is no port"),
        ("FROM x\nEXPOSE 0\n", 2, "between 1 and 65535"),
        ("FROM x\nEXPOSE 70000\n", 2, "between 1 and 65535"),
        ("FROM x\nEXPOSE 90-80\n", 2, "between 1 and 65535"),
        ("FROM x\nEXPOSE 80/http\n", 2, "the protocol is tcp or udp"),
        ("FROM x\nCOPY <<EOF /a\nb\n", 2, "the end 'EOF' of the heredoc is missing"),
        ("# escape=x\nFROM x\n", 1, "the escape character"),
        ("# escape=`\n# escape=`\nFROM x\n", 2, "given twice"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, line: int, problem: str) -> None:
    with pytest.raises(DockerfileError) as caught:
        parse(text)
    assert caught.value.line == line
    assert problem in caught.value.message
    assert f"line {line}" in caught.value.message
    assert caught.value.hint
