# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.data import Headers
from barnabas.errors import ConfigError
from barnabas.predicates.has_header_key import HasHeaderKey
from tests.unit.transforms.records import sink


@pytest.mark.parametrize(
    ("headers", "result"),
    [(Headers().add("a", 1).add("h", 2), True), (Headers().add("H", 1), False), (None, False)],
)
def test_it_is_true_where_the_header_is(headers: Headers | None, result: bool) -> None:
    predicate = HasHeaderKey()
    predicate.configure({"name": "h"})
    assert predicate.test(sink(headers=headers)) is result


@pytest.mark.parametrize("settings", [{}, {"name": ""}])
def test_the_name_is_required(settings: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="name"):
        HasHeaderKey().configure(settings)
