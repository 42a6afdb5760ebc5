# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.errors import ConnectError, PrivilegedWriteError, RetriableError
from barnabas.kafka.client_settings import ClientKind
from barnabas.kafka.errors import KafkaError
from barnabas.kafka.layering import ClientProperties
from barnabas.runtime.stores import privileged_writer
from barnabas.runtime.stores.privileged_writer import PrivilegedWriter
from tests.unit.runtime.stores.client_doubles import Producer

FENCED = KafkaError(KafkaError._FENCED, "a newer producer", fatal=True)


@pytest.fixture
def producers(monkeypatch):
    made = []

    def make(_properties, quiet):
        made.append(Producer())
        return made[-1].opened()

    monkeypatch.setattr(privileged_writer, "open_producer", make)
    return made


@pytest.fixture
async def writer(producers):
    return PrivilegedWriter(
        "t", ClientProperties(ClientKind.PRODUCER, {"transactional.id": "cluster-g"}, {})
    )


async def test_one_write_is_one_transaction(writer, producers):
    await writer.claim(5.0)
    assert await writer.write([(b"a", b"1"), (b"b", None)], 7.0) == {0: 2}
    assert producers[0].log == [("init", 5.0), ("begin",), ("commit", 7.0)]


async def test_who_did_not_claim_may_not_write(writer):
    with pytest.raises(PrivilegedWriteError, match="was not claimed or is lost"):
        await writer.write([(b"a", b"1")], 1.0)


@pytest.mark.parametrize("step", ["begin", "commit"])
async def test_a_failed_write_loses_the_right_until_the_next_claim(writer, producers, step):
    await writer.claim(1.0)
    producers[0].fails = {step: FENCED}
    with pytest.raises(PrivilegedWriteError, match="Writing to topic t as leader failed: a newer"):
        await writer.write([(b"a", b"1")], 1.0)
    assert producers[0].purged == 1
    with pytest.raises(PrivilegedWriteError, match="is lost"):
        await writer.write([(b"a", b"1")], 1.0)
    await writer.claim(1.0)
    assert await writer.write([(b"a", b"1")], 1.0) == {0: 1}
    assert len(producers) == 2


async def test_a_full_queue_is_a_failed_write(writer, producers):
    await writer.claim(1.0)
    producers[0].full_after = 0
    with pytest.raises(PrivilegedWriteError, match="as leader failed"):
        await writer.write([(b"a", b"1")], 1.0)


async def test_a_claim_that_fails_can_be_made_again(writer, producers, monkeypatch):
    def fail(_self, _timeout):
        raise privileged_writer.KafkaException(KafkaError(KafkaError._TIMED_OUT, "no answer"))

    with monkeypatch.context() as patch:
        patch.setattr(Producer, "init_transactions", fail)
        with pytest.raises(
            RetriableError, match="to write to topic t with the transactional id cluster-g failed"
        ):
            await writer.claim(1.0)
    await writer.claim(1.0)
    assert await writer.write([(b"a", b"1")], 1.0) == {0: 1}


async def test_a_producer_that_failed_for_good_is_let_go_all_the_same(
    writer, producers, monkeypatch
):
    def fail(_self, _timeout):
        denied = KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED
        raise privileged_writer.KafkaException(KafkaError(denied, "denied", fatal=True))

    with monkeypatch.context() as patch:
        patch.setattr(Producer, "init_transactions", fail)
        patch.setattr(Producer, "flush", fail)
        with pytest.raises(ConnectError, match="cluster-g failed: denied"):
            await writer.claim(1.0)
    await writer.claim(1.0)
    assert await writer.write([(b"a", b"1")], 1.0) == {0: 1}


async def test_a_new_claim_lets_the_old_producer_go(writer, producers):
    await writer.claim(1.0)
    await writer.claim(1.0)
    assert [producer.purged for producer in producers] == [1, 0]


async def test_nothing_is_written_after_the_end(writer, producers):
    await writer.claim(1.0)
    await writer.stop()
    with pytest.raises(ConnectError):
        await writer.write([(b"a", b"1")], 1.0)
