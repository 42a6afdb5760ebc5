# SPDX-License-Identifier: Apache-2.0
"""A NameNode with DataNodes, and the few things tests ask of them."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import httpx

from tests.services.child import tail
from tests.services.hdfs.node import DATA_NODE, NAME_NODE, HdfsNode, write_site
from tests.services.ports import free_port

__all__ = ["HdfsCluster", "HdfsClusterFactory"]

_START_TIMEOUT_S = 60.0
_CALL_TIMEOUT_S = 20.0
_LONG_AGO_S = 3600


class HdfsCluster:
    """HDFS on free loopback ports: ``HdfsCluster(folder)``, then `start`.

    Permissions are checked; whoever runs the tests is the superuser. A block has one replica.

    Args:
        folder: Where each daemon gets a folder; made when missing.
        data_nodes: How many DataNodes.
        settings: More settings of all daemons, or other ones.
    """

    def __init__(
        self,
        folder: Path,
        *,
        data_nodes: int = 1,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._http = httpx.Client(timeout=_CALL_TIMEOUT_S)
        self._rpc_port, self._http_port = free_port(), free_port()
        self._extra = dict(settings or {})
        self._is_formatted = False
        self.configuration = folder / "etc"
        """A folder for ``hadoop.conf.dir``."""
        write_site(self.configuration / "core-site.xml", {"fs.defaultFS": self.url})
        write_site(self.configuration / "hdfs-site.xml", {"dfs.replication": "1"})
        self._data_addresses = [f"127.0.0.1:{free_port()}" for _ in range(data_nodes)]
        name_node = folder / "name-node"
        self.name_node = HdfsNode(name_node, NAME_NODE, self._name_settings(name_node))
        self.data_nodes = [
            HdfsNode(one, DATA_NODE, self._data_settings(one, address))
            for number, address in enumerate(self._data_addresses, 1)
            for one in [folder / f"data-node-{number}"]
        ]

    @property
    def url(self) -> str:
        """Address for ``store.url``."""
        return f"hdfs://127.0.0.1:{self._rpc_port}"

    @property
    def web_url(self) -> str:
        """The same for WebHDFS."""
        return f"webhdfs://127.0.0.1:{self._http_port}"

    # -- the processes

    def start(self) -> None:
        """Start the daemons that do not run and wait until HDFS takes files (60 s at most).

        Raises:
            RuntimeError: It does not; the message carries the ends of the logs.
        """
        if not self._is_formatted:
            self.name_node.format()
            self._is_formatted = True
        for node in (self.name_node, *self.data_nodes):
            if not node.is_running:
                node.start()
        self.wait_until_ready()

    def stop(self) -> None:
        """End all daemons at once; nobody needs their data any more."""
        for node in (*self.data_nodes, self.name_node):
            node.kill()
        self._http.close()

    def revive(self) -> None:
        """Let frozen daemons go on, and end those that other threads started.

        These would end some time later, with their threads.
        """
        for node in (self.name_node, *self.data_nodes):
            if node.is_running:
                node.resume()
                if node.starter is not threading.current_thread():
                    node.kill()

    def wait_until_ready(self) -> None:
        """Wait until every running DataNode is known and the NameNode left safe mode (60 s)."""
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not self._is_ready():
            ended = [node for node in (self.name_node, *self.data_nodes) if not node.is_running]
            if time.monotonic() > deadline or self.name_node in ended:
                logs = [tail(node.log) for node in (self.name_node, *self.data_nodes)]
                msg = "HDFS does not serve:\n" + "\n".join(logs)
                raise RuntimeError(msg)
            time.sleep(0.05)

    def _is_ready(self) -> bool:
        with contextlib.suppress(httpx.HTTPError, KeyError, IndexError):
            told = self.state("FSNamesystemState")
            running = list(self._running_data_nodes())
            is_open = told["FSState"] == "Operational" and told["NumLiveDataNodes"] >= len(running)
            return is_open and all(map(self._serves, running))
        return False

    def _running_data_nodes(self) -> Iterator[str]:
        for node, address in zip(self.data_nodes, self._data_addresses, strict=True):
            if node.is_running:
                yield address

    def _serves(self, data_node: str) -> bool:
        """Tell whether a DataNode has told the NameNode, this time, which blocks it has."""
        actors = self._bean(data_node, "DataNode,name=DataNodeInfo")["BPServiceActorInfo"]
        told = json.loads(actors)
        return bool(told) and all(
            one["ActorState"] == "RUNNING" and int(one["LastBlockReport"]) < _LONG_AGO_S
            for one in told
        )

    def _bean(self, address: str, name: str) -> dict[str, Any]:
        query = {"qry": f"Hadoop:service={name}"}
        told = self._http.get(f"http://{address}/jmx", params=query).json()
        found: dict[str, Any] = told["beans"][0]
        return found

    # -- what is asked of it

    def state(self, bean: str) -> dict[str, Any]:
        """Return what the NameNode tells of itself, by the name of the bean."""
        return self._bean(f"127.0.0.1:{self._http_port}", f"NameNode,name={bean}")

    def call(self, method: str, path: str, operation: str, **parameters: str) -> httpx.Response:
        """Ask WebHDFS of the NameNode, as the superuser, and follow it to the DataNode."""
        return self._http.request(
            method,
            f"http://127.0.0.1:{self._http_port}/webhdfs/v1{path}",
            params={"op": operation, "user.name": _superuser(), **parameters},
            follow_redirects=True,
        ).raise_for_status()

    def files(self, folder: str = "/") -> dict[str, int]:
        """Return the paths of all files below a folder, if there is one, with their sizes."""
        return {path: status["length"] for path, status in self._walk(folder.rstrip("/"))}

    def read(self, path: str) -> bytes:
        """Return the content of a file."""
        return self.call("GET", path, "OPEN").content

    def set_permission(self, path: str, octal: str) -> None:
        """Change who may do what with a path (``"755"``)."""
        self.call("PUT", path, "SETPERMISSION", permission=octal)

    def make_directories(self, path: str) -> None:
        """Make a directory and those above it."""
        self.call("PUT", path, "MKDIRS")

    def set_quota(self, path: str, *, names: int | None = None, size: int | None = None) -> None:
        """Limit how many names and bytes may be below a directory (None leaves it)."""
        limits = {"namespacequota": names, "storagespacequota": size}
        told = {key: str(value) for key, value in limits.items() if value is not None}
        self.call("PUT", path, "SETQUOTA", **told)

    def wait_until(self, is_so: Callable[[], bool], what: str, timeout_s: float = 30.0) -> None:
        """Wait until something is so.

        Raises:
            AssertionError: It was not within the time.
        """
        deadline = time.monotonic() + timeout_s
        while not is_so():
            assert time.monotonic() < deadline, f"not within {timeout_s} s: {what}"
            time.sleep(0.05)

    def _walk(self, folder: str) -> Iterator[tuple[str, dict[str, Any]]]:
        try:
            told = self.call("GET", folder or "/", "LISTSTATUS").json()
        except httpx.HTTPStatusError as error:
            if error.response.status_code == 404:
                return
            raise
        for status in told["FileStatuses"]["FileStatus"]:
            path = f"{folder}/{status['pathSuffix']}"
            if status["type"] == "DIRECTORY":
                yield from self._walk(path)
            else:
                yield path, status

    # -- settings

    def _name_settings(self, folder: Path) -> dict[str, str]:
        return {
            **self._shared_settings(folder),
            "dfs.namenode.http-address": f"127.0.0.1:{self._http_port}",
            "dfs.namenode.name.dir": (folder / "name").as_uri(),
            "dfs.namenode.handler.count": "4",
            "dfs.namenode.fs-limits.min-block-size": "4096",
            "dfs.namenode.safemode.extension": "0",
            "dfs.namenode.safemode.min.datanodes": "0",
            "dfs.namenode.datanode.registration.ip-hostname-check": "false",
            "dfs.namenode.heartbeat.recheck-interval": "1000",
            "dfs.namenode.stale.datanode.interval": "3000",
            **self._extra,
        }

    def _data_settings(self, folder: Path, http_address: str) -> dict[str, str]:
        return {
            **self._shared_settings(folder),
            "dfs.datanode.data.dir": (folder / "data").as_uri(),
            "dfs.datanode.address": f"127.0.0.1:{free_port()}",
            "dfs.datanode.http.address": http_address,
            "dfs.datanode.ipc.address": f"127.0.0.1:{free_port()}",
            "dfs.datanode.handler.count": "2",
            **self._extra,
        }

    def _shared_settings(self, folder: Path) -> dict[str, str]:
        return {
            "fs.defaultFS": self.url,
            "hadoop.tmp.dir": str(folder / "tmp"),
            "dfs.replication": "1",
            "dfs.heartbeat.interval": "1",
        }


def _superuser() -> str:
    """Return the name of whoever runs the tests, as Java finds it."""
    return pwd.getpwuid(os.getuid()).pw_name


class HdfsClusterFactory(Protocol):
    """The fixture ``hdfs_cluster``: starts a cluster that ends with the test."""

    def __call__(
        self, *, data_nodes: int = 1, settings: Mapping[str, str] | None = None
    ) -> HdfsCluster:
        """Start DataNodes and a NameNode of the test's own and wait until they serve."""
