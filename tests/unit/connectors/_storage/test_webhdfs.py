# SPDX-License-Identifier: Apache-2.0
"""What addresses and answers of WebHDFS mean; tests/integration has a real one."""

from __future__ import annotations

import httpx
import pytest

from barnabas.connectors._storage.hadoop import HadoopSettings
from barnabas.connectors._storage.storage import StorageAccessError, StorageUnavailableError
from barnabas.connectors._storage.webhdfs import WebHdfsStorage, error_of_answer
from barnabas.errors import ConfigError

PATH = "webhdfs://n:9870/a"


def answer(status: int, **more: object) -> httpx.Response:
    request = httpx.Request("GET", "http://n:9870/webhdfs/v1/a?user.name=x")
    return httpx.Response(status, request=request, **more)


def test_an_exception_is_told_as_such() -> None:
    told = {"RemoteException": {"exception": "AccessControlException", "message": "denied"}}
    error = error_of_answer(answer(403, json=told), PATH)
    assert type(error) is StorageAccessError
    assert error.reason == "AccessControlException: denied"


def test_an_answer_of_something_between_is_told_by_its_status() -> None:
    error = error_of_answer(answer(502, text="<html>Bad gateway"), PATH)
    assert type(error) is StorageUnavailableError
    assert error.reason == "HTTP 502 from http://n:9870/webhdfs/v1/a"


def test_other_addresses_are_refused() -> None:
    with pytest.raises(ConfigError, match="webhdfs://namenode:9870, not http://n"):
        WebHdfsStorage("http://n:9870")


def test_kerberos_is_refused_with_the_way_out() -> None:
    with pytest.raises(ConfigError, match="use an address of hdfs://"):
        WebHdfsStorage("webhdfs://n:9870", HadoopSettings(is_kerberos=True))
