# SPDX-License-Identifier: Apache-2.0
"""Which files of a topic's directories are read, and in which order.

Names are those of the sinks of HDFS and of S3::

    {topic}+{partition}+{start}+{end}{extension}
    {topic}+{partition}+{start}{extension}

``+`` is ``file.delim``. The extension is that of the format; what stands before it, such as the
codec in ``.snappy.parquet``, does not matter, but files of keys and headers hold no values. ``.gz``
may follow.

Source:
    Reference page *hdfs*, sections 2 and 9.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

__all__ = ["GZIP", "FileNames", "StoredFile"]

GZIP: Final = ".gz"
"""End of the names of files that are compressed as a whole."""
_NO_VALUES: Final = (".keys.", ".headers.")


class StoredFile(NamedTuple):
    """A file with records of one Kafka partition; sorts in the order of reading."""

    start: int
    """Offset its first record had in the topic it is from."""
    name: str
    """Last part of its path."""
    size: int
    """Bytes."""

    @property
    def key(self) -> tuple[int, str]:
        """What files of a directory and Kafka partition are ordered by."""
        return self.start, self.name


class FileNames:
    """Reads the names of files.

    Args:
        delimiter: What stands between the parts.
        extension: End of the names, with its dot.
    """

    def __init__(self, delimiter: str, extension: str) -> None:
        self._delimiter = delimiter
        self._extension = extension
        between = re.escape(delimiter)
        self._rest = re.compile(rf"(\d+){between}(\d+)(?:{between}\d+)?((?:\.\w+)+)", re.ASCII)

    def parse(self, topic: str, name: str) -> tuple[int, int] | None:
        """Return Kafka partition and start offset; None when the name is something else."""
        found = self._match(topic, name)
        if found is None:
            return None
        partition, start, extension = found.groups()
        kind = extension.removesuffix(GZIP)
        if not kind.endswith(self._extension) or extension.startswith(_NO_VALUES):
            return None
        return int(partition), int(start)

    def is_padded(self, topic: str, name: str) -> bool:
        """Whether all later files of the Kafka partition sort behind this one as texts, too.

        They do where zeros fill its start offset up.
        """
        found = self._match(topic, name)
        return found is not None and len(found[2]) > 1 and found[2].startswith("0")

    def _match(self, topic: str, name: str) -> re.Match[str] | None:
        prefix = topic + self._delimiter
        return self._rest.fullmatch(name, len(prefix)) if name.startswith(prefix) else None
