# SPDX-License-Identifier: Apache-2.0
import pytest

from barnabas.api import ConnectorTransactionBoundaries, ExactlyOnceSupport
from barnabas.config import ConfigValue
from barnabas.runtime.settings import checks
from barnabas.runtime.settings.distributed import DistributedConfig
from barnabas.runtime.settings.worker import StandaloneConfig
from tests.unit.runtime.settings.stand_ins import FileStreamSourceConnector
from tests.unit.runtime.settings.test_worker import DISTRIBUTED, STANDALONE

WORKER = DistributedConfig(DISTRIBUTED)
EXACT = DistributedConfig({**DISTRIBUTED, "exactly.once.source.support": "enabled"})


def errors(values):
    return {name: value.errors for name, value in values.items() if value.errors}


def sink_errors(props):
    values = {name: ConfigValue(name) for name in ("topics", "topics.regex")}
    checks.check_sink(props, values)
    return errors(values)


@pytest.mark.parametrize(
    ("props", "wrong"),
    [
        ({"topics": "a"}, []),
        ({"topics.regex": "a.*"}, []),
        ({}, ["topics", "topics.regex"]),
        ({"topics": " ", "topics.regex": None}, ["topics", "topics.regex"]),
        ({"topics": "a", "topics.regex": "a"}, ["topics", "topics.regex"]),
        ({"topics": "a, d", "errors.deadletterqueue.topic.name": "d"}, ["topics"]),
        ({"topics": "a", "errors.deadletterqueue.topic.name": "d"}, []),
        ({"topics.regex": "d.*", "errors.deadletterqueue.topic.name": "dd"}, ["topics.regex"]),
        ({"topics.regex": "d", "errors.deadletterqueue.topic.name": "dd"}, []),
        ({"topics.regex": "(", "errors.deadletterqueue.topic.name": "dd"}, []),
    ],
)
def test_topics_are_given_one_way_and_hold_no_dead_letters(props, wrong):
    assert list(sink_errors(props)) == wrong


def test_null_values_are_refused_whether_defined_or_not():
    values = {"a": ConfigValue("a")}
    checks.check_nulls({"a": None, "b": None, "c": ""}, values)
    message = ["Null value can not be supplied as the configuration value."]
    assert errors(values) == {"a": message, "b": message}


@pytest.mark.parametrize(
    ("props", "wrong"),
    [
        ({"name": "n"}, {}),
        ({"name": "x"}, {"name": "conflicts with Connect worker group connect-x"}),
        (
            {"name": "n", "consumer.override.group.id": "connect-x"},
            {"consumer.override.group.id": "conflicts with Connect worker group connect-x"},
        ),
        ({"name": "x", "consumer.override.group.id": "other"}, {}),
    ],
)
def test_a_sink_may_not_read_as_member_of_the_workers_group(props, wrong):
    worker = DistributedConfig({**DISTRIBUTED, "group.id": "connect-x"})
    values = {"name": ConfigValue("name")}
    checks.check_sink_group(props, values, worker)
    found = errors(values)
    assert set(found) == set(wrong)
    assert all(text in found[name][0] for name, text in wrong.items())


def test_a_standalone_worker_has_no_group_to_conflict_with():
    values = {"name": ConfigValue("name")}
    checks.check_sink_group(
        {"consumer.override.group.id": "g"}, values, StandaloneConfig(STANDALONE)
    )
    assert list(values) == ["name"]


class Source(FileStreamSourceConnector):
    def __init__(self, support, boundaries):
        self.support, self.boundaries = support, boundaries

    def exactly_once_support(self, props):
        return self.support

    def can_define_transaction_boundaries(self, props):
        return self.boundaries


YES, NO = ExactlyOnceSupport.SUPPORTED, ExactlyOnceSupport.UNSUPPORTED


@pytest.mark.parametrize(
    ("value", "worker", "support", "messages"),
    [
        ("requested", WORKER, None, []),
        ("required", EXACT, YES, []),
        ("REQUIRED", WORKER, YES, ["This worker does not have"]),
        ("required", EXACT, NO, ["does not support exactly-once semantics"]),
        ("required", EXACT, None, ["does not implement the API"]),
        ("required", WORKER, NO, ["This worker does not have", "does not support exactly-once"]),
    ],
)
def test_exactly_once_needs_worker_and_connector(value, worker, support, messages):
    values = {
        "exactly.once.support": ConfigValue("exactly.once.support", value),
        "transaction.boundary": ConfigValue("transaction.boundary", "poll"),
    }
    checks.check_source({}, values, worker, Source(support, None))
    found = values["exactly.once.support"].errors
    assert len(found) == len(messages)
    assert all(text in error for text, error in zip(messages, found, strict=True))


@pytest.mark.parametrize(
    ("value", "boundaries", "count"),
    [
        ("poll", None, 0),
        ("Connector", ConnectorTransactionBoundaries.SUPPORTED, 0),
        ("connector", ConnectorTransactionBoundaries.UNSUPPORTED, 1),
        ("connector", None, 1),
    ],
)
def test_own_boundaries_need_a_connector_that_has_them(value, boundaries, count):
    values = {
        "exactly.once.support": ConfigValue("exactly.once.support", "requested"),
        "transaction.boundary": ConfigValue("transaction.boundary", value),
    }
    checks.check_source({}, values, WORKER, Source(None, boundaries))
    assert len(values["transaction.boundary"].errors) == count


def test_a_value_that_is_wrong_already_is_not_checked_further():
    wrong = ConfigValue("exactly.once.support", "required", errors=["wrong"])
    values = {
        "exactly.once.support": wrong,
        "transaction.boundary": ConfigValue("transaction.boundary", "connector", errors=["x"]),
    }
    checks.check_source({}, values, WORKER, Source(None, None))
    assert errors(values) == {"exactly.once.support": ["wrong"], "transaction.boundary": ["x"]}


@pytest.mark.parametrize(
    ("reason", "told"), [("boom", ": boom"), ("", "; please see the worker logs for more details.")]
)
def test_what_a_connector_raises_instead_of_an_answer_is_an_error_of_the_setting(reason, told):
    class Broken:
        def exactly_once_support(self, props):
            raise ValueError(reason)

        can_define_transaction_boundaries = exactly_once_support

    wishes = {"exactly.once.support": "required", "transaction.boundary": "connector"}
    values = {name: ConfigValue(name, value) for name, value in wishes.items()}
    checks.check_source({}, values, EXACT, Broken())
    message = f"An unexpected error occurred during validation{told}"
    assert errors(values) == {name: [message] for name in wishes}
