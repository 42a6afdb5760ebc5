# SPDX-License-Identifier: Apache-2.0
"""What a source connector answers when it says nothing of exactly-once."""

from __future__ import annotations

from collections.abc import Mapping

from barnabas.api import (
    ConnectorTransactionBoundaries,
    SourceConnector,
    SourceRecord,
    SourceTask,
)


class Silent(SourceTask):
    def start(self, props: Mapping[str, str]) -> None: ...

    def poll(self) -> list[SourceRecord] | None:
        return None

    def stop(self) -> None: ...


class SilentConnector(SourceConnector):
    task_class = Silent

    def start(self, props: Mapping[str, str]) -> None: ...

    def task_configs(self, max_tasks: int) -> list[dict[str, str]]:
        return []

    def stop(self) -> None: ...


def test_exactly_once_is_unknown_and_transactions_are_the_frameworks() -> None:
    connector = SilentConnector()

    assert connector.exactly_once_support({}) is None
    boundaries = connector.can_define_transaction_boundaries({})
    assert boundaries is ConnectorTransactionBoundaries.UNSUPPORTED


def test_a_source_task_need_not_hear_of_commits() -> None:
    task = Silent()
    task.commit()
    record = SourceRecord(topic="t", source_partition=None, source_offset=None)
    task.commit_record(record, None)
    assert task.poll() is None
