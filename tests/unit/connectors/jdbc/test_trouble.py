# SPDX-License-Identifier: Apache-2.0
"""What kind of thing went wrong."""

from __future__ import annotations

import pytest

from barnabas.connectors.jdbc.trouble import Trouble, trouble_of_code, trouble_of_state


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("08006", Trouble.CONNECTION),
        ("57P01", Trouble.CONNECTION),
        ("57014", Trouble.CANCELLED),
        ("40001", Trouble.SERIALIZATION),
        ("40P01", Trouble.DEADLOCK),
        ("55P03", Trouble.LOCK),
        ("53300", Trouble.RESOURCES),
        ("28P01", Trouble.LOGIN),
        ("42501", Trouble.PERMISSION),
        ("42P01", Trouble.MISSING),
        ("42S22", Trouble.MISSING),
        ("42601", Trouble.STATEMENT),
        ("22003", Trouble.DATA),
        ("42804", Trouble.DATA),
        ("23505", Trouble.CONSTRAINT),
        ("P0001", Trouble.CONSTRAINT),
        ("XX000", None),
    ],
)
def test_a_state_tells_the_kind(state: str, expected: Trouble | None) -> None:
    assert trouble_of_state(state) is expected


@pytest.mark.parametrize(
    ("dialect", "code", "expected"),
    [
        ("MySqlDatabaseDialect", 2013, Trouble.CONNECTION),
        ("MySqlDatabaseDialect", 1213, Trouble.DEADLOCK),
        ("MySqlDatabaseDialect", 1205, Trouble.LOCK),
        ("MySqlDatabaseDialect", 1045, Trouble.LOGIN),
        ("MySqlDatabaseDialect", 1146, Trouble.MISSING),
        ("MySqlDatabaseDialect", 1062, Trouble.CONSTRAINT),
        ("MySqlDatabaseDialect", 1406, Trouble.DATA),
        ("SqlServerDatabaseDialect", 1205, Trouble.DEADLOCK),
        ("SqlServerDatabaseDialect", 2627, Trouble.CONSTRAINT),
        ("OracleDatabaseDialect", 3113, Trouble.CONNECTION),
        ("OracleDatabaseDialect", 1, Trouble.CONSTRAINT),
        ("OracleDatabaseDialect", 12899, Trouble.DATA),
        ("SqliteDatabaseDialect", 5, Trouble.LOCK),
        ("SqliteDatabaseDialect", 2067, Trouble.CONSTRAINT),
        ("SqliteDatabaseDialect", 517, Trouble.LOCK),
        ("SqliteDatabaseDialect", 1, None),
        ("GenericDatabaseDialect", 1205, None),
    ],
)
def test_a_code_tells_the_kind(dialect: str, code: int, expected: Trouble | None) -> None:
    assert trouble_of_code(dialect, code) is expected


def test_what_passes_by_itself_is_transient() -> None:
    found = {trouble.name for trouble in Trouble if trouble.is_transient}
    assert found == {
        "CONNECTION", "DEADLOCK", "SERIALIZATION", "LOCK", "RESOURCES", "CANCELLED",
    }  # fmt: skip
