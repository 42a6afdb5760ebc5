# SPDX-License-Identifier: Apache-2.0
"""Answers vectors about the group protocol and its assignor; neither exists yet."""

from __future__ import annotations

from tests.compat.vector_notation import Json


def unsupported(vector: Json) -> Json | None:
    """Say that the part the vector asks about is not built yet."""
    del vector
    return None
