# SPDX-License-Identifier: Apache-2.0
"""Answers the recorded vectors of Java Kafka Connect with what Barnabas does.

`answer` is what ``vectors_check.py`` calls, ours and others'. Each kind of vector has a function of
its own, in a module that is imported when the first of its vectors comes, so that one broken part
does not hide the others.
"""

from __future__ import annotations

import importlib
import importlib.util
import site
import sys
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[2]


def _make_importable() -> None:
    """Let Barnabas be found when the adapter is run by a Python it is not installed in."""
    if importlib.util.find_spec("barnabas") is None:
        sys.path.insert(0, str(_ROOT / "src"))
    if importlib.util.find_spec("msgspec") is None:
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        site.addsitedir(str(_ROOT / ".venv" / "lib" / version / "site-packages"))


_make_importable()

from barnabas import errors  # noqa: E402 - only now it can be found

_KINDS = {
    "values_parse": "data_vectors:values_parse",
    "values_convert": "data_vectors:values_convert",
    "infer_schema": "data_vectors:infer_schema",
    "validate_value": "data_vectors:validate_value",
    "project": "data_vectors:project",
    "conv_from": "converter_vectors:conv_from",
    "conv_to": "converter_vectors:conv_to",
    "header_from": "converter_vectors:header_from",
    "header_to": "converter_vectors:header_to",
    "configdef": "configdef_vectors:configdef",
    "plugin_config": "transform_vectors:plugin_config",
    "smt": "transform_vectors:smt",
    "predicate": "transform_vectors:predicate",
    "proto_metadata_v0": "group_vectors:proto_metadata_v0",
    "proto_assignment_v0": "group_vectors:proto_assignment_v0",
    "proto_metadata": "group_vectors:proto_metadata",
    "proto_assignment": "group_vectors:proto_assignment",
    "proto_request": "group_vectors:proto_request",
    "assignor": "group_vectors:assignor",
}

_JAVA_ERRORS: dict[type[errors.ConnectError], str] = {
    errors.ConnectError: "ConnectException",
    errors.DataError: "DataException",
    errors.SchemaBuilderError: "SchemaBuilderException",
    errors.SchemaProjectorError: "SchemaProjectorException",
    errors.RetriableError: "RetriableException",
    errors.NotFoundError: "NotFoundException",
    errors.AlreadyExistsError: "AlreadyExistsException",
    errors.BadRequestError: "BadRequestException",
    errors.IllegalStateError: "IllegalStateException",
    errors.UnsupportedError: "UnsupportedOperationException",
    errors.ConfigError: "ConfigException",
    errors.ProtocolError: "SchemaException",
}


def answer(vector: dict[str, Any]) -> dict[str, Any] | None:
    """Answer one vector (without its ``expect``) in the notation of the vectors.

    Returns:
        The answer, an error included; None when the part it asks about does not exist yet.
    """
    module, _, name = _KINDS[vector["kind"]].partition(":")
    function = getattr(importlib.import_module(f"tests.compat.{module}"), name)
    try:
        result: dict[str, Any] | None = function(vector)
    except errors.ConnectError as error:
        return {"error": _java_name(error), "message": error.message}
    return result


def _java_name(error: errors.ConnectError) -> str:
    return next(_JAVA_ERRORS[cls] for cls in type(error).__mro__ if cls in _JAVA_ERRORS)
