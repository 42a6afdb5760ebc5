# SPDX-License-Identifier: Apache-2.0
"""How often records of a task failed, by Kafka Connect's names: group ``task-error-metrics``.

Source:
    Apache Kafka ``connect/runtime`` ``errors/ErrorHandlingMetrics``; reference page *runtime
    semantics*, sections 4 and 10.
"""

from __future__ import annotations

import dataclasses

__all__ = ["ErrorCounts"]


@dataclasses.dataclass(slots=True)
class ErrorCounts:
    """Counters of one task; whoever counts holds the lock of the error handling."""

    failures: int = 0
    """Attempts that failed."""
    errors: int = 0
    """Records that failed for good."""
    skipped: int = 0
    """Records left out."""
    retries: int = 0
    logged: int = 0
    dead_letters: int = 0
    """Dead letters handed to the producer."""
    dead_letter_failures: int = 0
    """Dead letters that could not be written."""
    last_error_ms: float = 0
    """When a record failed last, milliseconds since the epoch; 0 for never."""

    def values(self) -> dict[str, float]:
        """Return the newest values by Kafka Connect's names."""
        return {
            "total-record-failures": self.failures,
            "total-record-errors": self.errors,
            "total-records-skipped": self.skipped,
            "total-retries": self.retries,
            "total-errors-logged": self.logged,
            "deadletterqueue-produce-requests": self.dead_letters,
            "deadletterqueue-produce-failures": self.dead_letter_failures,
            "last-error-timestamp": self.last_error_ms,
        }
