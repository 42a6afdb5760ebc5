# SPDX-License-Identifier: Apache-2.0
"""`ConfigDef`: an ordered set of settings that parses, validates and describes itself.

`parse` is for starting something: it needs every value to be right. `validate` is for telling a
user about a configuration: it never raises for a wrong value but lists what is wrong per setting.

Validation walks the settings from those no other setting names as its dependent to their
dependents. A value that cannot be parsed counts as null for the validator, so a setting may collect
two messages: the one of the parser and the one about null. That is Java's behaviour.

Source:
    Apache Kafka ConfigDef.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Self

from barnabas.config.key import ConfigKey, ConfigValue
from barnabas.config.recommenders import Recommender
from barnabas.config.types import (
    NO_DEFAULT,
    ClassFinder,
    ConfigType,
    Importance,
    format_value,
    parse_type,
)
from barnabas.config.validators import Check, Validator
from barnabas.errors import ConfigError

__all__ = ["ConfigDef"]

_IMPORTANCE_ORDER = {importance: place for place, importance in enumerate(Importance)}


def missing(name: str) -> str:
    """Say that a required setting is absent."""
    return f'Missing required configuration "{name}" which has no default value.'


class ConfigDef:
    """The definitions of a set of settings, in order."""

    def __init__(self, keys: Iterable[ConfigKey] = ()) -> None:
        self._keys: dict[str, ConfigKey] = {}
        self._groups: list[str] = []
        for key in keys:
            self.add(key)

    @property
    def keys(self) -> Mapping[str, ConfigKey]:
        """Definitions by name, in order."""
        return MappingProxyType(self._keys)

    @property
    def groups(self) -> list[str]:
        """Names of the groups, in the order of their first setting."""
        return list(self._groups)

    def __iter__(self) -> Iterator[ConfigKey]:
        return iter(self._keys.values())

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, name: object) -> bool:
        return name in self._keys

    def __getitem__(self, name: str) -> ConfigKey:
        return self._keys[name]

    def define(
        self, name: str, kind: ConfigType, default: Any, documentation: str, **attributes: Any
    ) -> Self:
        """Add a setting; the other attributes of `ConfigKey` by keyword.

        Raises:
            ConfigError: The name is taken, or the default is not valid.
        """
        key = ConfigKey(
            name=name, type=kind, default=default, documentation=documentation, **attributes
        )
        return self.add(key)

    def add(self, key: ConfigKey) -> Self:
        """Add a definition; in a group it gets the next place unless it has one.

        Raises:
            ConfigError: The name is taken.
        """
        if key.name in self._keys:
            message = f"Configuration {key.name} is defined twice."
            raise ConfigError(message)
        if key.group is not None:
            if key.group not in self._groups:
                self._groups.append(key.group)
            if key.order_in_group < 0:
                key = key.changed(order_in_group=self._next_place(key.group))
        self._keys[key.name] = key
        return self

    def _next_place(self, group: str) -> int:
        places = [key.order_in_group for key in self if key.group == group]
        return max(places, default=-1) + 1

    def merge(self, other: ConfigDef) -> Self:
        """Add the definitions of another set whose names are still free."""
        for key in other:
            if key.name not in self._keys:
                self.add(key)
        return self

    def copy(self) -> ConfigDef:
        """Make a set of the same definitions."""
        return ConfigDef(self)

    def embed(self, prefix: str, group: str, start: int, child: ConfigDef) -> Self:
        """Add the settings of a plugin under a prefix, as those of a transform are.

        They come in the order of `sorted_keys`, counted from start within the group. Validators
        and recommenders go on seeing the names without the prefix.
        """
        for place, key in enumerate(child.sorted_keys(), start):
            embedded = key.changed(
                name=prefix + key.name,
                display_name=key.display_name,
                validator=_without_prefix(prefix, key.validator),
                recommender=_recommend_without_prefix(prefix, key.recommender),
                dependents=tuple(prefix + name for name in key.dependents),
                group=group if key.group is None else f"{group}: {key.group}",
                order_in_group=place,
            )
            self.add(embedded)
        return self

    def sorted_keys(self) -> list[ConfigKey]:
        """Definitions by group, place, required first, importance, name."""
        groups: dict[str | None, int] = {None: -1}
        groups.update((group, place) for place, group in enumerate(self._groups))
        return sorted(
            self,
            key=lambda key: (
                groups[key.group],
                key.order_in_group,
                not key.required,
                _IMPORTANCE_ORDER[key.importance],
                key.name,
            ),
        )

    def parse(
        self, props: Mapping[str, Any], find_class: ClassFinder | None = None
    ) -> dict[str, object]:
        """Read the value of every defined setting; other names are ignored.

        Raises:
            ConfigError: Something is missing or wrong; one line for each such setting.
        """
        undefined = self._undefined_dependents()
        if undefined:
            names = ", ".join(undefined)
            message = f"Some configurations are referred to as dependents, but not defined: {names}"
            raise ConfigError(message)
        parsed: dict[str, object] = {}
        errors: list[str] = []
        for key in self:
            try:
                parsed[key.name] = self._parse_one(key, props, find_class)
            except ConfigError as error:
                errors.append(error.message)
        if errors:
            raise ConfigError("\n".join(errors))
        return parsed

    @staticmethod
    def _parse_one(
        key: ConfigKey, props: Mapping[str, Any], find_class: ClassFinder | None
    ) -> object:
        if key.name in props:
            value = parse_type(key.name, props[key.name], key.type, find_class)
        elif key.default is NO_DEFAULT:
            raise ConfigError(missing(key.name))
        else:
            value = key.default
        if key.validator is not None:
            key.validator(key.name, value)
        return value

    def validate(
        self, props: Mapping[str, Any], find_class: ClassFinder | None = None
    ) -> list[ConfigValue]:
        """Say for each setting what its value is and what is wrong with it, in order."""
        return list(self.validate_all(props, find_class).values())

    def validate_all(
        self, props: Mapping[str, Any], find_class: ClassFinder | None = None
    ) -> dict[str, ConfigValue]:
        """Do the same as `validate`, by name."""
        values = {name: ConfigValue(name) for name in self._keys}
        for name in self._undefined_dependents():
            message = f"{name} is referred in the dependents, but not defined."
            values[name] = ConfigValue(name, errors=[message], visible=False)
        parsed: dict[str, object] = {}
        roots = self._names_without_parent()
        for name in roots:
            self._parse_tree(name, props, find_class, values, parsed)
        for name in roots:
            self._recommend_tree(name, values, parsed)
        return values

    def _parse_tree(
        self,
        name: str,
        props: Mapping[str, Any],
        find_class: ClassFinder | None,
        values: dict[str, ConfigValue],
        parsed: dict[str, object],
    ) -> None:
        key = self._keys.get(name)
        if key is None:
            return
        answer = values[name]
        value: object = None
        try:
            if name in props:
                value = parse_type(name, props[name], key.type, find_class)
            elif key.default is NO_DEFAULT:
                answer.add_error(missing(name))
            else:
                value = key.default
        except ConfigError as error:
            answer.add_error(error.message)
        try:
            if key.validator is not None:
                key.validator(name, value)
        except ConfigError as error:
            answer.add_error(error.message)
        answer.value = value
        parsed[name] = value
        for dependent in key.dependents:
            self._parse_tree(dependent, props, find_class, values, parsed)

    def _recommend_tree(
        self, name: str, values: dict[str, ConfigValue], parsed: Mapping[str, object]
    ) -> None:
        key = self._keys.get(name)
        if key is None:
            return
        if key.recommender is not None:
            self._recommend(key.recommender, values[name], parsed)
        for dependent in key.dependents:
            self._recommend_tree(dependent, values, parsed)

    @staticmethod
    def _recommend(
        recommender: Recommender, answer: ConfigValue, parsed: Mapping[str, object]
    ) -> None:
        try:
            offered = list(recommender.valid_values(answer.name, parsed))
            earlier = answer.recommended_values
            answer.recommended_values = [v for v in offered if not earlier or v in earlier]
            answer.visible = recommender.visible(answer.name, parsed)
        except ConfigError as error:
            answer.add_error(error.message)

    def _undefined_dependents(self) -> list[str]:
        named = dict.fromkeys(name for key in self for name in key.dependents)
        return [name for name in named if name not in self._keys]

    def _names_without_parent(self) -> list[str]:
        children = {name for key in self for name in key.dependents}
        return [name for name in self._keys if name not in children]

    def unknown_names(self, props: Iterable[str]) -> list[str]:
        """Say which of these names are not defined here, in their order."""
        return [name for name in props if name not in self._keys]

    def describe(self) -> str:
        """Write the reference of these settings in Markdown, by group, without internal ones."""
        parts: list[str] = []
        group: str | None = None
        for key in self.sorted_keys():
            if key.internal:
                continue
            if key.group != group:
                group = key.group
                parts.append(f"## {group}\n")
            parts.append(_describe_key(key))
        return "\n".join(parts)


def _describe_key(key: ConfigKey) -> str:
    facts = [
        ("Type", key.type.value.lower()),
        ("Default", _describe_default(key)),
        ("Importance", key.importance.value.lower()),
    ]
    if isinstance(key.validator, Validator):
        facts.insert(2, ("Valid", str(key.validator)))
    lines = [f"### `{key.name}`", "", key.documentation, ""]
    lines += [f"- {name}: {text}" for name, text in facts]
    return "\n".join([*lines, ""])


def _describe_default(key: ConfigKey) -> str:
    if key.required:
        return "none, required"
    text = format_value(key.default, key.type)
    if text is None:
        return "null"
    return f"`{text}`" if text else "empty"


def _without_prefix(prefix: str, check: Check | None) -> Validator | None:
    if check is None:
        return None
    text = str(check) if isinstance(check, Validator) else ""
    return Validator(lambda name, value: check(name.removeprefix(prefix), value), text)


def _recommend_without_prefix(prefix: str, recommender: Recommender | None) -> Recommender | None:
    if recommender is None:
        return None

    def plain(parsed: Mapping[str, object]) -> dict[str, object]:
        return {
            name.removeprefix(prefix): value
            for name, value in parsed.items()
            if name.startswith(prefix)
        }

    return Recommender(
        valid_values=lambda name, parsed: recommender.valid_values(
            name.removeprefix(prefix), plain(parsed)
        ),
        visible=lambda name, parsed: recommender.visible(name.removeprefix(prefix), plain(parsed)),
    )
