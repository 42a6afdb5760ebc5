# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.converters.settings import ConverterConfig, for_header, for_role
from barnabas.errors import ConfigError


def test_the_role_of_a_converter_is_key_or_value() -> None:
    assert for_role({"a": "b"}, is_key=True) == {"a": "b", "converter.type": "key"}
    assert for_role({"converter.type": "key"}, is_key=False) == {"converter.type": "value"}


def test_the_role_of_a_header_converter_is_header_unless_it_is_given() -> None:
    assert for_header({}) == {"converter.type": "header"}
    assert for_header({"converter.type": "key"}) == {"converter.type": "key"}


def test_a_role_is_required() -> None:
    with pytest.raises(ConfigError, match=r"converter\.type"):
        ConverterConfig({})


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(ConfigError, match="key, value, header"):
        ConverterConfig({"converter.type": "lock"})
