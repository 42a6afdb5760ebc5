# SPDX-License-Identifier: Apache-2.0
"""What stores of whole objects have besides `Storage`, and what is done where an object is already.

They rename nothing. An object appears under its name when its writer is closed; until then nobody
sees it.
"""

from __future__ import annotations

import abc
import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from barnabas.connectors._storage.storage import Storage, StorageError, TargetExistsError

__all__ = ["ObjectStorage", "shall_keep"]

_CLOCK_SLACK: Final = timedelta(seconds=2)

_logger = logging.getLogger(__name__)


class ObjectStorage(Storage):
    """A store of objects; `open_new` does not tell that there is one, but its writer's `close`."""

    @abc.abstractmethod
    def uploads(self, prefix: str) -> Iterable[tuple[str, str]]:
        """List uploads that were begun and neither completed nor given up: paths and ids.

        Raises:
            StorageError: They cannot be listed.
        """

    @abc.abstractmethod
    def abort_upload(self, path: str, upload: str) -> None:
        """End an upload and remove its parts; fine when it is not there.

        Raises:
            StorageError: It cannot be ended.
        """

    @abc.abstractmethod
    def tag(self, path: str, tags: Mapping[str, str]) -> None:
        """Replace the tags of an object.

        Raises:
            StorageError: The store has no tags, or does not let this user set them.
        """

    def make_directories(self, path: str) -> None:
        """There are none."""

    def rename(self, source: str, target: str) -> None:
        """Refuse: such stores copy at best."""
        shown = f"{self.url}/{source} -> {self.url}/{target}"
        raise StorageError(path=shown, reason="this store cannot rename; S3SinkConnector writes it")


def shall_keep(
    place: str, size: int, began: datetime, *, old_size: int, old_changed: datetime
) -> bool:
    """Decide about an object that is there already: keep it, or replace it by the new one.

    Args:
        place: Address of the object.
        size: Bytes of the new one.
        began: When the task began to write the new one.
        old_size: Bytes of the one that is there.
        old_changed: When that was written.

    Raises:
        TargetExistsError: Somebody else writes it.
    """
    if old_size == size:
        _logger.info("%s is there already, as large as this one, and is kept", place)
        return True
    if old_changed + _CLOCK_SLACK >= began:
        reason = (
            "somebody wrote it while this task did; if that goes on, two connectors write the same"
            " topic into the same directory"
        )
        raise TargetExistsError(path=place, reason=reason)
    _logger.info(
        "%s is there with %d bytes, written before its offsets were committed, and is replaced by"
        " %d bytes",
        place,
        old_size,
        size,
    )
    return False
