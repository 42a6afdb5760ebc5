# SPDX-License-Identifier: Apache-2.0
"""Functions of a user's own as transformations."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.api import SinkRecord, SourceRecord, TopicPartition
from barnabas.errors import ConfigError, DataError, RetriableError
from barnabas.runtime.pipeline.origin import TracedRecord, origin_of
from barnabas.transforms.python_function import PythonFunction, PythonFunctionConfig
from tests.unit.transforms import functions
from tests.unit.transforms.records import configured, sink, source


def function(name: str, **settings: str) -> PythonFunction:
    settings = {key.replace("_", "."): value for key, value in settings.items()}
    return configured(PythonFunction, {"function": f"{functions.__name__}:{name}", **settings})


def batch(*values: Any) -> list[SourceRecord]:
    return [source(value, source_offset={"n": n}) for n, value in enumerate(values)]


def texts(answers: Any) -> list[Any]:
    return [
        [each.value for each in answer] if isinstance(answer, list) else answer and answer.value
        for answer in answers
    ]


TEXTS = st.sampled_from(["a", " b ", "a|b|", "", " "])


@given(st.lists(TEXTS, max_size=9), st.sampled_from([source, sink]))
def test_batch_form_is_record_form(words: list[str], make: Any) -> None:
    records = [make({"text": word, "path": [n]}) for n, word in enumerate(words)]
    before = copy.deepcopy(records)
    single, many = function("change"), function("change_all", batch="true")
    expected = [single.expand(record) for record in records]
    assert single.expand_batch(records) == expected
    assert many.expand_batch(records) == expected
    assert [many.expand(record) for record in records] == expected
    assert records == before


@pytest.mark.parametrize("make", [source, sink])
def test_a_record_may_be_changed_dropped_or_split(make: Any) -> None:
    change = function("change")
    trimmed = change.expand(make({"text": " a ", "path": []}))
    assert trimmed.value == {"text": "a", "path": ["trimmed"]}
    assert change.expand(make({"text": " ", "path": []})) is None
    assert [r.value["text"] for r in change.expand(make({"text": "a|b", "path": []}))] == ["a", "b"]


def test_generators_are_read_to_their_end() -> None:
    assert texts(function("generate").expand_batch(batch("a b", ""))) == [["a", "b"], []]


@pytest.mark.parametrize("name", ["only_new", "change_all"])
def test_a_batch_may_be_empty(name: str) -> None:
    assert function(name, batch="true").expand_batch([]) == []


def test_a_batch_function_may_leave_records_out() -> None:
    records = batch(*({"text": text} for text in ("a", "old", "b")))
    assert texts(function("only_new", batch="true").expand_batch(records)) == [
        {"text": "a"},
        None,
        {"text": "b"},
    ]


@pytest.mark.parametrize("values", [("a b", "c"), ("a b", "")])
def test_a_batch_function_may_return_one_list_of_all_it_made(values: tuple[str, ...]) -> None:
    answers = function("split_all", batch="true").expand_batch(batch(*values))
    assert texts(answers) == [["a", "b"], values[1] or None]


@pytest.mark.parametrize("make", [source, sink])
def test_a_batch_function_must_not_change_the_order(make: Any) -> None:
    records = [
        make(n, **({"source_offset": {"n": n}} if make is source else {"kafka_offset": n}))
        for n in range(3)
    ]
    with pytest.raises(ConfigError, match="returned 3 items for 3 records, and it cannot be told"):
        function("backwards", batch="true").expand_batch(records)


def test_what_cannot_be_told_apart_needs_an_answer_for_each() -> None:
    records = [source({"text": text}, source_offset=None) for text in ("a", "old")]
    with pytest.raises(ConfigError, match=r"1 items for 2 records.* Return one item for each"):
        function("only_new", batch="true").expand_batch(records)


def test_a_batch_function_must_return_a_list() -> None:
    with pytest.raises(ConfigError, match="functions:forgetful returned None for 1 records"):
        function("forgetful", batch="true").expand_batch(batch("a"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("take_value", "a value of type str; it must return a SourceRecord"),
        ("in_list", "a value of type str"),
        ("promise", "a value of type coroutine"),
        ("anew", "a value of type SinkRecord; it must return a SourceRecord"),
    ],
)
def test_answers_of_another_kind_are_told(name: str, text: str) -> None:
    with pytest.raises(DataError, match=f"functions:{name} returned {text}"):
        function(name).expand(source("x"))


def test_errors_name_the_function_and_the_place_in_it() -> None:
    with pytest.raises(
        DataError, match=r"functions:change raised KeyError: 'price' \(functions.py, line \d+\)$"
    ):
        function("change").expand(source({"text": "bad", "path": []}))


def test_what_may_be_tried_again_stays_so() -> None:
    with pytest.raises(RetriableError, match="functions:busy raised RetriableError: come back"):
        function("busy").expand(source("x"))


def test_arguments_are_given_by_name() -> None:
    add = function("add", arguments_amount="3", arguments_unit="t")
    assert add.expand(source("x")).value == "x 3 t"


def test_an_object_is_made_of_a_class_and_closed() -> None:
    functions.Counter.closed.clear()
    counter = function("Counter", arguments_start="5")
    assert texts(counter.expand_batch(batch("a", "b"))) == [6, 7]
    counter.close()
    assert functions.Counter.closed == ["closed"]
    PythonFunction().close()
    function("keep").close()


@pytest.mark.parametrize("name", ["anew", "moved"])
def test_a_sinks_record_keeps_its_place_and_message_whatever_the_function_does(name: str) -> None:
    record = TracedRecord(topic="t", kafka_partition=1, kafka_offset=5, value="x", origin="message")
    made = function(name).expand(record)
    assert isinstance(made, SinkRecord)
    assert made.topic == {"anew": "other", "moved": "moved"}[name]
    assert made.original == (TopicPartition("t", 1), 5)
    assert origin_of(made) == "message"
    assert record.topic == "t"


def test_a_function_that_is_not_there_is_told_when_it_is_configured() -> None:
    with pytest.raises(
        ConfigError, match=r"for configuration function: Module .* Did you mean keep"
    ):
        function("kep")
    with pytest.raises(ConfigError, match='Missing required configuration "function"'):
        configured(PythonFunction)


@pytest.mark.parametrize(
    ("name", "arguments", "problem"),
    [
        ("add", {"arguments.amount": "1"}, {}),
        ("add", {}, {"function": "needs the argument amount: set arguments.amount"}),
        ("Counter", {"arguments.begin": "1"}, {"function": "Counter takes no argument begin"}),
        ("Counter", {"arguments.start": "x"}, {}),  # told when it is made
    ],
)
def test_arguments_are_checked_at_validation_without_a_call(
    name: str, arguments: dict[str, str], problem: dict[str, str]
) -> None:
    settings = {"function": f"{functions.__name__}:{name}", **arguments}
    found = PythonFunctionConfig(settings).problems()
    assert found.keys() == problem.keys()
    for setting, text in problem.items():
        assert text in found[setting]
