# SPDX-License-Identifier: Apache-2.0
"""What runs on this node: connectors and tasks in their runners, inspections, offsets."""

from barnabas.runtime.worker.connectors import Deadlines
from barnabas.runtime.worker.listener import WorkerListener
from barnabas.runtime.worker.worker import Worker

__all__ = ["Deadlines", "Worker", "WorkerListener"]
