# SPDX-License-Identifier: Apache-2.0
"""What a connector gets for declaring its settings."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from barnabas.api import SinkConnector, SinkTask
from barnabas.config import NO_DEFAULT, Config, Option


class ShelfConfig(Config):
    shelf = Option("shelf", int, NO_DEFAULT, "Shelf to put records on.")


class Shelf(SinkConnector):
    config_class = ShelfConfig
    task_class = SinkTask

    def start(self, props: Mapping[str, str]) -> None: ...

    def task_configs(self, max_tasks: int) -> list[dict[str, str]]:
        return [{}] * max_tasks

    def stop(self) -> None: ...


def test_validation_follows_the_declared_settings() -> None:
    (missing,) = Shelf().validate({})
    (wrong,) = Shelf().validate({"shelf": "top"})
    (right,) = Shelf().validate({"shelf": "3"})

    assert "shelf" in missing.errors[0]
    assert "top" in wrong.errors[0]
    assert (right.value, right.errors) == (3, [])


def test_offsets_are_not_checked_unless_the_connector_does() -> None:
    assert Shelf().alter_offsets({}, {}) is False
    assert Shelf().version() == "undefined"


def test_a_connector_must_say_how_it_splits_the_work() -> None:
    class Vague(SinkConnector):
        task_class = SinkTask

        def start(self, props: Mapping[str, str]) -> None: ...

        def stop(self) -> None: ...

    with pytest.raises(TypeError, match="task_configs"):
        Vague()  # type: ignore[abstract]  # that is what is tested
