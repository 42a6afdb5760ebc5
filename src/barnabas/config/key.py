# SPDX-License-Identifier: Apache-2.0
"""One setting: its definition, and its value in an answer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from barnabas.config.types import (
    NO_DEFAULT,
    ConfigType,
    Importance,
    Width,
    format_value,
    parse_type,
)

if TYPE_CHECKING:
    from barnabas.config.recommenders import Recommender
    from barnabas.config.validators import Check

__all__ = ["ConfigKey", "ConfigValue"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigKey:
    """The definition of one setting.

    The default may be given as text; it is parsed and checked like a value.

    Attributes:
        order_in_group: Place in the group; -1 lets `ConfigDef.define` count when there is a group.
        display_name: Name for people; the setting's name when empty.
        internal: Left out of answers and reference pages.

    Raises:
        ConfigError: The default has the wrong type or is not valid.
    """

    name: str
    type: ConfigType
    default: object = NO_DEFAULT
    validator: Check | None = None
    importance: Importance = Importance.MEDIUM
    documentation: str = ""
    group: str | None = None
    order_in_group: int = -1
    width: Width = Width.NONE
    display_name: str = ""
    dependents: tuple[str, ...] = ()
    recommender: Recommender | None = None
    internal: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "display_name", self.display_name or self.name)
        object.__setattr__(self, "dependents", tuple(self.dependents))
        if self.default is not NO_DEFAULT:
            default = parse_type(self.name, self.default, self.type)
            object.__setattr__(self, "default", default)
            if self.validator is not None:
                self.validator(self.name, default)

    @property
    def required(self) -> bool:
        """Whether there is no default."""
        return self.default is NO_DEFAULT

    @property
    def default_text(self) -> str | None:
        """The default as REST answers show it; None when required or null."""
        return None if self.required else format_value(self.default, self.type)

    def changed(self, **changes: Any) -> ConfigKey:
        """Make a copy with other attributes."""
        return replace(self, **changes)


@dataclass(slots=True)
class ConfigValue:
    """What validation found out about one setting.

    Shape follows the REST answer: the parsed value (None when it could not be parsed), values to
    offer, sentences about what is wrong, and whether to show it.
    """

    name: str
    value: object = None
    recommended_values: list[object] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    visible: bool = True

    def add_error(self, message: str) -> None:
        """Note one more thing that is wrong."""
        self.errors.append(message)
