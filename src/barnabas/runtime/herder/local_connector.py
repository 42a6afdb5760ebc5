# SPDX-License-Identifier: Apache-2.0
"""A connector this worker is to run."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Mapping

from barnabas.runtime.herder.local_instance import LocalInstance, Surroundings, Work
from barnabas.runtime.model import TargetState
from barnabas.telemetry.logs import log_context

__all__ = ["ConnectorDeclaration", "LocalConnector"]


@dataclasses.dataclass(frozen=True, slots=True)
class ConnectorDeclaration:
    """How a connector is to run."""

    config: Mapping[str, str | None]
    target_state: TargetState

    def needs_restart(self, given: ConnectorDeclaration) -> bool:
        """Whether an instance that was given another declaration cannot serve."""
        return self.config != given.config


class LocalConnector(LocalInstance[ConnectorDeclaration]):
    """Calls the worker for one connector."""

    def __init__(self, name: str, around: Surroundings) -> None:
        super().__init__(name, around)
        self._name = name

    def _start(self, declaration: ConnectorDeclaration) -> Work:
        return self._around.worker.start_connector(
            self._name, declaration.config, declaration.target_state
        )

    def _bring_to(self, target_state: TargetState) -> Work:
        return self._around.worker.set_connector_target_state(self._name, target_state)

    def _stop(self) -> Work:
        return self._around.worker.stop_connector(self._name)

    def _log_context(self) -> contextlib.AbstractContextManager[object]:
        return log_context(self._name)

    def _on_reached(self) -> None:
        if self._around.worker.is_connector_running(self._name):
            self._around.on_connector_started(self._name)
