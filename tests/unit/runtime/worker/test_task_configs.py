# SPDX-License-Identifier: Apache-2.0
"""Task configurations as they are stored."""

from __future__ import annotations

import pytest

from barnabas.errors import ConfigError
from barnabas.runtime.worker.task_configs import (
    check_task_count,
    complete_task_configs,
    literal_tasks_max,
    task_class_name,
)


def test_class_and_topics_are_added():
    connector = {"name": "s", "topics": "a,b", "topics.regex": None}
    [config] = complete_task_configs([{"x": "1"}], connector, "T")
    assert config == {"x": "1", "task.class": "T", "topics": "a,b"}


def test_the_connectors_topics_win():
    [config] = complete_task_configs([{"topics.regex": "y"}], {"topics.regex": "x"}, "T")
    assert config["topics.regex"] == "x"


def test_a_secret_becomes_its_reference_again():
    connector = {"password": "${file:/s:p}", "user": "tom"}
    configs = [{"password": "hunter22", "user": "jim", "other": "hunter22"}]
    [config] = complete_task_configs(configs, connector, "T")
    assert config == {
        "password": "${file:/s:p}",
        "user": "jim",
        "other": "hunter22",
        "task.class": "T",
    }


def test_what_the_connector_returned_is_not_changed():
    given = [{"x": "1"}]
    complete_task_configs(given, {}, "T")
    assert given == [{"x": "1"}]


@pytest.mark.parametrize(
    ("connector", "location", "name"),
    [
        (
            "org.apache.kafka.connect.file.FileStreamSourceConnector",
            "barnabas.connectors.file.source:FileStreamSourceTask",
            "org.apache.kafka.connect.file.FileStreamSourceTask",
        ),
        ("my.module:LinesConnector", "my.module:LinesTask", "my.module:LinesTask"),
        ("my.module.LinesConnector", "my.module:LinesTask", "my.module:LinesTask"),
        ("com.example.Lines", "my.module:LinesTask", "my.module:LinesTask"),
        ("LinesConnector", "my.module:LinesTask", "my.module:LinesTask"),
    ],
)
def test_the_task_is_named_like_the_connector_it_stands_for(connector, location, name):
    assert task_class_name(connector, location) == name


def test_more_tasks_than_allowed_are_refused():
    check_task_count("s", 2, 2)
    with pytest.raises(ConfigError) as raised:
        check_task_count("s", 3, 2)
    assert raised.value.message.startswith(
        "The connector s has generated 3 tasks, which is greater than 2, the maximum number of "
        "tasks it is configured to create. "
    )


@pytest.mark.parametrize(
    ("config", "most"),
    [
        ({}, 1),
        ({"tasks.max": " 4 "}, 4),
        ({"tasks.max": None}, 1),
        ({"tasks.max": "4", "tasks.max.enforce": "FALSE"}, None),
        ({"tasks.max": "${env:N}"}, None),
    ],
)
def test_the_limit_is_read_where_it_is_written(config, most):
    assert literal_tasks_max(config) == most
