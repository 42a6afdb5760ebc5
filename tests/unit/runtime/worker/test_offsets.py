# SPDX-License-Identifier: Apache-2.0
"""Offsets as users see and change them."""

from __future__ import annotations

import pytest

from barnabas.api import TopicPartition
from barnabas.errors import BadRequestError, ConnectError, DataError, GroupBusyError
from barnabas.runtime.model import ConnectorOffset
from barnabas.runtime.runners.messages import OffsetItem
from barnabas.runtime.stores import MemoryOffsetStore
from barnabas.runtime.worker.offsets import (
    SinkOffsets,
    SourceOffsets,
    parse_sink_offset,
    success_message,
)


class Hook:
    """Remembers what a connector was asked."""

    def __init__(self, answer=True):
        self.asked = []
        self._answer = answer

    async def __call__(self, items):
        self.asked.append(list(items))
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


class Admin:
    """A cluster's consumer groups."""

    def __init__(self):
        self.groups = {"connect-s": {TopicPartition("t", 0): 5, TopicPartition("t", 1): 6}}
        self.error = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def partition_counts(self, topics, timeout_s):
        self._check()
        return {topic: 2 for topic in topics if topic == "t"}

    def committed_offsets(self, group, timeout_s):
        self._check()
        return dict(self.groups.get(group, {}))

    def alter_offsets(self, group, offsets, timeout_s):
        self._check()
        self.groups[group].update(offsets)

    def delete_offsets(self, group, partitions, timeout_s):
        for partition in partitions:
            del self.groups[group][partition]

    def delete_group(self, group, timeout_s):
        self._check()
        self.groups.pop(group, None)

    def _check(self):
        if self.error:
            raise self.error


@pytest.fixture
def admin():
    return Admin()


@pytest.fixture
def sink(admin):
    return SinkOffsets("s", {}, lambda: admin)


@pytest.fixture
def source():
    return SourceOffsets(MemoryOffsetStore(), "s")


A, B = {"file": "a"}, {"file": "b"}


async def test_offsets_of_a_source_are_changed_and_removed(source):
    await source.alter([ConnectorOffset(A, {"p": 1}), ConnectorOffset(B, {"p": 2})], Hook())
    await source.alter([ConnectorOffset(A, None), ConnectorOffset(B, {"p": 3})], Hook())
    assert (await source.list()).offsets == [ConnectorOffset(B, {"p": 3})]


async def test_a_reset_asks_about_what_is_stored_and_removes_it(source):
    await source.alter([ConnectorOffset(A, {"p": 1})], Hook())
    hook = Hook()
    await source.reset(hook)
    assert hook.asked == [[OffsetItem(A, None)]]
    assert (await source.list()).offsets == []


async def test_a_damaged_offset_is_told_of_and_can_be_removed():
    store = MemoryOffsetStore()
    await store.set({b'["s",{"file":"a"}]': b"{junk", b'["s",{"odd":[1]}]': b"{}", b"x": b"{}"})
    source = SourceOffsets(store, "s")
    with pytest.raises(DataError, match=r'partition \{"file":"a"\} of connector s is not JSON'):
        await source.list()
    hook = Hook()
    await source.reset(hook)
    assert hook.asked == [[OffsetItem(A, None), OffsetItem({"odd": [1]}, None)]]
    assert (await source.list()).offsets == []
    assert dict(await store.items())[b"x"] == b"{}"


async def test_a_connector_that_refuses_keeps_its_offsets(source):
    with pytest.raises(ConnectError, match="no"):
        await source.alter([ConnectorOffset(A, {"p": 1})], Hook(ConnectError("no")))
    assert (await source.list()).offsets == []


async def test_a_source_partition_may_be_null(source):
    hook = Hook()
    await source.alter([ConnectorOffset(None, {"p": 1})], hook)
    assert hook.asked == [[OffsetItem(None, {"p": 1})]]
    assert (await source.list()).offsets == [ConnectorOffset(None, {"p": 1})]


async def test_source_offsets_hold_simple_values_only(source):
    with pytest.raises(DataError, match="field p contains"):
        await source.alter([ConnectorOffset(A, {"p": []})], Hook())


async def test_offsets_of_a_sink_are_those_of_its_group(sink):
    assert (await sink.list()).offsets[0] == ConnectorOffset(
        {"kafka_topic": "t", "kafka_partition": 0}, {"kafka_offset": 5}
    )


async def test_the_group_may_be_another(admin):
    admin.groups["mine"] = {}
    sink = SinkOffsets("s", {"consumer.override.group.id": "mine"}, lambda: admin)
    assert (await sink.list()).offsets == []


async def test_offsets_of_a_sink_are_changed_and_removed(sink, admin):
    hook = Hook()
    offsets = [
        ConnectorOffset({"kafka_topic": "t", "kafka_partition": "0"}, {"kafka_offset": "9"}),
        ConnectorOffset({"kafka_topic": "t", "kafka_partition": 1}, None),
    ]
    await sink.alter(offsets, hook)
    assert admin.groups["connect-s"] == {TopicPartition("t", 0): 9}
    assert hook.asked[0][0] == OffsetItem(
        {"kafka_topic": "t", "kafka_partition": 0}, {"kafka_offset": 9}
    )


async def test_a_reset_of_a_sink_deletes_its_group(sink, admin):
    hook = Hook()
    await sink.reset(hook)
    assert admin.groups == {}
    assert [item.offset for item in hook.asked[0]] == [None, None]


async def test_names_of_a_source_partition_may_stand_in_any_order():
    store = MemoryOffsetStore()
    source = SourceOffsets(store, "c")
    await source.alter([ConnectorOffset({"d": "a", "p": 1}, {"n": 1})], Hook())
    await source.alter([ConnectorOffset({"p": 1, "d": "a"}, {"n": 2})], Hook())
    await source.alter([ConnectorOffset({"p": True, "d": "a"}, {"n": 3})], Hook())
    listed = (await source.list()).offsets
    assert [(one.partition, one.offset) for one in listed] == [
        ({"d": "a", "p": 1}, {"n": 2}),
        ({"p": True, "d": "a"}, {"n": 3}),
    ]


@pytest.mark.parametrize("verb", ["alter", "reset"])
async def test_a_group_in_use_says_what_to_do(sink, admin, verb):
    async def hook(_items):
        admin.error = GroupBusyError("the group has members")
        return True

    item = ConnectorOffset({"kafka_topic": "t", "kafka_partition": 0}, {"kafka_offset": 1})
    with pytest.raises(ConnectError, match=rf"Failed to {verb} .* zombie .*has members\)"):
        await (sink.alter([item], hook) if verb == "alter" else sink.reset(hook))


@pytest.mark.parametrize("verb", ["alter", "reset"])
async def test_other_errors_are_told_as_they_are(sink, admin, verb):
    async def hook(_items):
        admin.error = ConnectError("not allowed")
        return True

    item = ConnectorOffset({"kafka_topic": "t", "kafka_partition": 0}, {"kafka_offset": 1})
    said = f"Failed to {verb} consumer group offsets for connector s: not allowed"
    with pytest.raises(ConnectError, match=said) as caught:
        await (sink.alter([item], hook) if verb == "alter" else sink.reset(hook))
    assert "zombie" not in caught.value.message


@pytest.mark.parametrize(
    ("topic", "partition", "said"),
    [
        ("t", 2, "topic t has no partition 2, its partitions are 0 to 1; nothing was changed"),
        ("x", 0, "there is no topic x; nothing was changed"),
    ],
)
async def test_unknown_partitions_change_nothing(sink, admin, topic, partition, said):
    hook = Hook()
    known = ConnectorOffset({"kafka_topic": "t", "kafka_partition": 0}, {"kafka_offset": 1})
    unknown = ConnectorOffset({"kafka_topic": topic, "kafka_partition": partition}, None)
    with pytest.raises(ConnectError, match=f"Failed to alter .* connector s: {said}"):
        await sink.alter([known, unknown], hook)
    assert hook.asked == []
    assert admin.groups["connect-s"][TopicPartition("t", 0)] == 5


async def test_topics_that_may_not_be_looked_at_do_not_matter(sink, admin):
    async def hook(_items):
        admin.error = None
        return True

    admin.error = ConnectError("not authorized to describe")
    item = ConnectorOffset({"kafka_topic": "t", "kafka_partition": 0}, {"kafka_offset": 1})
    assert await sink.alter([item], hook)
    assert admin.groups["connect-s"][TopicPartition("t", 0)] == 1


async def test_a_group_that_cannot_be_read_is_an_error(sink, admin):
    admin.error = ConnectError("no broker")
    with pytest.raises(ConnectError, match=r"Failed to retrieve consumer group offsets .* s: no"):
        await sink.list()


TP = {"kafka_topic": "t", "kafka_partition": 0}


@pytest.mark.parametrize(
    ("partition", "offset", "said"),
    [
        (None, None, "cannot be null or missing"),
        ({"kafka_topic": "t"}, None, "must contain the keys 'kafka_topic' and 'kafka_partition'"),
        ({**TP, "kafka_topic": None}, None, "topic names must be valid strings"),
        ({**TP, "kafka_partition": None}, None, "partitions must be valid numbers"),
        ({**TP, "kafka_partition": "x"}, None, "partition value in the provided offsets: 'x'"),
        (TP, {}, "should either be null or contain the key 'kafka_offset'"),
        (TP, {"kafka_offset": "x"}, "offset value in the provided offsets: 'x'. Offset values"),
    ],
)
def test_sink_offsets_of_the_wrong_form_are_bad_requests(partition, offset, said):
    with pytest.raises(BadRequestError) as raised:
        parse_sink_offset(ConnectorOffset(partition, offset))
    assert said in raised.value.message


@pytest.mark.parametrize(("is_reset", "verb"), [(False, "altered"), (True, "reset")])
def test_success_is_told_as_java_tells_it(is_reset, verb):
    known = success_message(is_known=True, is_reset=is_reset)
    unknown = success_message(is_known=False, is_reset=is_reset)
    assert known == f"The offsets for this connector have been {verb} successfully"
    assert unknown == (
        f"The Connect framework-managed offsets for this connector have been {verb} successfully. "
        "However, if this connector manages offsets externally, they will need to be manually "
        f"{verb} in the system that the connector uses."
    )
