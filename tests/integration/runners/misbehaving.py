# SPDX-License-Identifier: Apache-2.0
"""Connectors and tasks that misbehave in the method their settings name.

``misbehave.<method> = <misdeed>``; the misdeeds are the functions below.
"""

from __future__ import annotations

import ctypes
import itertools
import json
import os
import signal
import subprocess
import sys
import time

from barnabas.api import SinkConnector, SinkTask, SourceConnector, SourceRecord, SourceTask
from barnabas.config import Config, ConfigType, Option

_leaked: list[bytearray] = []


def spin():
    while True:
        pass


def spin_in_c():
    """Hold the GIL for ever, deaf to all signals that can be blocked."""
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    sum(itertools.repeat(0))


def sleep():
    time.sleep(1_000_000)


def doze():
    time.sleep(0.3)


def leak():
    _leaked.append(bytearray(os.urandom(1 << 20)))


def die():
    os._exit(3)


def crash():
    ctypes.string_at(0)


def fail():
    text = "the moon is not full"
    raise ValueError(text)


def leave():
    sys.exit(4)


def spawn():
    """Start a program that would outlive us."""
    subprocess.Popen(["sleep", "1000"])


def tell():
    """Say what this process is and has."""
    files = {name: _link(name) for name in os.listdir("/proc/self/fd")}
    told = {
        "files": files,
        "prefix": sys.prefix,
        "session": os.getsid(0),
        "path": sys.path[0],
    }
    with open(os.environ["TELL_TO"], "w", encoding="utf-8") as file:
        json.dump(told, file)


def read():
    """Say what is on standard input."""
    with open(os.environ["TELL_TO"], "w", encoding="utf-8") as file:
        file.write(sys.stdin.readline())


def _link(name):
    try:
        return os.readlink(f"/proc/self/fd/{name}")
    except OSError:
        return None


def commit(props, method):
    misdeed = props.get(f"misbehave.{method}")
    if misdeed:
        globals()[misdeed]()


class MisbehavingConfig(Config):
    password = Option("password", ConfigType.PASSWORD, None, "A secret.")
    topic = Option("topic", str, "", "Where records go.")


class MisbehavingConnector(SourceConnector):
    config_class = MisbehavingConfig

    @property
    def task_class(self):
        return MisbehavingTask

    def start(self, props):
        self.props = dict(props)
        os.environ["TELL_TO"] = props.get("tell.to", "")
        if "fail.with" in props:
            raise ValueError(props["fail.with"])
        if "find.error" in props:
            self.context.raise_error(RuntimeError("the other system is gone"))
        if "request.reconfiguration" in props:
            self.context.request_task_reconfiguration()
        commit(self.props, "start")

    def task_configs(self, max_tasks):
        commit(self.props, "task_configs")
        max_tasks += int(self.props.get("extra.tasks", "0"))
        return [{**self.props, "number": str(number)} for number in range(max_tasks)]

    def stop(self):
        commit(self.props, "stop")

    def validate(self, props):
        commit(props, "validate")
        return super().validate(props)

    def alter_offsets(self, props, offsets):
        commit(props, "alter_offsets")
        return True

    def version(self):
        return "1.2.3"


class MisbehavingSinkConnector(SinkConnector):
    @property
    def task_class(self):
        return MisbehavingSinkTask

    def start(self, props):
        self.props = dict(props)

    def task_configs(self, max_tasks):
        return [self.props] * max_tasks

    def stop(self):
        pass


class MisbehavingTask(SourceTask):
    def start(self, props):
        self.props = dict(props)
        self.count = 0
        os.environ["TELL_TO"] = props.get("tell.to", "")
        commit(props, "start")

    def poll(self):
        commit(self.props, "poll")
        if self.context.wait(0.02):
            return None
        self.count += 1
        return [
            SourceRecord(
                source_partition={"number": self.props.get("number", "0")},
                source_offset={"count": self.count},
                topic=self.props["topic"],
                value=f"record {self.count}",
            )
        ]

    def stop(self):
        commit(self.props, "stop")

    def version(self):
        return "4.5.6"


class MisbehavingSinkTask(SinkTask):
    def start(self, props):
        self.props = dict(props)
        commit(props, "start")

    def put(self, records):
        commit(self.props, "put")

    def stop(self):
        commit(self.props, "stop")
