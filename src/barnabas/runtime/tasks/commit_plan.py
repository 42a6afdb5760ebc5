# SPDX-License-Identifier: Apache-2.0
"""Which consumer offsets a sink task commits. Pure.

Source:
    Apache Kafka ``connect/runtime`` ``WorkerSinkTask``; reference page *runtime semantics*,
    section 5.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Set

from barnabas.api import OffsetAndMetadata, TopicPartition

__all__ = ["CommitPlan", "plan_commit"]

Offsets = Mapping[TopicPartition, OffsetAndMetadata]


@dataclasses.dataclass(frozen=True, slots=True)
class CommitPlan:
    """What to commit, and what the task asked for in vain."""

    offsets: dict[TopicPartition, OffsetAndMetadata]
    """Offsets to commit; empty when nothing changed."""
    ignored: list[str]
    """Sentences for warnings."""


def plan_commit(
    *,
    consumed: Offsets,
    asked: Offsets,
    last_committed: Offsets,
    assigned: Set[TopicPartition],
) -> CommitPlan:
    """Decide what to commit after ``pre_commit``.

    Offsets behind the last commit are committed when the task asks for them; offsets beyond what it
    was given, and partitions it does not have, are ignored. Partitions the task left out keep their
    last committed offset.

    Args:
        consumed: Offsets up to which the task was given records, of the partitions in question.
        asked: What ``pre_commit`` returned.
        last_committed: What was committed before.
        assigned: All partitions the task has.
    """
    before = {where: last_committed[where] for where in consumed if where in last_committed}
    chosen = dict(before)
    ignored = []
    for where, wanted in asked.items():
        name = f"{where.topic}-{where.partition}"
        if where in consumed:
            if wanted.offset <= consumed[where].offset:
                chosen[where] = wanted
            else:
                ignored.append(
                    f"Ignoring offset {wanted.offset} of {name} from pre_commit: it is not "
                    f"consumed yet, only up to {consumed[where].offset}"
                )
        elif where not in assigned:
            ignored.append(
                f"Ignoring offset {wanted.offset} of {name} from pre_commit: the partition is not "
                "assigned to this task"
            )
    return CommitPlan({} if not asked or chosen == before else chosen, ignored)
