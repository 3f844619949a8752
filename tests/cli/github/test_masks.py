"""A secret is covered in every form that a program is likely to give it."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

from hypothesis import given, strategies as st

from hathora_deploy.cli.github.masks import forms_of, forms_of_url

TOKEN = 'hathora_org_st_a+b/c?d=e&f%g"h\\i'


def covered(text: str, forms: tuple[str, ...]) -> str:
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, "***")
    return text


def test_a_token_is_covered_as_text_json_and_in_a_url() -> None:
    for text in (TOKEN, json.dumps(TOKEN), quote(TOKEN, safe=""), f"Bearer {TOKEN}"):
        assert "***" in covered(text, forms_of(TOKEN))
        assert "org_st" not in covered(text, forms_of(TOKEN))


@given(st.binary(max_size=9), st.binary(max_size=9), st.booleans())
def test_a_token_is_covered_wherever_it_stands_in_base64(
    before: bytes, after: bytes, url_safe: bool
) -> None:
    encode = base64.urlsafe_b64encode if url_safe else base64.b64encode
    data = before + TOKEN.encode() + after
    shown = covered(encode(data).decode(), forms_of(TOKEN))
    assert "***" in shown
    # What is left of it is less than three bytes at each end.
    assert len(shown) <= len(encode(before)) + len(encode(after)) + 3 + 8


def test_each_line_of_a_secret_is_covered() -> None:
    forms = forms_of("first line\nsecond line\n")
    assert {"first line", "second line"} <= set(forms)


def test_what_is_too_short_to_be_a_secret_is_not_covered() -> None:
    assert forms_of("true") == ()
    assert forms_of("") == ()


def test_a_signature_is_covered_and_the_address_of_the_store_is_not() -> None:
    url = "https://store.example.com/bucket/key?X-Amz-Signature=abcdef0123&partNumber=1"
    assert covered(url, forms_of_url(url)) == "https://store.example.com/bucket/key?***"
