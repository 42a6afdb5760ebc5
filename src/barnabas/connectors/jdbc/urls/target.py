# SPDX-License-Identifier: Apache-2.0
"""What a URL of a database says, for a Python driver."""

from __future__ import annotations

import dataclasses
from typing import Any

__all__ = ["Target"]


@dataclasses.dataclass(slots=True)
class Target:
    """A database and how to log in to it, in the words of its Python driver."""

    driver: str
    """SQLAlchemy's name of dialect and driver, such as ``postgresql+psycopg``."""
    user: str | None = None
    password: str | None = dataclasses.field(default=None, repr=False)
    host: str | None = None
    port: int | None = None
    database: str | None = None
    query: dict[str, str] = dataclasses.field(default_factory=dict, repr=False)
    """Options SQLAlchemy hands to the driver."""
    connect_args: dict[str, Any] = dataclasses.field(default_factory=dict, repr=False)
    """Further arguments of the driver's ``connect``."""
    session: list[str] = dataclasses.field(default_factory=list)
    """Statements to run when connected."""
    sqlalchemy_text: str | None = dataclasses.field(default=None, repr=False)
    """The user's own URL where it was one of SQLAlchemy; None for a JDBC URL."""
