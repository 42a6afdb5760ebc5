# SPDX-License-Identifier: Apache-2.0
"""What a client of S3 is told."""

from __future__ import annotations

from barnabas.connectors._storage.s3_settings import S3Settings


def test_requests_tell_nothing_unless_it_is_set() -> None:
    assert S3Settings().write_options() == {}
    assert S3Settings().key_options() == {}


def test_secrets_are_not_shown() -> None:
    shown = repr(S3Settings(secret_access_key="hush", customer_key="hush", proxy="http://hush@x"))
    assert "hush" not in shown


def test_requests_tell_what_is_set() -> None:
    told = S3Settings(canned_acl="private", customer_key="k")
    assert told.write_options() == {
        "ACL": "private",
        "SSECustomerAlgorithm": "AES256",
        "SSECustomerKey": "k",
    }
    assert told.key_options() == {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k"}
