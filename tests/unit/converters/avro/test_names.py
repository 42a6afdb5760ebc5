# SPDX-License-Identifier: Apache-2.0
"""Names Avro allows, and what Java makes of the others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.converters.avro import names
from barnabas.errors import DataError

SCRUBBED = [
    ("abc+-.*_", "abc_2B____"),
    ("abc-def", "abc_def"),
    ("abc+def", "abc_2Bdef"),
    ("abc  def", "abc__def"),
    ("0abc", "x0abc"),
    ("a~b", "a_7Eb"),
    ("é", "_C3_A9"),
    ("", ""),
    ("fine_1", "fine_1"),
]


@pytest.mark.parametrize(("name", "scrubbed"), SCRUBBED)
def test_a_part_of_a_name_is_scrubbed_as_in_java(name, scrubbed):
    assert names.scrub(name) == scrubbed


def test_a_full_name_is_scrubbed_part_by_part():
    assert names.scrub_full("0abc.de-f", scrubbing=True) == "x0abc.de_f"
    assert names.scrub_full("0abc.de-f", scrubbing=False) == "0abc.de-f"


def test_a_name_is_cut_at_its_last_dot():
    assert names.split("a.b.C", scrubbing=False) == ("a.b", "C")
    assert names.split("C", scrubbing=False) == (None, "C")


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_a_scrubbed_name_is_allowed(name):
    names.check_name(names.scrub(name), "a record")


@pytest.mark.parametrize("name", ["", "1a", "a-b", "a b", "a.b"])
def test_a_name_avro_forbids_is_refused_with_the_setting_to_change(name):
    with pytest.raises(DataError, match=r"of a field: .*scrub\.invalid\.names=true"):
        names.check_name(name, "a field")
