# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas import data
from barnabas.converters.decimals import decimal_column, decimal_value
from barnabas.errors import DataError

SCHEMA = data.decimal_schema(2)


def column(values: list[Any]) -> list[bytes]:
    encode = decimal_column(SCHEMA, decimal_value(SCHEMA))
    return encode(values, set(map(type, values)))


@given(st.lists(st.integers(-(1 << 80), 1 << 80), min_size=1))
def test_a_column_is_encoded_as_its_values_are(unscaled: list[int]) -> None:
    values = [data.decimal_from_unscaled(each, 2) for each in unscaled]
    expected = [data.encode_decimal(SCHEMA, value) for value in values]
    assert column(values) == expected
    assert list(map(decimal_value(SCHEMA), values)) == expected


@pytest.mark.parametrize("text", ["0.00", "1.27", "1.28", "-1.28", "-1.29", "327.67", "327.68"])
def test_bytes_are_as_few_as_twos_complement_allows(text: str) -> None:
    unscaled = int(text.replace(".", ""))
    (written,) = column([Decimal(text)])
    assert int.from_bytes(written, "big", signed=True) == unscaled
    assert len(written) == max(
        1, ((unscaled if unscaled >= 0 else ~unscaled).bit_length() + 8) // 8
    )


@pytest.mark.parametrize("odd", [Decimal("1.5"), Decimal("NaN"), Decimal("Infinity"), 1, "1.50"])
def test_one_odd_value_in_a_column_is_refused(odd: Any) -> None:
    with pytest.raises(DataError):
        column([Decimal("1.50"), odd])
