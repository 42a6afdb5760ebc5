# SPDX-License-Identifier: Apache-2.0
import pytest

from barnabas.errors import ConfigError
from barnabas.registry_server.topic import SchemaTopic


async def test_broker_that_does_not_answer_is_told() -> None:
    topic = SchemaTopic({"bootstrap.servers": "127.0.0.1:1"}, "_schemas", start_timeout_s=0.2)

    with pytest.raises(ConfigError, match=r"127\.0\.0\.1:1 .*no broker answers there"):
        await topic.start(lambda record: None)
    await topic.stop()


async def test_topic_that_was_not_started_can_be_stopped() -> None:
    topic = SchemaTopic({"bootstrap.servers": "127.0.0.1:1"}, "_schemas")

    await topic.stop()

    assert str(topic) == "on topic _schemas of 127.0.0.1:1"
