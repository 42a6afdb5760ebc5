# SPDX-License-Identifier: Apache-2.0
"""Fetch Apache Hadoop into the cache: ``python -m tests.services.hdfs``."""

from tests.services.hdfs.node import fetch_hdfs

if __name__ == "__main__":
    print(fetch_hdfs())  # noqa: T201  # a command prints
