# SPDX-License-Identifier: Apache-2.0
"""Conditions as Java writes them."""

from __future__ import annotations

import pytest

from barnabas.connectors.jdbc.identifiers import IdentifierRules, TableId
from barnabas.connectors.jdbc.source.criteria import Criteria
from barnabas.connectors.jdbc.source.offsets import Position

TABLE = TableId(None, "public", "users")
POSITION = Position(timestamp_ns=100, incrementing=7)


def criteria(
    table: TableId | None = None, incrementing: str | None = None, *timestamps: str
) -> Criteria:
    return Criteria.of_columns(
        IdentifierRules(), table=table, incrementing=incrementing, timestamps=timestamps
    )


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (criteria(), ""),
        (criteria(None, "id"), ' WHERE "id" > ? ORDER BY "id" ASC'),
        (
            criteria(TABLE, "id"),
            ' WHERE "public"."users"."id" > ? ORDER BY "public"."users"."id" ASC',
        ),
        (criteria(None, None, "ts"), ' WHERE "ts" > ? AND "ts" < ? ORDER BY "ts" ASC'),
        (
            criteria(None, None, "a", "b"),
            ' WHERE COALESCE("a","b") > ? AND COALESCE("a","b") < ? ORDER BY COALESCE("a","b") ASC',
        ),
        (
            criteria(None, "id", "ts"),
            ' WHERE "ts" < ? AND (("ts" = ? AND "id" > ?) OR "ts" > ?) ORDER BY "ts","id" ASC',
        ),
        (
            criteria(None, "id", "a", "b"),
            ' WHERE COALESCE("a","b") < ? AND ((COALESCE("a","b") = ? AND "id" > ?) OR'
            ' COALESCE("a","b") > ?) ORDER BY COALESCE("a","b"),"id" ASC',
        ),
    ],
)
def test_the_condition_is_javas(made: Criteria, expected: str) -> None:
    assert made.where() == expected


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (criteria(), ()),
        (criteria(None, "id"), (7,)),
        (criteria(None, None, "ts"), ("t100", "t900")),
        (criteria(None, "id", "ts"), ("t900", "t100", 7, "t100")),
    ],
)
def test_parameters_come_in_the_order_of_their_marks(
    made: Criteria, expected: tuple[object, ...]
) -> None:
    parameters = made.parameters(POSITION, 900, lambda ns: f"t{ns}")
    assert parameters == expected
    assert made.where().count("?") == len(parameters)


def test_an_upper_bound_of_the_incrementing_column_can_be_set() -> None:
    made = criteria(None, "id")
    assert made.where(limited=True) == ' WHERE "id" > ? AND "id" <= ? ORDER BY "id" ASC'
    assert made.parameters(POSITION, None, str, 12) == (7, 12)


def test_the_highest_id_is_asked_for() -> None:
    assert criteria(None, "id").highest_id('"users"') == 'SELECT MAX("id") FROM "users"'
