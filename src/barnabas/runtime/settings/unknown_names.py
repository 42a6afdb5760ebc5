# SPDX-License-Identifier: Apache-2.0
"""Names in a configuration that nobody knows, and the ones they are probably meant for. Pure.

A configuration is one flat map, but its names belong to many: the framework, the connector, each
transform, each client. A `Scope` is what one of them knows, under its prefix; a name is compared
with those of the scope with the longest prefix only, and without the prefix, because a long prefix
would make any two names look alike.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from barnabas.config import is_one_slip, nearest_name

__all__ = ["Scope", "unknown_name_warnings"]

_FORMER: Final = {"blacklist": "exclude", "whitelist": "include"}
"""Names that Kafka gave up; ReplaceField's old ones have been silently ignored since 4.0."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that somebody knows under a prefix."""

    prefix: str
    """With its dot; empty for names without one."""
    names: Collection[str]
    """What may follow the prefix."""
    owner: str = ""
    """Who ignores all other names; empty when they may mean something to somebody."""
    open_prefixes: tuple[str, ...] = ()
    """Beginnings of names that are read without being declared."""
    consequence: str = "and has no effect"
    """What becomes of a name the owner does not know."""

    def warning(self, name: str, props: Mapping[str, Any]) -> str | None:
        """Say what is suspicious about a name of this scope; None when nothing is."""
        rest = name.removeprefix(self.prefix)
        if rest in self.names:
            return None
        is_open = rest.startswith(self.open_prefixes) and rest not in self.open_prefixes
        near = self._one_slip_from(rest) if is_open else self._near(rest)
        if near is not None and self.prefix + near not in props:
            return f"The setting {name} is not known. Did you mean {self.prefix}{near}?"
        if self.owner and not is_open:
            return f"The setting {name} is not known to {self.owner} {self.consequence}."
        return None

    def _near(self, rest: str) -> str | None:
        former = _FORMER.get(rest)
        return former if former in self.names else nearest_name(rest, self.names)

    def _one_slip_from(self, rest: str) -> str | None:
        return next((name for name in sorted(self.names) if is_one_slip(rest, name)), None)


def unknown_name_warnings(
    props: Mapping[str, Any], scopes: Iterable[Scope], *, besides: Collection[str] = ()
) -> list[str]:
    """Write one sentence for each name that has no effect or looks like a slip, in their order.

    Args:
        props: The configuration.
        scopes: Who knows which names. A name no scope has a prefix for is left alone.
        besides: Names that others have looked at already.
    """
    longest_first = sorted(scopes, key=lambda scope: -len(scope.prefix))
    warnings = []
    for name in props:
        if name in besides:
            continue
        scope = next((each for each in longest_first if name.startswith(each.prefix)), None)
        warning = None if scope is None else scope.warning(name, props)
        if warning is not None:
            warnings.append(warning)
    return warnings
