# SPDX-License-Identifier: Apache-2.0
"""Settings of a plugin, declared once.

A plugin lists its settings in a class::

    class FileSourceConfig(Config):
        path = Option("file", str, None, "File to read; standard input when absent.")
        batch_size = Option("batch.size", int, 2000, "Most lines one poll returns.")

and has the parsing, the ``/validate`` answer (`Config.definition`), typed attributes (``path`` is
``str | None``, ``batch_size`` is ``int``) and the reference page (`Config.describe`) from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import (
    Any,
    ClassVar,
    Final,
    Generic,
    Literal,
    Self,
    TypedDict,
    TypeVar,
    Unpack,
    overload,
)

from barnabas.config.definition import ConfigDef
from barnabas.config.key import ConfigKey
from barnabas.config.password import Password
from barnabas.config.recommenders import Recommender
from barnabas.config.types import ConfigType, Importance, NoDefault, Width
from barnabas.config.validators import Check

__all__ = ["Config", "Option", "OptionAttributes"]

T_co = TypeVar("T_co", covariant=True)

_TYPES: Final[Mapping[Any, ConfigType]] = {
    bool: ConfigType.BOOLEAN,
    int: ConfigType.INT,
    float: ConfigType.DOUBLE,
    str: ConfigType.STRING,
    list: ConfigType.LIST,
    Password: ConfigType.PASSWORD,
}

_Boolean = type[bool] | Literal[ConfigType.BOOLEAN]
_Integer = type[int] | Literal[ConfigType.INT, ConfigType.SHORT, ConfigType.LONG]
_Double = type[float] | Literal[ConfigType.DOUBLE]
_Text = type[str] | Literal[ConfigType.STRING, ConfigType.CLASS]
_List = type[list[Any]] | Literal[ConfigType.LIST]
_Secret = type[Password] | Literal[ConfigType.PASSWORD]


class OptionAttributes(TypedDict, total=False):
    """What else an `Option` may say; see `ConfigKey`."""

    importance: Importance
    validator: Check | None
    group: str | None
    order_in_group: int
    width: Width
    display_name: str
    dependents: Sequence[str]
    recommender: Recommender | None
    internal: bool


class Option(Generic[T_co]):
    """One setting of a `Config` class; reading it from an instance gives the parsed value.

    Args:
        name: The setting's name, as users write it.
        kind: ``bool``, ``int`` (32 bits), ``float``, ``str``, ``list`` or ``Password``, or a
            `ConfigType` for the others: SHORT, LONG, CLASS.
        default: The value when the user gives none; `NO_DEFAULT` makes the setting required.
        documentation: What it does, for the reference page and the REST API.
        attributes: See `OptionAttributes`. Importance is MEDIUM unless given.
    """

    @overload
    def __init__(
        self: Option[bool],
        name: str,
        kind: _Boolean,
        default: bool | NoDefault,
        documentation: str,
        **attributes: Unpack[OptionAttributes],
    ) -> None: ...
    @overload
    def __init__(
        self: Option[bool | None],
        name: str,
        kind: _Boolean,
        default: None,
        documentation: str,
        **attributes: Unpack[OptionAttributes],
    ) -> None: ...
    @overload
    def __init__(
        self: Option[int],
        name: str,
        kind: _Integer,
        default: int | NoDefault,
        documentation: str,
        **attributes: Unpack[OptionAttributes],
    ) -> None: ...
    @overload
    def __init__(
        self: Option[int | None],
        name: str,
        kind: _Integer,
        default: None,
        documentation: str,
        **attributes: Unpack[OptionAttributes],
    ) -> None: ...
    @overload
    def __init__(
        self: Option[float],
        name: str,
        kind: _Double,
        default: float | NoDefault,
        documentation: str,
        **attributes: Unpack[OptionAttributes],
    ) -> None: ...
    @overload
    def __init__(
        self: Option[float | None],
        name: str,
        kind: _Double,
        default: None,
        documentation: str,
        **attributes: Unpack[OptionAttributes],
    ) -> None: ...
    @overload
    def __init__(
        self: Option[str],
        name: str,
        kind: _Text,
        default: str | NoDefault,
        documentation: str,
        **attributes: Unpack[OptionAttributes],
    ) -> None: ...
    @overload
    def __init__(
        self: Option[str | None],
        name: str,
        kind: _Text,
        default: None,
        documentation: str,
        **attributes: Unpack[OptionAttributes],
    ) -> None: ...
    @overload
    def __init__(
        self: Option[list[str]],
        name: str,
        kind: _List,
        default: Sequence[str] | NoDefault,
        documentation: str,
        **attributes: Unpack[OptionAttributes],
    ) -> None: ...
    @overload
    def __init__(
        self: Option[list[str] | None],
        name: str,
        kind: _List,
        default: None,
        documentation: str,
        **attributes: Unpack[OptionAttributes],
    ) -> None: ...
    @overload
    def __init__(
        self: Option[Password],
        name: str,
        kind: _Secret,
        default: str | Password | NoDefault,
        documentation: str,
        **attributes: Unpack[OptionAttributes],
    ) -> None: ...
    @overload
    def __init__(
        self: Option[Password | None],
        name: str,
        kind: _Secret,
        default: None,
        documentation: str,
        **attributes: Unpack[OptionAttributes],
    ) -> None: ...
    def __init__(
        self, name: str, kind: Any, default: Any, documentation: str, **attributes: Any
    ) -> None:
        attributes["dependents"] = tuple(attributes.get("dependents", ()))
        self.key = ConfigKey(
            name=name,
            type=kind if isinstance(kind, ConfigType) else _TYPES[kind],
            default=default,
            documentation=documentation,
            **attributes,
        )

    @property
    def name(self) -> str:
        """The setting's name."""
        return self.key.name

    @overload
    def __get__(self, instance: None, owner: type[Config]) -> Self: ...
    @overload
    def __get__(self, instance: Config, owner: type[Config]) -> T_co: ...
    def __get__(self, instance: Config | None, owner: type[Config]) -> Any:
        """Give the parsed value, or the option itself when asked on the class."""
        return self if instance is None else instance.values[self.key.name]


class Config:
    """The settings of one plugin, parsed from what the user wrote.

    Subclasses hold `Option` attributes; those of a base class come first. An instance does not
    change.

    Args:
        props: Texts by name. Names nobody declared are kept in `originals` only.

    Raises:
        ConfigError: Something is missing or wrong; one line for each such setting.
    """

    open_prefixes: ClassVar[tuple[str, ...] | None] = None
    """Beginnings of the names a plugin reads from `originals` without declaring them.

    Validation warns of names nobody knows. Under these it only does so for what is one letter from
    a declared name. An empty tuple says that nothing undeclared is read, so that each other name is
    worth a warning; None, that nobody knows: then only names near a declared one are.
    """

    _definition: ClassVar[ConfigDef] = ConfigDef()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        options: dict[str, Option[Any]] = {}
        for base in reversed(cls.__mro__):
            for attribute, value in vars(base).items():
                if isinstance(value, Option):
                    options[attribute] = value
                elif attribute in options:
                    del options[attribute]
        cls._definition = ConfigDef(option.key for option in options.values())

    def __init__(self, props: Mapping[str, Any]) -> None:
        self.originals: Mapping[str, Any] = MappingProxyType(dict(props))
        """What the user wrote, all of it."""
        self.values: Mapping[str, Any] = MappingProxyType(self.definition().parse(props))
        """The parsed value of every declared setting, by its name."""

    @classmethod
    def definition(cls) -> ConfigDef:
        """The definitions of all settings, for validation and reference. Do not change it."""
        return cls._definition

    @classmethod
    def describe(cls) -> str:
        """Write the reference of these settings in Markdown."""
        return cls.definition().describe()

    def problems(self) -> Mapping[str, str]:
        """Say what is wrong with settings that depend on one another: a sentence by name.

        Validation asks a transformation or predicate for it, when each setting is right by itself.
        A class that is configured with such settings raises ConfigError.
        """
        return {}

    def originals_with_prefix(self, prefix: str, *, strip: bool = True) -> dict[str, Any]:
        """Pick what the user wrote under a prefix; the name must be longer than the prefix.

        Args:
            prefix: Beginning of the names, with its dot.
            strip: Whether to cut the prefix off.
        """
        return dict(_with_prefix(self.originals, prefix, strip=strip))

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def __reduce__(self) -> tuple[type[Self], tuple[dict[str, Any]]]:
        return type(self), (dict(self.originals),)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({dict(self.values)!r})"


def _with_prefix(
    props: Mapping[str, Any], prefix: str, *, strip: bool
) -> Iterator[tuple[str, Any]]:
    for name, value in props.items():
        if name.startswith(prefix) and len(name) > len(prefix):
            yield (name[len(prefix) :] if strip else name), value
