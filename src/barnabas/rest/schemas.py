# SPDX-License-Identifier: Apache-2.0
"""What ``/openapi.json`` says about bodies and parameters, which handlers read by hand."""

from __future__ import annotations

import dataclasses
from typing import Any

from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import (
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    Parameter,
    RequestBody,
    Schema,
)

from barnabas.rest.asgi import ErrorMessage

__all__ = [
    "CONFIG",
    "CREATE_CONNECTOR",
    "FORWARD",
    "LEVEL",
    "OFFSETS",
    "TASK_CONFIGS",
    "answers",
    "operation",
]

FORWARD = "Whether a worker that was forwarded this may forward it; for workers among themselves."

_TEXT = Schema(type=OpenAPIType.STRING)
_ANY_OBJECT = Schema(type=[OpenAPIType.OBJECT, OpenAPIType.NULL])

CONFIG = Schema(
    type=OpenAPIType.OBJECT,
    additional_properties=Schema(type=[OpenAPIType.STRING, OpenAPIType.NULL]),
    description="Settings by name; numbers and booleans are taken as text.",
)
CREATE_CONNECTOR = Schema(
    type=OpenAPIType.OBJECT,
    required=["name", "config"],
    additional_properties=False,
    properties={
        "name": _TEXT,
        "config": CONFIG,
        "initial_state": Schema(
            type=[OpenAPIType.STRING, OpenAPIType.NULL], enum=["RUNNING", "PAUSED", "STOPPED", None]
        ),
    },
)
OFFSETS = Schema(
    type=OpenAPIType.OBJECT,
    required=["offsets"],
    additional_properties=False,
    properties={
        "offsets": Schema(
            type=OpenAPIType.ARRAY,
            items=Schema(
                type=OpenAPIType.OBJECT,
                additional_properties=False,
                properties={"partition": _ANY_OBJECT, "offset": _ANY_OBJECT},
            ),
        )
    },
)
LEVEL = Schema(type=OpenAPIType.OBJECT, required=["level"], properties={"level": _TEXT})
TASK_CONFIGS = Schema(type=OpenAPIType.ARRAY, items=CONFIG)


def answers(body: Any, status: int = 200, *, also: int | None = None) -> dict[int, ResponseSpec]:
    """Describe the answers of a resource: its success, and errors.

    Args:
        body: Type of the body on success, None when there is none.
        status: Status on success.
        also: Another status of success with the same body.
    """
    success = ResponseSpec(data_container=body, generate_examples=False, description="Done")
    error = ResponseSpec(
        data_container=ErrorMessage, generate_examples=False, description="An error"
    )
    specs = {status: success, 400: error, 404: error, 500: error}
    return specs if also is None else {also: success, **specs}


def operation(body: Schema | None = None, **parameters: str) -> type[Operation]:
    """Describe body and query parameters of a resource.

    Args:
        body: What the body looks like, None when there is none.
        parameters: What each parameter of the query means, by name.
    """

    @dataclasses.dataclass
    class Described(Operation):
        def __post_init__(self) -> None:
            if body is not None:
                media_type = OpenAPIMediaType(schema=body)
                self.request_body = RequestBody({"application/json": media_type}, required=True)
            described = [
                Parameter(name, "query", schema=_TEXT, description=text, required=False)
                for name, text in parameters.items()
            ]
            self.parameters = [*(self.parameters or []), *described] or None

    return Described
