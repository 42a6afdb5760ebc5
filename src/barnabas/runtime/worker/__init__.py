# SPDX-License-Identifier: Apache-2.0
"""What runs on this node: connectors and tasks in their runners, inspections, offsets."""

from barnabas.runtime.worker.worker import Deadlines, Worker, WorkerListener

__all__ = ["Deadlines", "Worker", "WorkerListener"]
