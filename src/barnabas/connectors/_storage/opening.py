# SPDX-License-Identifier: Apache-2.0
"""Which client a store's address asks for; what it does not tell, the environment does."""

from __future__ import annotations

from barnabas.connectors._storage.hadoop import HadoopSettings
from barnabas.connectors._storage.local import LocalStorage
from barnabas.connectors._storage.object_stores import SCHEMES, ObjectStores
from barnabas.connectors._storage.storage import Storage
from barnabas.errors import ConfigError

__all__ = ["open_storage"]


def open_storage(url: str, hadoop: HadoopSettings) -> Storage:
    """Make the client of a store.

    Args:
        url: Its address.
        hadoop: For ``hdfs://`` and the like.

    Raises:
        ConfigError: Nothing reads such addresses, or a library is not installed.
        StorageError: The store refuses already.
    """
    scheme = url.partition(":")[0].lower() if ":" in url else ""
    if scheme in ("hdfs", "viewfs"):
        from barnabas.connectors._storage.hdfs_native import HdfsStorage

        return HdfsStorage(url, hadoop)
    if scheme in ("webhdfs", "swebhdfs"):
        from barnabas.connectors._storage.webhdfs import WebHdfsStorage

        return WebHdfsStorage(url, hadoop)
    if scheme in ("s3", "s3a", "s3n"):
        from barnabas.connectors._storage.s3 import S3Storage

        return S3Storage(url)
    if scheme in SCHEMES:
        return ObjectStores(url)
    if scheme in ("", "file"):
        return LocalStorage(url)
    message = (
        f"Invalid value {url} for configuration store.url: addresses begin with hdfs://, viewfs://,"
        " webhdfs://, swebhdfs://, s3://, gs://, az://, abfss:// or file://"
    )
    raise ConfigError(message)
