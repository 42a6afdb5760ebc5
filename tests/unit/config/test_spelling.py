# SPDX-License-Identifier: Apache-2.0
import pytest

from barnabas.config.spelling import is_one_slip, nearest_name, nearest_names

KNOWN = ["batch.size", "file", "topic", "topics"]


def test_the_nearest_name_is_found():
    assert nearest_name("bacth.size", KNOWN) == "batch.size"
    assert nearest_name("FILE", KNOWN) == "file"


def test_what_looks_like_nothing_has_no_nearest_name():
    assert nearest_name("unrelated", KNOWN) is None


def test_several_names_come_nearest_first():
    assert nearest_names("topis", KNOWN) == ["topics", "topic"]


@pytest.mark.parametrize("slip", ["fild", "fieeld", "fiald", "feild", "ield", "fiel", "fieldd"])
def test_one_slip_is_a_sign_too_many_too_few_wrong_or_swapped(slip):
    assert is_one_slip(slip, "field")


@pytest.mark.parametrize("other", ["field", "feidl", "fields.", "fi", "", "dleif"])
def test_the_name_itself_and_two_slips_are_no_slip(other):
    assert not is_one_slip(other, "field")
