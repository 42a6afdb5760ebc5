# SPDX-License-Identifier: Apache-2.0
"""Decimals as their unscaled bytes, for converters: one value or a whole column.

Called from the main thread of a task, for values on their way out.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from decimal import Decimal, localcontext
from itertools import repeat
from typing import Any

from barnabas import data
from barnabas.data import Schema
from barnabas.data.logical import EXACT

__all__ = ["decimal_column", "decimal_value"]


def decimal_value(schema: Schema) -> Callable[[Any], bytes]:
    """Make the function that encodes one Decimal; it raises DataError as `data.encode_decimal`."""
    scale = data.decimal_scale(schema)
    is_same_scale = _quantum(scale).same_quantum

    def one(value: Any) -> bytes:
        if type(value) is Decimal and is_same_scale(value):
            unscaled = int(value.scaleb(scale, EXACT))
            bits = (unscaled if unscaled >= 0 else ~unscaled).bit_length()
            return unscaled.to_bytes((bits >> 3) + 1, "big", signed=True)
        return data.encode_decimal(schema, value)

    return one


def decimal_column(
    schema: Schema, one: Callable[[Any], bytes]
) -> Callable[[Sequence[Any], set[type]], list[bytes]]:
    """Make the function that encodes a column.

    Args:
        schema: Of a Decimal.
        one: Encodes what is unusual, one by one.
    """
    scale = data.decimal_scale(schema)
    is_same_scale = _quantum(scale).same_quantum
    shift = _quantum(-scale)

    def many(values: Sequence[Any], kinds: set[type]) -> list[bytes]:
        if kinds != {Decimal} or not all(map(is_same_scale, values)):
            return [one(value) for value in values]
        with localcontext(EXACT):  # a product is made faster than a shifted copy
            unscaled = list(map(int, map(operator.mul, values, repeat(shift))))
        if min(unscaled) >= 0:
            return [each.to_bytes((each.bit_length() >> 3) + 1, "big") for each in unscaled]
        return [
            each.to_bytes(
                ((each if each >= 0 else ~each).bit_length() >> 3) + 1, "big", signed=True
            )
            for each in unscaled
        ]

    return many


def _quantum(scale: int) -> Decimal:
    return Decimal((0, (1,), -scale))
