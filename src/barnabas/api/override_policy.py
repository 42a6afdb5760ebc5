# SPDX-License-Identifier: Apache-2.0
"""Override policies: which settings of its Kafka clients a connector may override.

Source:
    KIP-458.
"""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Literal

from barnabas.config import ConfigValue

__all__ = ["ClientConfigOverridePolicy", "ClientConfigRequest"]


@dataclasses.dataclass(frozen=True, slots=True)
class ClientConfigRequest:
    """The overrides of one client of a connector."""

    connector_name: str
    connector_class: str
    """As written in the configuration."""
    connector_type: Literal["source", "sink"]
    client_type: Literal["PRODUCER", "CONSUMER", "ADMIN"]
    overrides: Mapping[str, object] = dataclasses.field(repr=False)
    """Values by name, without ``producer.override.`` and the like; they may be secrets."""


class ClientConfigOverridePolicy(abc.ABC):
    """Judges overrides; named by the worker's ``connector.client.config.override.policy``.

    Made where a configuration is validated, and again where a task's clients are made, in processes
    that run the code of users. Methods are called from one thread at a time.
    """

    def configure(self, configs: Mapping[str, str]) -> None:  # noqa: B027 - optional
        """Take the worker's settings.

        Raises:
            ConfigError: One of them is wrong; nothing can be validated then.
        """

    @abc.abstractmethod
    def validate(self, request: ClientConfigRequest) -> Sequence[ConfigValue]:
        """Judge the overrides of one client, in their order; must not block.

        Returns:
            For each override a value, with an error where it is not allowed.
        """

    def close(self) -> None:  # noqa: B027 - optional
        """Release what the policy holds."""
