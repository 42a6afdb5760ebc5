# SPDX-License-Identifier: Apache-2.0
"""Checks of messages against their JSON Schema, for ``json.fail.invalid.schema=true``.

Numbers with a point are Decimal in schema and message, so that 19.99 is a multiple of 0.01.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from barnabas.converters.json_schema.loading import parse_json, schema_registry
from barnabas.converters.registered import load_library
from barnabas.errors import DataError

__all__ = ["Check", "check_for"]

Check: TypeAlias = Callable[[Any], None]
"""Raises DataError when a JSON value, decoded by `parse_payload`, does not follow the schema."""

_DRAFT_7 = "http://json-schema.org/draft-07/schema#"


def check_for(
    text: str, references: Mapping[str, str], *, ignore_modern_dialects: bool = False
) -> Check:
    """Make the check of a schema; done once for each.

    Args:
        text: The schema.
        references: Texts of the schemas it was registered with, by their names there.
        ignore_modern_dialects: Whether it is taken for draft 7 whatever it says.

    Raises:
        DataError: The schema is no JSON Schema.
        ConfigError: The libraries for JSON Schema are not installed.
    """
    jsonschema = load_library("jsonschema", extra="json-schema", converter="JsonSchemaConverter")
    import referencing.exceptions

    schema = parse_json(text)
    registry, _ = schema_registry(schema, references)
    dialect = {"$schema": _DRAFT_7} if ignore_modern_dialects else schema
    kind = jsonschema.validators.validator_for(dialect, default=jsonschema.Draft7Validator)
    try:
        kind.check_schema(schema)
    except jsonschema.SchemaError as error:
        message = f"Invalid JSON Schema: {error.message}"
        raise DataError(message) from error
    checker = kind.TYPE_CHECKER.redefine("integer", _is_integer)
    exact = jsonschema.validators.extend(kind, type_checker=checker)
    validator = exact(schema, registry=registry, format_checker=kind.FORMAT_CHECKER)

    def check(node: Any) -> None:
        try:
            error = jsonschema.exceptions.best_match(validator.iter_errors(node))
        except (referencing.exceptions.Unresolvable, RecursionError, ArithmeticError) as failure:
            message = f"JSON cannot be checked against its schema: {failure}"
            raise DataError(message) from failure
        if error is not None:
            message = (
                f"JSON does not match its schema: at {error.json_path}: {error.message[:300]};"
                " correct the value, or set json.fail.invalid.schema=false"
            )
            raise DataError(message)

    return check


def _is_integer(_checker: Any, node: Any) -> bool:
    if isinstance(node, Decimal):
        return node == node.to_integral_value()
    return isinstance(node, int) and not isinstance(node, bool)
