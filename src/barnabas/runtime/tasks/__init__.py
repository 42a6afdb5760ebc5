# SPDX-License-Identifier: Apache-2.0
"""The loops of source and sink tasks; they run on the main thread of a runner process."""

from barnabas.runtime.tasks.link import TaskLink, TaskSpec
from barnabas.runtime.tasks.task import run_task

__all__ = ["TaskLink", "TaskSpec", "run_task"]
