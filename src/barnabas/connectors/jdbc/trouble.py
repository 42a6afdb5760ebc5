# SPDX-License-Identifier: Apache-2.0
"""What kind of thing went wrong, by SQLState and by the codes of each database."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final

__all__ = ["Trouble", "trouble_of_code", "trouble_of_state"]


class Trouble(enum.Enum):
    """What kind of thing went wrong; the first ones may pass when tried again."""

    CONNECTION = "connection lost or refused"
    DEADLOCK = "deadlock"
    SERIALIZATION = "serialization failure"
    LOCK = "lock not available"
    RESOURCES = "database out of resources"
    CANCELLED = "statement cancelled"
    LOGIN = "login refused"
    PERMISSION = "permission denied"
    MISSING = "something named does not exist"
    STATEMENT = "statement wrong"
    DATA = "value does not fit"
    CONSTRAINT = "constraint violated"
    OTHER = "other error"

    @property
    def is_transient(self) -> bool:
        """Whether the same statement may succeed later with nothing mended."""
        return self in _TRANSIENT


_TRANSIENT: Final = frozenset(
    {
        Trouble.CONNECTION,
        Trouble.DEADLOCK,
        Trouble.SERIALIZATION,
        Trouble.LOCK,
        Trouble.RESOURCES,
        Trouble.CANCELLED,
    }
)

_STATES: Final[Mapping[str, Trouble]] = {
    "40001": Trouble.SERIALIZATION,
    "40P01": Trouble.DEADLOCK,
    "55P03": Trouble.LOCK,
    "55006": Trouble.LOCK,
    "57014": Trouble.CANCELLED,
    "57033": Trouble.LOCK,  # Db2: deadlock or timeout, nothing rolled back
    "42501": Trouble.PERMISSION,
    "42P01": Trouble.MISSING,
    "42703": Trouble.MISSING,
    "42704": Trouble.MISSING,
    "42S02": Trouble.MISSING,
    "42S22": Trouble.MISSING,
    "42804": Trouble.DATA,  # a value of another type than the column
    "25006": Trouble.CONNECTION,  # read-only: after a failover another server can write
    "25P02": Trouble.SERIALIZATION,  # the transaction is lost already
    "26000": Trouble.CONNECTION,  # a pooler handed out another connection
    "0A000": Trouble.STATEMENT,
}
_STATE_CLASSES: Final[Mapping[str, Trouble]] = {
    "08": Trouble.CONNECTION,
    "57": Trouble.CONNECTION,
    "58": Trouble.RESOURCES,
    "53": Trouble.RESOURCES,
    "40": Trouble.SERIALIZATION,
    "55": Trouble.LOCK,
    "28": Trouble.LOGIN,
    "3D": Trouble.MISSING,
    "3F": Trouble.MISSING,
    "42": Trouble.STATEMENT,
    "22": Trouble.DATA,
    "21": Trouble.STATEMENT,
    "23": Trouble.CONSTRAINT,
    "44": Trouble.CONSTRAINT,
    "P0": Trouble.CONSTRAINT,  # raised by a trigger or function
}


def trouble_of_state(sqlstate: str) -> Trouble | None:
    """Tell the kind by SQLState; None when it says nothing."""
    return _STATES.get(sqlstate) or _STATE_CLASSES.get(sqlstate[:2])


def trouble_of_code(dialect_name: str, code: int) -> Trouble | None:
    """Tell the kind by the number one database gives; None when it is not known."""
    if dialect_name.startswith("Sqlite"):
        return _SQLITE.get(code) or _SQLITE.get(code & 0xFF)
    codes = _CODES.get(dialect_name.removesuffix("DatabaseDialect"), {})
    return next((trouble for trouble, known in codes.items() if code in known), None)


_SQLITE: Final[Mapping[int, Trouble]] = {
    3: Trouble.PERMISSION,
    4: Trouble.CANCELLED,
    5: Trouble.LOCK,
    6: Trouble.LOCK,
    7: Trouble.RESOURCES,
    8: Trouble.PERMISSION,
    9: Trouble.CANCELLED,
    10: Trouble.RESOURCES,
    13: Trouble.RESOURCES,
    14: Trouble.MISSING,
    15: Trouble.LOCK,
    17: Trouble.SERIALIZATION,  # the schema changed
    18: Trouble.DATA,
    19: Trouble.CONSTRAINT,
    20: Trouble.DATA,
    23: Trouble.PERMISSION,
    25: Trouble.STATEMENT,
}
"""SQLite's primary result codes."""

_CODES: Final[Mapping[str, Mapping[Trouble, frozenset[int]]]] = {
    "MySql": {
        Trouble.CONNECTION: frozenset(
            {1042, 1047, 1053, 1077, 1080, 1152, 1153, 1158, 1159, 1160, 1161, 1184, 1927}
            | {2002, 2003, 2005, 2006, 2012, 2013, 2014, 2027, 2055, 4031}
            | {1290, 1792, 1836}  # read-only: after a failover another server can write
        ),
        Trouble.DEADLOCK: frozenset({1213, 1614, 3058}),
        Trouble.SERIALIZATION: frozenset({1020, 1412, 1615}),
        Trouble.LOCK: frozenset({1205, 1099, 1100, 1223, 3572}),
        Trouble.RESOURCES: frozenset(
            {1021, 1030, 1037, 1038, 1040, 1041, 1114, 1135, 1203, 1226, 1129, 3032}
        ),
        Trouble.CANCELLED: frozenset({1317, 1969, 3024}),
        Trouble.LOGIN: frozenset(
            {1044, 1045, 1130, 1251, 1698, 1820, 1862, 3118, 3159, 2059, 2061}
        ),
        Trouble.PERMISSION: frozenset({1142, 1143, 1227, 1370, 1410}),
        Trouble.MISSING: frozenset({1049, 1051, 1054, 1091, 1146, 1305}),
        Trouble.DATA: frozenset({1264, 1265, 1292, 1366, 1367, 1406, 1416, 1441, 1690, 3140, 3141}),
        Trouble.CONSTRAINT: frozenset(
            {1048, 1062, 1169, 1216, 1217, 1364, 1451, 1452, 1557, 1586, 1644, 1761, 1762}
            | {3819, 4025}
        ),
        Trouble.STATEMENT: frozenset({1050, 1060, 1064, 1065, 1101, 1118, 1149, 1170, 1136}),
    },
    "Oracle": {
        Trouble.CONNECTION: frozenset(
            {28, 1012, 1033, 1034, 1041, 1089, 1090, 1092, 3113, 3114, 3135, 12153, 12514, 12528}
            | {12537, 12541, 12543, 12545, 12547, 12570, 12571, 12583, 16456, 25408}
            | {1001, 4011, 6000, 6001, 6003, 6005}  # python-oracledb's own (DPY-…)
        ),
        Trouble.DEADLOCK: frozenset({60}),
        Trouble.SERIALIZATION: frozenset({8177, 4068}),
        Trouble.LOCK: frozenset({54, 30006}),
        Trouble.RESOURCES: frozenset({18, 20, 1536, 1555, 1652, 1653, 1654, 4031, 12516, 12518}),
        Trouble.CANCELLED: frozenset({1013, 40}),
        Trouble.LOGIN: frozenset({1005, 1017, 1045, 28000, 28001, 28002}),
        Trouble.PERMISSION: frozenset({1031, 1720, 1950}),
        Trouble.MISSING: frozenset({904, 942, 1435, 2289, 4043}),
        Trouble.DATA: frozenset(
            {1426, 1438, 1457, 1460, 1461, 1722, 1830, 1839, 1841, 1843, 1847, 1858, 1861, 12899}
            | {932}
        ),
        Trouble.CONSTRAINT: frozenset({1, 1400, 1407, 2290, 2291, 2292}),
        Trouble.STATEMENT: frozenset({900, 903, 905, 907, 911, 917, 923, 933, 936, 955, 1430}),
    },
    "SqlServer": {
        Trouble.CONNECTION: frozenset(
            {64, 121, 233, 596, 976, 978, 983, 6005, 10053, 10054, 10060, 20002, 20003, 20004}
            | {20006, 20009, 20047, 40197, 40501, 40613, 49918, 49919, 49920, 3906}
        ),
        Trouble.DEADLOCK: frozenset({1205}),
        Trouble.SERIALIZATION: frozenset({3960, 3961}),
        Trouble.LOCK: frozenset({1222}),
        Trouble.RESOURCES: frozenset({701, 1101, 1105, 9002, 10928, 10929}),
        Trouble.CANCELLED: frozenset({3617}),
        Trouble.LOGIN: frozenset({4060, 18452, 18456, 18486, 18487, 18488}),
        Trouble.PERMISSION: frozenset({229, 230, 262, 297, 916}),
        Trouble.MISSING: frozenset({207, 208, 911, 2812}),
        Trouble.DATA: frozenset(
            {206, 220, 232, 241, 242, 244, 245, 248, 257, 529, 2628, 8114, 8115}
        )
        | frozenset({8152}),
        Trouble.CONSTRAINT: frozenset({515, 547, 2601, 2627}),
        Trouble.STATEMENT: frozenset({102, 105, 156, 170, 213, 2705, 2714}),
    },
}
"""Numbers of errors that carry no SQLState."""
