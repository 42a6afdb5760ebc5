# SPDX-License-Identifier: Apache-2.0
"""Which table the records of a topic go to. Pure.

Source: reference page ``jdbc``, section 6 (``table.name.format``) and Aiven's settings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from barnabas.errors import ConnectError

__all__ = ["table_name"]

_TOPIC: Final = "${topic}"
_ODD_CHARACTER: Final = re.compile(r"[^a-zA-Z0-9_]")


def table_name(
    topic: str, name_format: str, *, mapping: Mapping[str, str], normalize: bool = False
) -> str:
    """Name the table for a topic, as text that is still to be parsed.

    Args:
        topic: The topic.
        name_format: ``table.name.format``.
        mapping: Table by topic; when not empty it alone decides.
        normalize: Whether odd characters become ``_``; names in the mapping stay as they are.

    Raises:
        ConnectError: The name would be empty.
    """
    if mapping:
        name = mapping.get(topic, "")
    else:
        name = name_format.strip().replace(_TOPIC, topic)
        if normalize:
            name = _ODD_CHARACTER.sub("_", name)
    if not name:
        pairs = ",".join(f"{each}->{table}" for each, table in mapping.items())
        message = (
            f"Destination table for the topic: '{topic}' couldn't be found in the topics to tables"
            f" mapping: '{pairs}' and couldn't be generated for the format string '{name_format}'"
        )
        raise ConnectError(message)
    return name
