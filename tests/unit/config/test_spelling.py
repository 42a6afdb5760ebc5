# SPDX-License-Identifier: Apache-2.0
from barnabas.config.spelling import nearest_name, nearest_names

KNOWN = ["batch.size", "file", "topic", "topics"]


def test_the_nearest_name_is_found():
    assert nearest_name("bacth.size", KNOWN) == "batch.size"
    assert nearest_name("FILE", KNOWN) == "file"


def test_what_looks_like_nothing_has_no_nearest_name():
    assert nearest_name("unrelated", KNOWN) is None


def test_several_names_come_nearest_first():
    assert nearest_names("topis", KNOWN) == ["topics", "topic"]
