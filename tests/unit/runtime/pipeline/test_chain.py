# SPDX-License-Identifier: Apache-2.0
"""Transformations and predicates, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from barnabas.api import SourceRecord
from barnabas.errors import ConfigError, ConnectError
from barnabas.runtime.pipeline.chain import Chain, ChainLink, make_links
from barnabas.runtime.pipeline.failure import FailFast, Stage
from barnabas.runtime.pipeline.plugins import PluginKind
from tests.unit.runtime.pipeline.doubles import HasTopic, Skip, Split, Upper, source_record


def values(records: Sequence[SourceRecord | None]) -> list[Any]:
    return [None if record is None else record.value for record in records]


def batch(*contents: str) -> list[SourceRecord]:
    return [source_record(content) for content in contents]


def test_records_keep_their_places_and_dropped_ones_leave_a_hole() -> None:
    chain = Chain[SourceRecord]([ChainLink("u", Upper())], FailFast())
    assert values(chain.apply(batch("a", "drop", "b")).records) == ["A", None, "B"]


def test_dropped_records_are_not_offered_to_later_transformations() -> None:
    chain = Chain[SourceRecord]([ChainLink("1", Upper()), ChainLink("2", Upper())], FailFast())
    assert values(chain.apply(batch("drop", "a")).records) == [None, "A"]


@pytest.mark.mirrors("connect/runtime PredicatedTransformationTest#apply")
@pytest.mark.parametrize(("negated", "expected"), [(False, ["A", "b"]), (True, ["a", "B"])])
def test_predicate_chooses_records(negated: bool, expected: list[str]) -> None:
    link = ChainLink("u", Upper(), HasTopic("x"), is_negated=negated)
    records = [source_record("a", topic="x"), source_record("b", topic="y")]
    assert values(Chain[SourceRecord]([link], FailFast()).apply(records).records) == expected


def test_a_predicate_is_asked_about_whole_batches_of_records_that_are_there() -> None:
    class Batched(HasTopic):
        def test_batch(self, records: Sequence[Any]) -> list[bool]:
            asked.append([record.value for record in records])
            return [record.topic == "x" for record in records]

    asked: list[Any] = []
    links = [ChainLink("1", Upper()), ChainLink("2", Upper(), Batched(), is_negated=True)]
    Chain[SourceRecord](links, FailFast()).apply(batch("a", "drop", "b"))
    assert asked == [["A", "B"]]


def test_failure_names_stage_and_record() -> None:
    chain = Chain[SourceRecord]([ChainLink("u", Upper())], FailFast())
    with pytest.raises(ConnectError, match=r"TRANSFORMATION with class .*Upper.*choked"):
        chain.apply(batch("a", "choke"))


def test_tolerated_failure_drops_only_the_culprit() -> None:
    skip = Skip()
    chain = Chain[SourceRecord]([ChainLink("u", Upper())], skip)
    assert values(chain.apply(batch("a", "choke", "b")).records) == ["A", None, "B"]
    assert [failure.stage for failure in skip.failures] == [Stage.TRANSFORMATION]


def test_batch_of_wrong_length_is_told() -> None:
    class Lossy(Upper):
        def apply_batch(self, records: Sequence[Any]) -> list[Any]:
            return []

    chain = Chain[SourceRecord]([ChainLink("l", Lossy())], FailFast())
    with pytest.raises(ConfigError, match="Transformation l returned 0 records for 1"):
        chain.apply(batch("a"))


def test_records_made_of_one_know_their_owner_and_go_on_through_the_chain() -> None:
    chain = Chain[SourceRecord]([ChainLink("s", Split()), ChainLink("u", Upper())], FailFast())
    changed = chain.apply(batch("a b", "", "c", "drop d"))
    assert values(changed.records) == ["A", "B", "C", None, "D"]
    assert list(changed.owners) == [0, 0, 2, 3, 3]


def test_records_pass_an_expanding_transformation_that_does_not_apply() -> None:
    link = ChainLink("s", Split(), HasTopic("x"))
    records = [source_record("a b", topic="x"), source_record("c d", topic="y")]
    changed = Chain[SourceRecord]([link], FailFast()).apply(records)
    assert values(changed.records) == ["a", "b", "c d"]


def test_one_failure_drops_all_that_was_made_of_a_record_and_is_told_once() -> None:
    skip = Skip()
    chain = Chain[SourceRecord]([ChainLink("s", Split()), ChainLink("u", Upper())], skip)
    records = batch("a choke_not", "b x c x", "d")
    upper = chain._links[1].transformation
    upper.apply = lambda record: _choke_on("x", record)  # type: ignore[method-assign]
    changed = chain.apply(records)
    assert values(changed.records) == ["a", "choke_not", None, None, None, None, "d"]
    (failure,) = skip.failures
    assert failure.origin is records[1]


def _choke_on(word: str, record: SourceRecord) -> SourceRecord:
    if record.value == word:
        raise ValueError(word)
    return record


def test_a_record_that_cannot_be_expanded_is_found_in_its_batch() -> None:
    skip = Skip()
    chain = Chain[SourceRecord]([ChainLink("s", Split())], skip)
    changed = chain.apply(batch("a b", "choke", "c"))
    assert values(changed.records) == ["a", "b", None, "c"]
    assert len(skip.failures) == 1


def test_what_an_expanding_transformation_is_to_blame_for_is_not_tolerated() -> None:
    chain = Chain[SourceRecord]([ChainLink("s", Split())], Skip())
    with pytest.raises(ConfigError, match="Transformation s: my fault"):
        chain.apply(batch("a", "blame"))
    with pytest.raises(ConfigError, match="Transformation s: my fault"):
        chain.apply(batch("choke", "blame"))


def load(kind: PluginKind, _name: str, _version: str | None) -> type:
    return Upper if kind is PluginKind.TRANSFORMATION else HasTopic


def test_links_are_made_from_settings_in_order() -> None:
    config = {
        "transforms": "b, a",
        "transforms.a.type": "U",
        "transforms.a.field": "f",
        "transforms.b.type": "U",
        "transforms.b.predicate": "p",
        "transforms.b.negate": "true",
        "predicates": "p",
        "predicates.p.type": "T",
        "predicates.p.topic": "x",
    }
    second, first = make_links(config, load)
    assert (second.alias, first.alias) == ("b", "a")
    assert first.transformation.settings["field"] == "f"
    assert second.predicate.topic == "x"
    assert second.is_negated


def test_no_transforms_make_no_links() -> None:
    assert make_links({}, load) == []
    assert Chain[SourceRecord]([], FailFast()).is_empty


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"transforms": "a"}, '"transforms.a.type" which has no default value'),
        (
            {"transforms": "a", "transforms.a.type": "U", "transforms.a.predicate": "p"},
            "Invalid value p for configuration transforms.a.predicate",
        ),
    ],
)
def test_wrong_settings_are_refused(config: dict[str, str], text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        make_links(config, load)


def test_class_of_another_kind_is_refused() -> None:
    config = {"transforms": "a", "transforms.a.type": "T"}
    with pytest.raises(ConfigError, match="it is no transformation"):
        make_links(config, lambda _kind, _name, _version: HasTopic)


def test_close_closes_transformations_and_predicates() -> None:
    link = ChainLink("u", Upper(), HasTopic())
    Chain[SourceRecord]([link], FailFast()).close()
    assert link.transformation.closed
    assert link.predicate.closed
