# SPDX-License-Identifier: Apache-2.0
"""A real server of S3's protocol for the tests, on a free loopback port."""

from tests.services.s3.server import S3Server, fetch_s3

__all__ = ["S3Server", "fetch_s3"]
