# SPDX-License-Identifier: Apache-2.0
"""The transformations of a task, one after the other.

Source:
    KIP-66, KIP-585; Apache Kafka ``connect/runtime`` ``TransformationChain``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar, cast

from barnabas.api import (
    ExpandingTransformation,
    Expansion,
    Predicate,
    SinkRecord,
    SourceRecord,
    Transformation,
)
from barnabas.errors import ConfigError
from barnabas.runtime.pipeline.expansion import Changed
from barnabas.runtime.pipeline.failure import Failure, Stage, Tolerance, describe
from barnabas.runtime.pipeline.origin import origin_of
from barnabas.runtime.pipeline.plugins import PluginKind, PluginLoader, settings_under

__all__ = ["Chain", "ChainLink", "make_links"]

Record = TypeVar("Record", SourceRecord, SinkRecord)


@dataclasses.dataclass(frozen=True, slots=True)
class ChainLink:
    """One transformation with the condition under which it applies."""

    alias: str
    transformation: Transformation
    predicate: Predicate | None = None
    is_negated: bool = False

    def applies_to(self, record: SourceRecord | SinkRecord) -> bool:
        """Ask the predicate."""
        return self.predicate is None or self.predicate.test(record) != self.is_negated

    @property
    def expands(self) -> bool:
        """Whether it may make several records of one."""
        return isinstance(self.transformation, ExpandingTransformation)

    def apply(self, record: Record) -> Expansion[Record]:
        """Change one record, if the predicate says so."""
        if not self.applies_to(record):
            return record
        transformation = self.transformation
        if isinstance(transformation, ExpandingTransformation):
            return transformation.expand(record)
        return transformation.apply(record)

    def apply_batch(self, records: Sequence[Record]) -> Sequence[Expansion[Record]]:
        """Change records to which it applies."""
        transformation = self.transformation
        if isinstance(transformation, ExpandingTransformation):
            return transformation.expand_batch(records)
        return transformation.apply_batch(records)

    def places(self, records: Sequence[SourceRecord | SinkRecord | None]) -> Sequence[int]:
        """Find the records that are there and to which it applies."""
        there: Sequence[int] = range(len(records))
        asked = records
        if None in records:
            there = [place for place, record in enumerate(records) if record is not None]
            asked = [records[place] for place in there]
        if self.predicate is None:
            return there
        answers = self.predicate.test_batch(cast("Sequence[SourceRecord | SinkRecord]", asked))
        negated = self.is_negated
        return [place for place, answer in zip(there, answers, strict=True) if answer != negated]

    def close(self) -> None:
        """Close both plugins."""
        self.transformation.close()
        if self.predicate is not None:
            self.predicate.close()


class Chain(Generic[Record]):
    """Applies transformations to batches of records."""

    def __init__(self, links: Sequence[ChainLink], tolerance: Tolerance) -> None:
        self._links = tuple(links)
        self._tolerance = tolerance

    @property
    def is_empty(self) -> bool:
        """Whether records pass unchanged."""
        return not self._links

    def apply(self, records: Sequence[Record]) -> Changed[Record]:
        """Change records.

        When one that was made of a record fails, all that was made of that record is dropped.

        Raises:
            ConnectError: A record failed and failures are not tolerated.
        """
        changed = Changed.begin(records)
        for link in self._links:
            self._apply_link(link, changed, records)
        return changed

    def close(self) -> None:
        """Close all plugins."""
        for link in self._links:
            link.close()

    def _apply_link(
        self, link: ChainLink, changed: Changed[Record], originals: Sequence[Record]
    ) -> None:
        """Put the changed records in the places of the old ones."""
        current = changed.records
        made: Sequence[Expansion[Record]] | None = None
        try:
            places = link.places(current)
            chosen = [record for place in places if (record := current[place]) is not None]
            made = link.apply_batch(chosen)
        except Exception as error:  # noqa: BLE001 - the culprit is found and told one by one
            _raise_fault(link, error)
        if made is None:  # here, so that what is told does not begin with the failure of the batch
            self._apply_singly(link, changed, originals)
            return
        if len(made) != len(chosen):
            text = (
                f"Transformation {link.alias} returned {len(made)} records for {len(chosen)}; "
                "apply_batch must return one, or None, for each"
            )
            raise ConfigError(text)
        if link.expands:
            changed.expand(places, made)
            return
        for place, each in zip(places, made, strict=True):
            current[place] = each  # type: ignore[assignment]  # only what expands makes lists

    def _apply_singly(
        self, link: ChainLink, changed: Changed[Record], originals: Sequence[Record]
    ) -> None:
        failed: set[int] = set()
        made: list[Expansion[Record]] = list(changed.records)
        for place, record in enumerate(changed.records):
            owner = changed.owners[place]
            if record is None or owner in failed:
                continue
            try:
                made[place] = self._tolerance.attempt(link.apply, record)
            except Exception as error:  # noqa: BLE001 - any error of a plugin can be tolerated
                _raise_fault(link, error)
                plugin, origin = type(link.transformation), origin_of(originals[owner])
                self._tolerance.handle(
                    Failure(Stage.TRANSFORMATION, plugin, describe(record), error, origin)
                )
                failed.add(owner)
        changed.expand(range(len(made)), made)
        changed.drop(failed)


def _raise_fault(link: ChainLink, error: Exception) -> None:
    """Raise what is the fault of no record.

    Raises:
        ConfigError: An expanding transformation does not what it has to.
    """
    if link.expands and isinstance(error, ConfigError):
        error.args = (f"Transformation {link.alias}: {error}",)
        raise error


def make_links(config: Mapping[str, str], load: PluginLoader) -> list[ChainLink]:
    """Make and configure the transformations and predicates a connector's settings name.

    Raises:
        ConfigError: An alias has no type, or names a predicate that is not defined.
        PluginError: A class cannot be found or imported.
    """
    return [_make_link(config, alias, load) for alias in _names(config.get("transforms"))]


def _make_link(config: Mapping[str, str], alias: str, load: PluginLoader) -> ChainLink:
    prefix = f"transforms.{alias}."
    settings = settings_under(config, prefix)
    transformation = _make(PluginKind.TRANSFORMATION, prefix, settings, load)
    assert isinstance(transformation, Transformation)
    predicate_alias = settings.get("predicate")
    is_negated = (settings.get("negate") or "").strip().lower() == "true"
    if predicate_alias is None:
        return ChainLink(alias, transformation)
    if predicate_alias not in _names(config.get("predicates")):
        text = (
            f"Invalid value {predicate_alias} for configuration {prefix}predicate: no such "
            "predicate; name it in 'predicates' and define its type"
        )
        raise ConfigError(text)
    prefix = f"predicates.{predicate_alias}."
    predicate = _make(PluginKind.PREDICATE, prefix, settings_under(config, prefix), load)
    assert isinstance(predicate, Predicate)
    return ChainLink(alias, transformation, predicate, is_negated)


def _make(kind: PluginKind, prefix: str, settings: dict[str, str], load: PluginLoader) -> Any:
    name = (settings.get("type") or "").strip()
    if not name:
        text = f'Missing required configuration "{prefix}type" which has no default value.'
        raise ConfigError(text)
    plugin = load(kind, name, settings.get("plugin.version"))()
    expected = Transformation if kind is PluginKind.TRANSFORMATION else Predicate
    if not isinstance(plugin, expected):
        text = f"Invalid value {name} for configuration {prefix}type: it is no {kind.value}"
        raise ConfigError(text)
    plugin.configure(settings)
    return plugin


def _names(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]
