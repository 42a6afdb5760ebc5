# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import concurrent.futures

import pytest
from confluent_kafka.admin import ListOffsetsResultInfo

from barnabas.errors import RetriableError
from barnabas.kafka import topic_admin
from barnabas.kafka.client_settings import ClientKind
from barnabas.kafka.errors import KafkaError, KafkaException
from barnabas.kafka.layering import ClientProperties
from barnabas.kafka.topic_admin import AccessDeniedError, TopicAdmin


class Client:
    """Answers questions about offsets with an error, or with where each partition ends."""

    def __init__(self):
        self.code = None
        self.ends = {0: 7, 1: 9}
        self.is_away = False
        self.looks = 0

    def list_offsets(self, request, request_timeout):
        answers = {}
        for where in request:
            answers[where] = concurrent.futures.Future()
            if self.code is not None:
                answers[where].set_exception(KafkaException(KafkaError(self.code)))
            else:
                end = self.ends[where.partition]
                answers[where].set_result(ListOffsetsResultInfo(end, -1, -1))
        return answers

    def list_topics(self, timeout):
        self.looks += 1
        if self.is_away:
            raise KafkaException(KafkaError(KafkaError._TRANSPORT))

    def poll(self, timeout):
        pass


@pytest.fixture
def client():
    return Client()


@pytest.fixture
def admin(monkeypatch, client):
    monkeypatch.setattr(topic_admin, "open_client", lambda *_: (client, None))
    return TopicAdmin(ClientProperties(ClientKind.ADMIN, {"bootstrap.servers": "a:1"}, {}))


async def test_ends_are_told_by_partition(admin):
    assert await admin.end_offsets("t", [0, 1], 1.0) == {0: 7, 1: 9}


@pytest.mark.parametrize(
    "code", [KafkaError.FENCED_LEADER_EPOCH, KafkaError._NOENT, KafkaError.NOT_LEADER_FOR_PARTITION]
)
async def test_leaders_are_looked_for_anew_when_those_known_do_not_serve(admin, client, code):
    client.code = code
    with pytest.raises(RetriableError, match="Asking for the offsets of topic t failed"):
        await admin.end_offsets("t", [0], 1.0)
    assert client.looks == 1


async def test_brokers_that_do_not_answer_then_are_the_reason(admin, client):
    client.code, client.is_away = KafkaError._NOENT, True
    with pytest.raises(RetriableError, match="no broker answered at a:1"):
        await admin.first_offsets("t", [0], 1.0)


async def test_a_missing_right_is_no_matter_of_leaders(admin, client):
    client.code = KafkaError.TOPIC_AUTHORIZATION_FAILED
    with pytest.raises(AccessDeniedError):
        await admin.end_offsets("t", [0], 1.0)
    assert client.looks == 0
