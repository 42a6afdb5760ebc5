# SPDX-License-Identifier: Apache-2.0
"""Which settings of its Kafka clients a connector may override.

A policy looks at the overrides of one client, without their prefix, and returns one
`ConfigValue` for each, with an error where it does not allow it.

Source:
    Apache Kafka ``connector/policy``; KIP-458; reference/configs.md, section 6.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from barnabas.config import ConfigValue, nearest_name
from barnabas.errors import ConfigError

__all__ = ["OverridePolicy", "allowed_overrides", "make_policy"]

_PACKAGE: Final = "org.apache.kafka.connect.connector.policy."
_SUFFIX: Final = "ConnectorClientConfigOverridePolicy"
_NAMES: Final = ("All", "None", "Principal", "Allowlist")
_PRINCIPAL: Final = frozenset({"sasl.jaas.config", "sasl.mechanism", "security.protocol"})


@dataclass(frozen=True, slots=True)
class OverridePolicy:
    """A named set of allowed settings; None allows all."""

    name: str
    allowed: Collection[str] | None

    def validate(self, overrides: Mapping[str, object]) -> list[ConfigValue]:
        """Judge the overrides of one client, in their order."""
        return [self._judge(name, value) for name, value in overrides.items()]

    def _judge(self, name: str, value: object) -> ConfigValue:
        answer = ConfigValue(name, value)
        if self.allowed is not None and name not in self.allowed:
            answer.add_error(
                f"The '{self.name}' policy does not allow '{name}' to be overridden in the "
                "connector configuration."
            )
        return answer


def make_policy(name: str, allowlist: Sequence[str] = ()) -> OverridePolicy:
    """Make a policy by its short name, its class name or its full Java class name.

    Args:
        name: Value of ``connector.client.config.override.policy``.
        allowlist: Value of ``connector.client.config.override.allowlist``.

    Raises:
        ConfigError: There is no such policy.
    """
    short = name.removeprefix(_PACKAGE).removesuffix(_SUFFIX)
    if short not in _NAMES:
        near = nearest_name(short, _NAMES)
        hint = "" if near is None else f" Did you mean {near}?"
        message = (
            f"Invalid value {name} for configuration connector.client.config.override.policy: "
            f"must be one of {', '.join(_NAMES)}.{hint}"
        )
        raise ConfigError(message)
    allowed: Mapping[str, Collection[str] | None] = {
        "All": None,
        "None": frozenset(),
        "Principal": _PRINCIPAL,
        "Allowlist": frozenset(allowlist),
    }
    return OverridePolicy(short, allowed[short])


def allowed_overrides(policy: OverridePolicy, overrides: Mapping[str, object]) -> dict[str, object]:
    """Give the overrides of one client, once more checked, to the one who makes it.

    Raises:
        ConfigError: The policy does not allow one of them.
    """
    errors = [error for value in policy.validate(overrides) for error in value.errors]
    if errors:
        message = f"Client Config Overrides not allowed [{', '.join(errors)}]"
        raise ConfigError(message)
    return dict(overrides)
