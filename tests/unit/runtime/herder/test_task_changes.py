# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from barnabas.runtime.herder.task_changes import plan_task_changes
from barnabas.runtime.model import TaskId
from barnabas.runtime.stores import ConfigState

texts = st.lists(st.sampled_from("abc"), max_size=5)


def state(tasks, *, config="1", applied="1") -> ConfigState:
    return ConfigState(
        configs={"c": {"v": config}},
        task_counts={"c": len(tasks)},
        task_configs={TaskId("c", number): {"t": text} for number, text in enumerate(tasks)},
        applied_configs={"c": {"v": applied}},
    )


def plan(old, new, **options):
    return plan_task_changes(state(old, **options), "c", [{"t": text} for text in new])


def ids(*numbers: int):
    return tuple(TaskId("c", number) for number in numbers)


def test_equal_configurations_change_nothing():
    assert not plan("ab", "ab")


def test_only_the_changed_task_changes():
    changes = plan("ab", "ax")
    assert (changes.removed, changes.changed, changes.added) == ((), ids(1), ())


def test_fewer_and_more_tasks():
    assert plan("abc", "a").removed == ids(1, 2)
    assert plan("a", "abc").added == ids(1, 2)


def test_a_new_configuration_of_the_connector_changes_all_tasks():
    assert plan("ab", "ab", config="2").changed == ids(0, 1)


@given(texts, texts)
def test_following_the_plan_gives_the_wanted_tasks(old, new):
    changes = plan(old, new)
    tasks = dict(enumerate(old))
    for task in (*changes.removed, *changes.changed):
        del tasks[task.task]
    for task in (*changes.changed, *changes.added):
        tasks[task.task] = new[task.task]
    assert tasks == dict(enumerate(new))
