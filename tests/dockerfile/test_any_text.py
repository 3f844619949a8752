from __future__ import annotations

from hypothesis import given, strategies as st

from hathora_deploy.dockerfile import DockerfileError, parse

LINES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "FROM a",
                "FROM a AS b",
                "FROM b",
                "# escape=`",
                "ENV A=1",
                "EXPOSE $A",
                "COPY <<E /",
                "E",
            ]
        ),
        st.builds(
            "{} {}".format,
            st.sampled_from(
                ["ENV", "ARG", "COPY", "CMD", "RUN", "EXPOSE", "FROM", "LABEL", "ADD", "x"]
            ),
            st.text(alphabet="aA1=$\\{}:-+\"'`<>[],/ \t", max_size=20),
        ),
        st.text(max_size=20),
    ),
    max_size=8,
)


def refusal(text: str) -> DockerfileError | None:
    try:
        parse(text)
    except DockerfileError as error:
        return error
    return None


@given(LINES)
def test_any_text_is_read_or_refused_with_a_line_of_its_own(lines: list[str]) -> None:
    text = "\n".join(lines)
    error = refusal(text)
    if error is not None:
        assert 1 <= error.line <= text.count("\n") + 1
        return
    numbers = [each.line for each in parse(text).instructions]
    assert numbers == sorted(set(numbers))
