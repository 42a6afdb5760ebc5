# SPDX-License-Identifier: Apache-2.0
import pytest

from barnabas.runtime.settings.client_names import (
    client_scopes,
    override_warnings,
    unprefixed_warnings,
)
from barnabas.runtime.settings.client_table import Client, client_definition
from barnabas.runtime.settings.unknown_names import unknown_name_warnings

WORKER = {"bootstrap.servers": "localhost:9092"}


def told(used=tuple(Client), *, is_sink=False, worker=None, **props):
    given = {name.replace("__", "."): value for name, value in props.items()}
    return override_warnings(given, worker or WORKER, used, is_sink=is_sink)


@pytest.mark.parametrize("client", Client)
def test_every_setting_of_javas_clients_is_known(client):
    names = [client.value + name for name in client_definition(client).keys]
    assert unknown_name_warnings(names, client_scopes()) == []


def test_names_of_librdkafka_are_known_to_the_clients_that_have_them():
    names = [
        "producer.override.queue.buffering.max.kbytes",
        "consumer.override.queued.min.messages",
    ]
    assert unknown_name_warnings(names, client_scopes()) == []
    assert unknown_name_warnings(["consumer.override.batch.num.messages"], client_scopes())


def test_what_would_keep_a_task_from_starting_is_told_with_its_reason():
    (found,) = told(producer__override__compression__type="zip")
    assert found.startswith(
        "The tasks will fail to start: Invalid value zip for configuration "
        "producer.override.compression.type: String must be one of: none,"
    )


def test_what_is_wrong_in_the_worker_alone_is_not_the_connectors():
    assert told(worker={**WORKER, "producer.acks": "7"}) == []


def test_values_that_are_changed_a_little_are_told():
    (found,) = told(consumer__override__fetch__max__bytes="99999999999")
    assert "consumer.override.fetch.max.bytes=99999999999 is outside the client's range" in found


@pytest.mark.parametrize("value", [None, ""])
def test_nothing_is_said_about_no_value(value):
    assert told(producer__override__linger__ms=value) == []


def test_overrides_of_a_client_nobody_has_are_told_in_one_sentence():
    (found,) = told(
        (Client.CONSUMER,), is_sink=True, producer__override__a="1", producer__override__b="1"
    )
    assert found == (
        "producer.override.a, producer.override.b: no effect, because this sink has no producer "
        "client; one comes with errors.deadletterqueue.topic.name."
    )


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("consumer.max.poll.records", "consumer.override.max.poll.records"),
        ("admin.retries", "admin.override.retries"),
        ("auto.offset.reset", "consumer.override.auto.offset.reset"),
        ("consumer.anything", None),
        ("consumer.override.group.id", None),
        ("client.id", None),
    ],
)
def test_a_forgotten_prefix_is_pointed_out(name, meant):
    found = unprefixed_warnings({name: "1"}, ())
    assert list(found) == ([] if meant is None else [name])
    assert meant is None or f"Did you mean {meant}," in found[name]


def test_a_connectors_own_names_are_its_own():
    assert unprefixed_warnings({"linger.ms": "1"}, {"linger.ms"}) == {}
