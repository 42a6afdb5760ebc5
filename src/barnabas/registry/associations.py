# SPDX-License-Identifier: Apache-2.0
"""Subjects of topics as a converter needs them, associations of the registry included.

Source:
    Reference page *Schema Registry*, section 2, AssociatedNameStrategy.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from barnabas.errors import DataError
from barnabas.registry.client import Registry
from barnabas.registry.recent import Recent
from barnabas.registry.settings import SchemaRegistryConfig
from barnabas.registry.subjects import Strategy, SubjectNames, strategy_of

__all__ = ["Subjects"]

_NONE: Final = "NONE"


class Subjects:
    """Names the subject of keys or values by the strategy of the settings."""

    def __init__(
        self,
        registry: Registry,
        settings: SchemaRegistryConfig,
        *,
        is_key: bool,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        name = (
            settings.key_subject_name_strategy if is_key else settings.value_subject_name_strategy
        )
        self._registry = registry
        self._kind = "key" if is_key else "value"
        self._strategy = strategy_of(name)
        self._fallback = settings.fallback_type.upper()
        self._namespace = settings.association_cluster_id or "-"
        self._associated: Recent[str, tuple[str, ...]] = Recent(
            settings.association_cache_size, settings.association_cache_expiry_secs, now
        )
        plain = self._strategy
        if plain is Strategy.ASSOCIATED:
            plain = Strategy.TOPIC if self._fallback == _NONE else Strategy[self._fallback]
        self._names = SubjectNames(plain, is_key)

    @property
    def needs_record_name(self) -> bool:
        """Whether a subject can be named only when the name of the record is known."""
        return self._names.needs_record_name

    def subject(self, topic: str, record_name: str | None) -> str:
        """Name the subject; asks the registry, once for each topic, if the strategy wants it.

        Raises:
            DataError: The strategy needs the name of a record, or an association, and there is
                none; or there are several associations.
            RegistryError: The registry was asked in vain.
        """
        if self._strategy is not Strategy.ASSOCIATED:
            return self._names.subject(topic, record_name)
        found = self._associations(topic)
        if len(found) > 1:
            message = (
                f"Topic {topic} has several {self._kind} subjects associated: {', '.join(found)}; "
                "remove all but one of the associations, or choose another "
                f"{self._kind}.subject.name.strategy"
            )
            raise DataError(message)
        if found:
            return found[0]
        if self._fallback == _NONE:
            message = (
                f"Topic {topic} has no {self._kind} subject associated; associate one, or set "
                "subject.name.strategy.fallback.type to TOPIC"
            )
            raise DataError(message)
        return self._names.subject(topic, record_name)

    def _associations(self, topic: str) -> tuple[str, ...]:
        found = self._associated.get(topic)
        if found is None:
            asked = self._registry.associated_subjects(topic, self._kind, self._namespace)
            found = tuple(asked)
            self._associated.put(topic, found)
        return found
