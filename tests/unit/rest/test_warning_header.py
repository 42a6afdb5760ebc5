# SPDX-License-Identifier: Apache-2.0
import pytest

from barnabas.rest.warning_header import WARNING_HEADER, warning_headers


def test_without_warnings_there_is_no_header():
    assert warning_headers([]) == {}


def test_warnings_are_one_line_of_ascii():
    assert warning_headers(["a\n b", "\u00fc"]) == {WARNING_HEADER: "a b | \\xfc"}


def test_a_header_is_not_endless():
    assert len(warning_headers(["x" * 10_000])[WARNING_HEADER]) == 4096


@pytest.mark.parametrize("character", [chr(code) for code in (*range(32), 127)])
def test_no_header_holds_a_control_character(character: str):
    header = warning_headers([f"The setting a{character}b is not known."])[WARNING_HEADER]
    assert header.isprintable()
    assert header.startswith("The setting a")
    assert header.endswith("b is not known.")
