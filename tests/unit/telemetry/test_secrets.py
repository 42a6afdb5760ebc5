# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.telemetry.secrets import spellings


@pytest.mark.parametrize("harmless", ["", "  ", "true", " FALSE ", "None", "null"])
def test_words_of_every_log_line_are_no_secrets(harmless):
    assert spellings(harmless) == frozenset()


def test_white_space_around_it_does_not_count():
    assert spellings("hunter2\n") == {"hunter2"}


def test_long_lines_of_a_key_are_secrets_of_their_own():
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\nshort\n-----END KEY-----\n"
    found = spellings(key)
    assert "MIIEvQIBADANBg" in found
    assert key.strip() in found
    assert not found & {"short", "-----BEGIN KEY-----"}


@given(st.text(min_size=1, max_size=20))
def test_the_secret_itself_is_always_among_them(text):
    found = spellings(text)
    assert not found or text.strip() in found
