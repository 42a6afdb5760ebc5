# SPDX-License-Identifier: Apache-2.0
"""Which settings of its Kafka clients a connector may override.

A policy looks at the overrides of one client, without their prefix, and returns one
`ConfigValue` for each, with an error where it does not allow it.

Source:
    Apache Kafka ``connector/policy``; KIP-458; reference/configs.md, section 6.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from barnabas.api import ClientConfigOverridePolicy, ClientConfigRequest
from barnabas.config import ConfigValue, nearest_name
from barnabas.errors import ConfigError
from barnabas.runtime.settings.client_table import Client
from barnabas.runtime.settings.topic_creation import uses_topic_creation
from barnabas.runtime.settings.worker import WorkerConfig

__all__ = [
    "OverridePolicy",
    "check_overrides",
    "is_named_policy",
    "make_policy",
    "policy_request",
    "used_clients",
    "validated_clients",
]

_PACKAGE: Final = "org.apache.kafka.connect.connector.policy."
_SUFFIX: Final = "ConnectorClientConfigOverridePolicy"
_NAMES: Final = ("All", "None", "Principal", "Allowlist")
_PRINCIPAL: Final = frozenset({"sasl.jaas.config", "sasl.mechanism", "security.protocol"})
_POLICY: Final = "connector.client.config.override.policy"
_ALLOWLIST: Final = "connector.client.config.override.allowlist"
_TYPES: Final[Mapping[Client, Literal["PRODUCER", "CONSUMER", "ADMIN"]]] = {
    Client.PRODUCER: "PRODUCER",
    Client.CONSUMER: "CONSUMER",
    Client.ADMIN: "ADMIN",
}

Load = Callable[[str], type]
"""Imports the class of a user's policy by its name in the settings."""


@dataclass(frozen=True, slots=True)
class OverridePolicy(ClientConfigOverridePolicy):
    """A named set of allowed settings; None allows all."""

    name: str
    allowed: Collection[str] | None

    def validate(self, request: ClientConfigRequest) -> list[ConfigValue]:
        """Judge the overrides of one client, in their order."""
        return [self._judge(name, value) for name, value in request.overrides.items()]

    def _judge(self, name: str, value: object) -> ConfigValue:
        answer = ConfigValue(name, value)
        if self.allowed is not None and name not in self.allowed:
            answer.add_error(
                f"The '{self.name}' policy does not allow '{name}' to be overridden in the "
                "connector configuration."
            )
        return answer


def is_named_policy(name: str) -> bool:
    """Whether a policy comes with Barnabas, by its short name, class name or Java class name."""
    return _short(name) in _NAMES


def make_policy(worker: Mapping[str, Any], load: Load | None = None) -> ClientConfigOverridePolicy:
    """Make the policy a worker's settings name.

    Args:
        worker: The settings as given: ``connector.client.config.override.policy``, by default
            All, and ``….allowlist``.
        load: Imports a user's class; None when only Barnabas' own will do.

    Raises:
        ConfigError: There is no such policy, or it refuses the settings.
        PluginError: The class cannot be found or imported.
    """
    name = str(worker.get(_POLICY) or "All").strip()
    short = _short(name)
    if short in _NAMES:
        allowlist = str(worker.get(_ALLOWLIST) or "").split(",")
        allowed: Mapping[str, Collection[str] | None] = {
            "All": None,
            "None": frozenset(),
            "Principal": _PRINCIPAL,
            "Allowlist": frozenset(item.strip() for item in allowlist),
        }
        return OverridePolicy(short, allowed[short])
    if load is None or not ("." in name or ":" in name):
        raise _unknown(name, short)
    policy = load(name)()
    if not isinstance(policy, ClientConfigOverridePolicy):
        message = f"{_POLICY}: {name} is no ClientConfigOverridePolicy."
        raise ConfigError(message)
    policy.configure({key: str(value) for key, value in worker.items()})
    return policy


def _short(name: str) -> str:
    return name.strip().removeprefix(_PACKAGE).removesuffix(_SUFFIX)


def _unknown(name: str, short: str) -> ConfigError:
    near = nearest_name(short, _NAMES)
    hint = "" if near is None else f" Did you mean {near}?"
    return ConfigError(
        f"Invalid value {name} for configuration {_POLICY}: must be one of {', '.join(_NAMES)}, "
        f"or a class as package.module:Class.{hint}"
    )


def used_clients(
    config: Mapping[str, str | None],
    *,
    is_sink: bool,
    is_exactly_once: bool,
    creates_topics: bool,
) -> list[Client]:
    """The clients a connector will use, so that their overrides count.

    Args:
        config: The connector's configuration.
        is_sink: Whether it is a sink.
        is_exactly_once: Whether the worker delivers exactly once.
        creates_topics: The worker's ``topic.creation.enable``.
    """
    if is_sink:
        dead_letters = bool((config.get("errors.deadletterqueue.topic.name") or "").strip())
        if dead_letters:
            return [Client.PRODUCER, Client.CONSUMER, Client.ADMIN]
        return [Client.CONSUMER]
    own_offsets = is_exactly_once or bool((config.get("offsets.storage.topic") or "").strip())
    used = [Client.PRODUCER]
    if own_offsets:
        used.append(Client.CONSUMER)
    if own_offsets or (creates_topics and uses_topic_creation(config)):
        used.append(Client.ADMIN)
    return used


def validated_clients(
    config: Mapping[str, str | None], worker: WorkerConfig, *, is_sink: bool
) -> list[Client]:
    """The clients a connector will use; standalone, none has an offsets topic of its own."""
    is_distributed = worker.group_id is not None
    return used_clients(
        config if is_distributed else {**config, "offsets.storage.topic": None},
        is_sink=is_sink,
        is_exactly_once=worker.is_exactly_once_enabled,
        creates_topics=worker.topic_creation_enable,
    )


def policy_request(
    config: Mapping[str, str | None], client: Client, overrides: Mapping[str, object], *, sink: bool
) -> ClientConfigRequest:
    """Make what a policy is asked about one client of a connector."""
    return ClientConfigRequest(
        config.get("name") or "",
        config.get("connector.class") or "",
        "sink" if sink else "source",
        _TYPES[client],
        overrides,
    )


def check_overrides(
    policy: ClientConfigOverridePolicy,
    config: Mapping[str, str],
    clients: Iterable[Client],
    *,
    sink: bool,
) -> None:
    """Judge the overrides once more where clients are made: the policy may be stricter by now.

    Args:
        policy: That of the worker.
        config: The connector's configuration, references to config providers resolved.
        clients: Those the task makes.
        sink: Whether it is a sink.

    Raises:
        ConfigError: One of them is not allowed.
    """
    for client in clients:
        overrides = {
            name.removeprefix(client.value): value
            for name, value in config.items()
            if name.startswith(client.value) and name != client.value
        }
        judged = policy.validate(policy_request(config, client, overrides, sink=sink))
        errors = [error for value in judged for error in value.errors]
        if errors:
            message = f"Client Config Overrides not allowed [{', '.join(errors)}]"
            raise ConfigError(message)
