# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.errors import PluginError
from barnabas.runtime.model import TargetState, TaskId
from barnabas.runtime.plugins import Plugin, PluginKind
from barnabas.runtime.runners.messages import PluginRef
from barnabas.runtime.worker.orders import Orders, texts

TASK = TaskId("s", 1)
CONFIG = {"connector.class": "Lines", "file": "a", "nothing": None}
TASK_CONFIG = {"task.class": "lines:Task", "part": "1", "nothing": None}
ORDERS = Orders({"bootstrap.servers": "k:1"}, is_distributed=True)


def plugin(kind=PluginKind.SOURCE, **where):
    return Plugin("com.example.LinesConnector", kind, "lines:Lines", **where)


def test_keys_without_a_value_are_left_out():
    assert texts({"a": "1", "b": None, "c": ""}) == {"a": "1", "c": ""}


@pytest.mark.parametrize(
    ("plugin", "folders"),
    [
        (None, []),
        (plugin(), []),
        (plugin(folder="/p"), ["/p"]),
        (plugin(folder="/p", interpreter="/venv/bin/python"), []),  # it finds its own
    ],
)
def test_a_runner_is_told_where_the_plugin_is_unless_it_runs_with_its_interpreter(plugin, folders):
    setup = ORDERS.setup("task s-1", plugin, ("s", "task-1"))
    assert setup.sys_path == folders
    assert (setup.what, setup.log_context) == ("task s-1", ("s", "task-1"))
    assert setup.worker_config == {"bootstrap.servers": "k:1"}
    assert setup.is_distributed


@pytest.mark.parametrize("kind", [PluginKind.SOURCE, PluginKind.SINK])
def test_a_task_is_told_all_it_needs(kind):
    spec = ORDERS.task(TASK, plugin(kind), CONFIG, TASK_CONFIG, (TargetState.PAUSED, 4))
    assert (spec.id, spec.task_class, spec.connector_class) == (TASK, "lines:Task", "Lines")
    assert spec.connector_config == {"connector.class": "Lines", "file": "a"}
    assert spec.task_config == {"task.class": "lines:Task", "part": "1"}
    assert (spec.target_state, spec.generation) == (TargetState.PAUSED, 4)
    assert spec.is_sink == (kind is PluginKind.SINK)


def test_a_task_without_a_class_is_refused():
    with pytest.raises(PluginError, match=r"task s-1 has no task\.class"):
        ORDERS.task(TASK, plugin(), CONFIG, {}, (TargetState.STARTED, 0))


def test_a_connector_is_told_its_configuration_and_state():
    spec = ORDERS.connector("s", plugin(), CONFIG, TargetState.STOPPED)
    assert (spec.name, spec.target_state) == ("s", TargetState.STOPPED)
    assert spec.config == {"connector.class": "Lines", "file": "a"}


def test_a_plugin_is_called_what_the_configuration_calls_it():
    assert Orders.plugin(plugin(), CONFIG) == PluginRef("Lines", "lines:Lines", False)
    assert Orders.plugin(plugin(), {}).name == "com.example.LinesConnector"
