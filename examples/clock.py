# SPDX-License-Identifier: Apache-2.0
"""The first connector of the README: a record every second, counted on across restarts."""

from barnabas.api import SourceConnector, SourceRecord, SourceTask

HALL = {"clock": "hall"}  # what we copy from; offsets are kept for it


class ClockTask(SourceTask):
    def start(self, props):
        stored = self.context.offset_storage_reader.offset(HALL)
        self.ticks, self.topic = (stored or {"ticks": 0})["ticks"], props["topic"]

    def poll(self):
        if self.context.wait(1.0):  # woken early: the task is to stop
            return None
        self.ticks += 1
        where = {"source_partition": HALL, "source_offset": {"ticks": self.ticks}}
        return [SourceRecord(topic=self.topic, value=f"tick {self.ticks}", **where)]

    def stop(self):
        pass


class Clock(SourceConnector):
    task_class = ClockTask

    def start(self, props):
        self.props = dict(props)

    def task_configs(self, max_tasks):
        return [self.props]

    def stop(self):
        pass
