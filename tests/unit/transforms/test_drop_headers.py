# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.data import Headers
from barnabas.errors import ConfigError
from barnabas.transforms.drop_headers import DropHeaders
from tests.unit.transforms.records import configured, sink


def headers(*names: str) -> Headers:
    return Headers().add(names[0], 1).add(names[1], 2).add(names[2], 3)


def test_all_headers_of_the_names_are_dropped() -> None:
    record = sink(headers=headers("a", "b", "a"))
    result = configured(DropHeaders, {"headers": "a,z"}).apply(record)
    assert result is not None
    assert [header.key for header in result.headers or ()] == ["b"]
    assert len(record.headers or ()) == 3


def test_a_record_without_such_headers_stays_as_it_is() -> None:
    dropping = configured(DropHeaders, {"headers": "z"})
    for record in (sink(headers=headers("a", "b", "a")), sink()):
        assert dropping.apply(record) is record


def test_names_are_required() -> None:
    with pytest.raises(ConfigError, match="headers: Empty list"):
        configured(DropHeaders, {"headers": ""})
