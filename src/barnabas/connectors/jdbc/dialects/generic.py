# SPDX-License-Identifier: Apache-2.0
"""Any other database: SQLAlchemy's dialect for it knows quotes and types."""

from __future__ import annotations

import copy
import dataclasses
from typing import TYPE_CHECKING, Any

from barnabas import data
from barnabas.connectors.jdbc.dialects.dialect import Dialect, SinkField
from barnabas.errors import ConnectError

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

__all__ = ["GenericDialect"]

_DECIMAL_PRECISION = 38


class GenericDialect(Dialect):
    """SQL of a database of which SQLAlchemy knows more than we do.

    Differs: Java's generic dialect cannot create columns; this one asks SQLAlchemy for their types.
    """

    _engine_dialect: Any = None

    def adapted(self, engine_dialect: Any) -> Dialect:
        """Return a dialect with SQLAlchemy's quotes and types."""
        preparer = engine_dialect.identifier_preparer
        made = copy.copy(self)
        made.rules = dataclasses.replace(
            self.rules, opening=preparer.initial_quote, closing=preparer.final_quote
        )
        made._engine_dialect = engine_dialect  # noqa: SLF001 - it is a copy of this one
        return made

    def column_type(self, field: SinkField) -> str:
        """Name the column type for a field as SQLAlchemy does.

        Raises:
            ConnectError: SQLAlchemy's dialect has no such type.
        """
        from sqlalchemy import exc

        wanted = None if self._engine_dialect is None else _engine_type(field)
        if wanted is None:
            return super().column_type(field)
        try:
            return str(wanted.compile(dialect=self._engine_dialect))
        except exc.SQLAlchemyError as error:
            message = f"{self._unmapped(field)}: {error}"
            raise ConnectError(message) from error


def _engine_type(field: SinkField) -> TypeEngine[Any] | None:
    from sqlalchemy import types

    schema = field.schema
    if field.timestamp_digits is not None or schema.name == data.LOGICAL_TIMESTAMP:
        return types.TIMESTAMP()
    if schema.name == data.LOGICAL_DECIMAL:
        return types.NUMERIC(_DECIMAL_PRECISION, data.decimal_scale(schema))
    if schema.name == data.LOGICAL_DATE:
        return types.DATE()
    if schema.name == data.LOGICAL_TIME:
        return types.TIME()
    if schema.type is data.Type.STRING and field.is_key:
        return types.VARCHAR(256)
    return _plain_type(schema.type)


def _plain_type(kind: data.Type) -> TypeEngine[Any] | None:
    from sqlalchemy import types

    made: dict[data.Type, TypeEngine[Any]] = {
        data.Type.INT8: types.SmallInteger(),
        data.Type.INT16: types.SmallInteger(),
        data.Type.INT32: types.Integer(),
        data.Type.INT64: types.BigInteger(),
        data.Type.FLOAT32: types.REAL(),
        data.Type.FLOAT64: types.Double(),
        data.Type.BOOLEAN: types.Boolean(),
        data.Type.STRING: types.Text(),
        data.Type.BYTES: types.LargeBinary(),
    }
    return made.get(kind)
