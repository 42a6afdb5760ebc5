# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import logging

import pytest

import barnabas
from barnabas.errors import BadRequestError, ForbiddenError, NotFoundError
from barnabas.runtime.herder import notices
from barnabas.runtime.model import TaskId
from tests.unit.runtime.herder.doubles import SINK, SOURCE, Bench, config

T0 = TaskId("c", 0)


async def test_the_version_is_that_of_the_connect_we_stand_for(bench: Bench):
    info = bench.herder.server_info()
    assert info.version == barnabas.CONNECT_VERSION
    assert info.commit == f"barnabas-{barnabas.__version__}"


async def test_plugins_come_in_order_and_without_an_undefined_version(bench: Bench):
    connectors = bench.herder.plugins(connectors_only=True)
    assert [plugin.class_ for plugin in connectors] == [SINK, SOURCE]
    assert [plugin.type for plugin in bench.herder.plugins(connectors_only=False)] == [
        "sink",
        "source",
        "converter",
    ]


@pytest.mark.parametrize(("asked", "wanted"), [("latest", None), (None, None), ("1.2", "1.2")])
async def test_the_newest_version_of_a_plugin_is_described(bench: Bench, asked, wanted):
    keys = await bench.herder.plugin_config(SOURCE, asked)
    assert keys[0].default_value == wanted


@pytest.mark.parametrize("name", ["org.example.ClockSourceTask", "org.example.VaultConfigProvider"])
async def test_a_class_of_another_kind_is_refused_rather_than_not_found(bench: Bench, name: str):
    with pytest.raises(BadRequestError, match=f"Invalid plugin class {name}. Valid types are"):
        await bench.herder.plugin_config(name, None)


async def test_a_class_nobody_knows_is_not_found(bench: Bench):
    with pytest.raises(NotFoundError, match=r"Unknown plugin org\.example\.Task\."):
        await bench.herder.plugin_config("org.example.Task", None)


async def test_validation_is_for_the_plugin_of_the_url(bench: Bench):
    infos, warnings = await bench.herder.validate("ClockSource", config(flie="x"))
    assert (infos.name, infos.error_count, len(warnings)) == (SOURCE, 0, 1)
    with pytest.raises(BadRequestError, match="does not match request type Drain"):
        await bench.herder.validate("Drain", config())


async def test_warnings_about_a_new_connector_are_logged(bench: Bench, caplog):
    with caplog.at_level(logging.WARNING):
        await bench.create(flie="x")
    assert "Did you mean file?" in caplog.text


async def test_who_is_refused_is_told_of_misspelt_names_too(bench: Bench):
    with notices.collect() as told, pytest.raises(BadRequestError, match="at least 1"):
        await bench.create(flie="x", **{"tasks.max": "0"})
    assert [sentence for sentence in told if "Did you mean file?" in sentence]


async def test_topics_are_tracked_and_reset(bench: Bench):
    await bench.create()
    bench.herder.on_active_topics(T0, ["t", "u"])
    assert bench.herder.active_topics("c") == ["t", "u"]
    await bench.herder.reset_active_topics("c")
    assert bench.herder.active_topics("c") == []
    assert bench.worker.calls[-1] == "forget topics of c"
    assert bench.herder.active_topics("unknown") == []


async def test_topics_are_not_shown_when_they_are_not_tracked():
    bench = Bench({"topic.tracking.enable": "false"})
    await bench.start()
    await bench.create()
    bench.herder.on_active_topics(T0, ["t"])
    with pytest.raises(ForbiddenError, match=r"^Topic tracking is disabled\.$"):
        bench.herder.active_topics("c")
    with pytest.raises(ForbiddenError, match=r"^Topic tracking is disabled\.$"):
        await bench.herder.reset_active_topics("c")
    await bench.herder.stop()


async def test_topics_stay_when_they_must_not_be_reset():
    bench = Bench({"topic.tracking.allow.reset": "false"})
    with pytest.raises(ForbiddenError, match=r"^Topic tracking reset is disabled\.$"):
        await bench.herder.reset_active_topics("c")


async def test_levels_are_set_here_and_in_the_runners(bench: Bench, name: str):
    with pytest.raises(NotFoundError, match=f"Logger {name} not found"):
        bench.herder.logger(name)
    with pytest.raises(NotFoundError, match="invalid log level 'LOUD'"):
        await bench.herder.set_logger_level(name, "LOUD", cluster=False)
    assert await bench.herder.set_logger_level(name, "debug", cluster=False) == [name]
    assert bench.herder.logger(name).level == "DEBUG"
    assert bench.herder.loggers()[name].last_modified == 7
    assert bench.worker.logger_levels == {name: "debug"}


async def test_a_class_nobody_knows_makes_a_connector_of_unknown_type(bench: Bench):
    await bench.herder.create_connector(
        "c", {**config(), "connector.class": "gone.Connector"}, replace=False
    )
    assert bench.herder.connector_info("c").type == "unknown"


async def test_offsets_are_read_whatever_the_state(bench: Bench):
    await bench.create()
    offsets = await bench.herder.connector_offsets("c")
    assert offsets.offsets[0].partition == {"p": "c"}


async def test_what_the_worker_measures_is_told_with_states_of_all_tasks(bench: Bench):
    await bench.create(tasks_max="2")
    await bench.create("d")
    measured = bench.herder.metrics()
    assert measured.worker == {"task-count": 3}
    assert measured.task_counts["c"]["connector-running-task-count"] == 2
    assert (measured.rebalances, measured.coordinator) == ({}, {})


async def test_states_are_counted_of_connectors_with_tasks_here(bench: Bench):
    await bench.create()
    await bench.herder.stop_connector("c")
    assert bench.herder.metrics().task_counts == {}
