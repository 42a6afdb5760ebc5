# SPDX-License-Identifier: Apache-2.0
"""Validation and other questions run user code elsewhere, with a deadline."""

from __future__ import annotations

import asyncio

import pytest

from barnabas.errors import BadRequestError, ConnectError, DeadlineError, NotFoundError
from barnabas.runtime.model import ConnectorOffset
from barnabas.runtime.stores import offset_format
from tests.integration.runners.conftest import SOURCE

KNOWN = "The offsets for this connector have been altered successfully"


def config(**extra):
    return {"name": "moon", "connector.class": SOURCE, **extra}


async def test_validation_answers_with_all_settings(worker):
    infos, _warnings = await worker.questions.validate(config())
    names = {item.value.name for item in infos.configs if item.value is not None}
    assert infos.error_count == 0
    assert {"topic", "password", "tasks.max"} <= names


async def test_validation_hides_passwords(worker):
    infos, _warnings = await worker.questions.validate(config(password="hunter22"))
    assert b"hunter22" not in repr(infos).encode()


async def test_questions_one_after_the_other_share_a_process(worker):
    pids = set()
    for _ in range(3):
        await worker.questions.validate(config())
        pids |= {use.pid for use in worker.runner_usage() if use.what.startswith("inspection")}
    assert len(pids) == 1


async def test_a_validation_that_hangs_is_killed_and_holds_up_nobody(worker):
    hung = asyncio.create_task(
        worker.questions.validate(config(**{"misbehave.validate": "spin_in_c"}))
    )
    async with asyncio.timeout(1.8):
        await worker.questions.validate(config())
    assert not hung.done()
    with pytest.raises(DeadlineError, match=r"did not return from validate\(\)"):
        await hung


@pytest.mark.parametrize("misdeed", ["die", "crash"])
async def test_a_validation_that_dies_is_an_error(worker, misdeed):
    with pytest.raises(ConnectError, match=r"\(pid \d+\)"):
        await worker.questions.validate(config(**{"misbehave.validate": misdeed}))
    await worker.questions.validate(config())


async def test_an_error_in_validation_reaches_the_caller(worker):
    with pytest.raises(ConnectError, match="ValueError: the moon is not full"):
        await worker.questions.validate(config(**{"misbehave.validate": "fail"}))


async def test_validation_of_an_unknown_plugin_is_a_bad_request(worker):
    with pytest.raises(BadRequestError, match="Nothing"):
        await worker.questions.validate(config(**{"connector.class": "org.example.Nothing"}))


async def test_the_settings_of_a_plugin_can_be_listed(worker):
    keys = await worker.questions.plugin_config(SOURCE, None)
    assert [key.name for key in keys][:2] == ["password", "topic"]


async def test_an_unknown_plugin_has_no_settings(worker):
    with pytest.raises(NotFoundError, match=r"Unknown plugin org.example.Nothing\."):
        await worker.questions.plugin_config("org.example.Nothing", None)


async def test_offsets_of_a_source_are_altered_listed_and_reset(worker):
    partition, offset = {"number": "0"}, {"count": 7}
    text = await worker.questions.alter_connector_offsets(
        "moon", config(), [ConnectorOffset(partition, offset)]
    )
    assert text == KNOWN
    listed = await worker.questions.connector_offsets("moon", config())
    assert listed.offsets == [ConnectorOffset(partition, offset)]
    await worker.questions.alter_connector_offsets("moon", config(), None)
    assert (await worker.questions.connector_offsets("moon", config())).offsets == []


async def test_offsets_a_connector_refuses_stay(worker):
    properties = config(**{"misbehave.alter_offsets": "fail"})
    with pytest.raises(ConnectError, match="the moon is not full"):
        await worker.questions.alter_connector_offsets(
            "moon", properties, [ConnectorOffset({"number": "0"}, {"count": 7})]
        )
    stored = await worker.offset_store.items()
    assert not any(offset_format.decode_value(value) for _key, value in stored)
