# SPDX-License-Identifier: Apache-2.0
"""Fetch S3Proxy into the cache: ``python -m tests.services.s3``."""

from tests.services.s3.server import fetch_s3

if __name__ == "__main__":
    print(fetch_s3())  # noqa: T201  # a command prints
