# SPDX-License-Identifier: Apache-2.0
"""S3Proxy in a process of its own, over a directory, and the few things tests ask of it."""

from __future__ import annotations

import contextlib
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import boto3
import httpx
from botocore.config import Config

from tests.services.child import start_child, tail
from tests.services.maven import fetch_jars, find_program
from tests.services.ports import free_port

__all__ = ["S3Server", "fetch_s3"]

_HERE = Path(__file__).parent
_START_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 20.0
# For short lives on few cores: little memory, the quick compiler, one thread of the collector.
_BRIEF = ["-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]


def fetch_s3() -> Path:
    """Return the folder with the jars of S3Proxy, downloading them the first time."""
    return fetch_jars(_HERE / "pom.xml")


class S3Server:
    """A server: start it, kill it, start it again with the same data and port.

    Args:
        folder: Where the objects, the settings and the log (``server.log``) are; made when missing.
    """

    access_key = "tester"
    secret_key = "the secret of the tests"

    def __init__(self, folder: Path) -> None:
        self.log = folder / "server.log"
        self.url = f"http://127.0.0.1:{free_port()}"
        """Address for ``store.url``."""
        self.starter: threading.Thread | None = None
        """The thread that started the process, which ends with it."""
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "objects").mkdir(parents=True, exist_ok=True)
        settings = {
            "s3proxy.endpoint": self.url,
            "s3proxy.authorization": "aws-v2-or-v4",
            "s3proxy.identity": self.access_key,
            "s3proxy.credential": self.secret_key,
            "jclouds.provider": "filesystem",
            "jclouds.filesystem.basedir": str(folder / "objects"),
        }
        lines = "".join(f"{key}={value}\n" for key, value in settings.items())
        (folder / "s3proxy.properties").write_text(lines)
        self.client: Any = boto3.session.Session().client(
            "s3",
            endpoint_url=self.url,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            region_name="us-west-2",
            config=Config(s3={"addressing_style": "path"}),
        )

    # -- the process

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the server, unless it runs, and wait until it answers (60 s at most).

        Raises:
            RuntimeError: It does not; the message carries the end of the log.
        """
        if not self.is_running:
            command = [find_program("java"), *_BRIEF, "-cp", f"{fetch_s3()}/*"]
            command.append(f"-Dlogback.configurationFile={_HERE / 'logback.xml'}")
            properties = str(self._folder / "s3proxy.properties")
            command += ["org.gaul.s3proxy.Main", "--properties", properties]
            self._process = start_child(command, log=self.log, folder=self._folder)
            self.starter = threading.current_thread()
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not self._answers():
            if not self.is_running or time.monotonic() > deadline:
                msg = f"S3Proxy does not serve:\n{tail(self.log)}"
                raise RuntimeError(msg)
            time.sleep(0.05)

    def kill(self) -> None:
        """End the server at once (SIGKILL); its objects stay."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(_STOP_TIMEOUT_S)

    def stop(self) -> None:
        """End the server; nobody needs its objects any more."""
        self.kill()
        self.client.close()

    def _answers(self) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(self.url, timeout=5).status_code < 500
        return False

    # -- what is asked of it

    def make_bucket(self, bucket: str) -> str:
        """Make a bucket; returns its name as S3 allows it."""
        name = "".join(each if each.isalnum() else "-" for each in bucket.lower())[-60:].strip("-")
        self.client.create_bucket(
            Bucket=name, CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
        )
        return name

    def objects(self, bucket: str, prefix: str = "") -> dict[str, int]:
        """Return the keys of all objects, with their sizes."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return {one["Key"]: one["Size"] for page in pages for one in page.get("Contents", ())}

    def read(self, bucket: str, key: str) -> bytes:
        """Return the content of an object."""
        content: bytes = self.client.get_object(Bucket=bucket, Key=key)["Body"].read()
        return content

    def uploads(self, bucket: str) -> list[str]:
        """Return the keys of uploads that were begun and not ended."""
        told = self.client.list_multipart_uploads(Bucket=bucket)
        return [one["Key"] for one in told.get("Uploads", ())]
