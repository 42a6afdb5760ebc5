# SPDX-License-Identifier: Apache-2.0
"""Three brokers, some workers, file sources and a file sink; does to them what a plan says."""

from __future__ import annotations

import contextlib
import dataclasses
import random
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import confluent_kafka
import httpx
import psutil

from benchmarks.chaos.plan import Fault, Shape, Step
from tests.services.child import tail
from tests.services.distributed_worker import DistributedWorker
from tests.services.java_worker import JavaWorker
from tests.services.kafka import Broker, KafkaCluster
from tests.services.worker_process import WorkerProcess

__all__ = ["GROUP", "GUESTS", "SINK", "SINK_TASKS", "ChaosCluster", "Done"]

GROUP = "chaos"
SINK = "sink"
GUESTS = "guests"
SINK_TASKS = 3
_SETTINGS = {"scheduled.rebalance.max.delay.ms": "3000"}
_REST_TIMEOUT_S = 95.0  # longer than workers hold a request, so that what came of it is known
_PERSIST_S = 60.0
_STOP_TIMEOUT_S = 45.0
_HEAL_S = 180.0
_WORDS = {Fault.PAUSE: "pause", Fault.STOP: "stop", Fault.RESUME: "resume"}


@dataclasses.dataclass(frozen=True)
class Done:
    """A step that was done: when it began, how long it took, what came of it."""

    began_s: float
    took_s: float
    fault: str
    target: str
    result: str


class ChaosCluster:
    """Starts everything, disturbs it, heals it.

    Args:
        folder: For data, logs, files and the sink's output.
        kinds: ``barnabas`` or ``java`` for each worker.
        files: The sources' files, by name of the source.
        seed: For choices that depend on what there is: which worker is asked, which runner hit.
    """

    def __init__(
        self, folder: Path, kinds: Sequence[str], files: Mapping[str, Path], seed: int
    ) -> None:
        self.kafka = KafkaCluster(folder / "kafka", brokers=3)
        self.output = folder / "sink.txt"
        self.done: list[Done] = []
        self.anomalies: list[str] = []
        self.workers: dict[str, WorkerProcess] = {}
        for number, kind in enumerate(kinds, 1):
            make = JavaWorker if kind == "java" else DistributedWorker
            worker = make(
                folder / f"worker-{number}",
                self.kafka.bootstrap_servers,
                GROUP,
                settings=_SETTINGS,
            )
            self.workers[f"worker-{number}"] = worker
        self.shape = Shape(
            list(self.workers),
            [f"broker-{broker.node_id}" for broker in self.kafka.brokers],
            list(files),
            SINK,
            has_runners="java" not in kinds,
        )
        self._files = dict(files)
        self._folder = folder
        self._hit = random.Random(seed)
        self._asked = random.Random(seed)
        self._requests = ThreadPoolExecutor(1, thread_name_prefix="requests")
        self._expected_alive: set[str] = set()
        self._frozen: dict[str, list[psutil.Process]] = {}
        self._began_at = time.monotonic()

    # --- the whole

    def start(self) -> None:
        """Start brokers and workers, create topics and connectors, and wait until all runs."""
        self.kafka.start()
        for source in self._files:
            self.kafka.create_topic(self.topic(source))
        for name, worker in self.workers.items():
            worker.launch()
            self._expected_alive.add(name)
        for worker in self.workers.values():
            worker.wait_until_healthy()
        self._put_all()
        self.wait_until_running()

    def stop(self) -> None:
        """End everything at once."""
        for name, worker in self.workers.items():
            self._thaw_worker(name)
            worker.kill()
        self.kafka.stop()

    def topic(self, source: str) -> str:
        """Where a source's lines go."""
        return f"lines-{source}"

    def begin(self) -> None:
        """Count the seconds of the plan from now on."""
        self._began_at = time.monotonic()

    def run(self, step: Step) -> None:
        """Do a step when its time has come, and write down what came of it.

        Requests are made by a thread, one after another, while faults go on.
        """
        time.sleep(max(0.0, self._began_at + step.at_s - time.monotonic()))
        self._watch()
        if step.fault in _REQUESTS:
            self._requests.submit(self._act, step)
        else:
            self._act(step)

    def _act(self, step: Step) -> None:
        began_at = time.monotonic()
        try:
            result = self._actions()[step.fault](step) or "ok"
        except (AssertionError, RuntimeError, OSError, psutil.Error) as error:
            result = f"failed: {str(error).splitlines()[0]}"
            self.anomalies.append(f"{step.fault.value} {step.target}: {error}")
        began_s, took_s = began_at - self._began_at, time.monotonic() - began_at
        what = (step.fault.value, step.target, result)
        self.done.append(Done(round(began_s, 1), round(took_s, 1), *what))

    def heal(self) -> None:
        """Bring everything back, give the connectors their last settings, wait until all runs."""
        self._requests.shutdown()
        for name in self.workers:
            self._thaw_worker(name)
        for broker in self.kafka.brokers:
            with contextlib.suppress(RuntimeError):
                broker.resume()
            if not broker.is_running:
                broker.start()
        self.kafka.wait_until_ready()
        self._watch()
        for name in self.workers:
            self._start_worker(Step(0, Fault.START_WORKER, name))
        for worker in self.workers.values():
            worker.wait_until_healthy()
        self._watch()
        for name in self.workers["worker-1"].request("GET", "/connectors").json():
            if name not in (*self._files, SINK):
                self._persist("DELETE", f"/connectors/{name}")
        self._put_all()
        for name in (*self._files, SINK):
            self._persist("PUT", f"/connectors/{name}/resume")
        self._restart_failed(Step(0, Fault.RESTART_FAILED, ""))
        self.wait_until_running()

    def tempt_guests(self) -> None:
        """Add a line to the files of the connectors that came and went: nobody is to read it."""
        for file in self._folder.glob("guest-*.txt"):
            with file.open("a") as out:
                out.write(f"<{file.stem}:1>\n")

    def wait_until_running(self) -> None:
        """Wait until every worker says that all tasks are RUNNING, on workers that live."""
        deadline = time.monotonic() + _HEAL_S
        while wrong := self.not_running():
            if time.monotonic() > deadline:
                msg = f"not all RUNNING after {_HEAL_S:.0f} s: {wrong[:5]}"
                raise RuntimeError(msg)
            time.sleep(0.3)

    def not_running(self) -> list[str]:
        """What is not as it should be in the statuses, as each worker tells them."""
        homes = {worker.worker_id for worker in self.workers.values() if worker.is_alive}
        wanted = {**dict.fromkeys(self._files, 1), SINK: SINK_TASKS}
        wrong = []
        for name, worker in self.workers.items():
            try:
                answer = worker.request("GET", "/connectors?expand=status")
            except httpx.HTTPError as error:
                wrong.append(f"{name}: {error!r}")
                continue
            told = {key: value["status"] for key, value in answer.json().items()}
            wrong += [f"{name}: {text}" for text in _differences(told, wanted, homes)]
        return wrong

    def _actions(self) -> dict[Fault, Callable[[Step], str | None]]:
        return {
            Fault.KILL_WORKER: self._kill_worker,
            Fault.STOP_WORKER: self._stop_worker,
            Fault.START_WORKER: self._start_worker,
            Fault.FREEZE_WORKER: self._freeze_worker,
            Fault.FREEZE_WORKER_TREE: self._freeze_tree,
            Fault.FREEZE_RUNNER: self._freeze_runner,
            Fault.THAW_WORKER: self._thaw,
            Fault.KILL_RUNNER: self._kill_runner,
            Fault.KILL_BROKER: lambda step: self._disturb_broker(Broker.kill, step),
            Fault.STOP_BROKER: lambda step: self._disturb_broker(Broker.stop, step),
            Fault.START_BROKER: self._start_broker,
            Fault.FREEZE_BROKER: lambda step: self._disturb_broker(Broker.pause, step),
            Fault.THAW_BROKER: self._thaw_broker,
            Fault.PAUSE: self._set_state,
            Fault.STOP: self._set_state,
            Fault.RESUME: self._set_state,
            Fault.RESTART: self._restart,
            Fault.RESTART_FAILED: self._restart_failed,
            Fault.CHANGE: self._change,
            Fault.CREATE: self._create,
            Fault.DELETE: self._delete,
        }

    # --- workers

    def _watch(self) -> None:
        for name in sorted(self._expected_alive):
            worker = self.workers[name]
            if not worker.is_alive:
                code = worker.process.returncode
                text = f"{name} ended by itself with {code}:\n{tail(worker.log, 15)}"
                self.anomalies.append(text)
                self._expected_alive.discard(name)

    def _kill_worker(self, step: Step) -> None:
        self._expected_alive.discard(step.target)
        self.workers[step.target].kill()

    def _stop_worker(self, step: Step) -> None:
        self._expected_alive.discard(step.target)
        worker = self.workers[step.target]
        if worker.is_alive:
            worker.process.terminate()

    def _start_worker(self, step: Step) -> str | None:
        worker = self.workers[step.target]
        if step.target in self._expected_alive:
            return "ran already"
        waited_s = self._wait_for_end(worker)
        worker.launch()
        self._expected_alive.add(step.target)
        return f"ok, its stop took {waited_s:.1f} s more" if waited_s > 0.5 else None

    def _wait_for_end(self, worker: WorkerProcess) -> float:
        began_at = time.monotonic()
        while worker.is_alive:
            if time.monotonic() > began_at + _STOP_TIMEOUT_S:
                where = f"{worker.worker_id} did not stop within {_STOP_TIMEOUT_S:.0f} s"
                self.anomalies.append(f"{where}:\n{tail(worker.log, 15)}")
                worker.kill()
            time.sleep(0.05)
        return time.monotonic() - began_at

    def _freeze(self, processes: list[psutil.Process], target: str) -> str:
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.suspend()
        self._frozen[target] = processes
        return f"ok, {len(processes)} processes"

    def _freeze_worker(self, step: Step) -> str:
        return self._freeze(self._tree(step.target)[:1], step.target)

    def _freeze_tree(self, step: Step) -> str:
        return self._freeze(self._tree(step.target), step.target)

    def _freeze_runner(self, step: Step) -> str:
        return self._freeze(self._runner(step.target), step.target)

    def _kill_runner(self, step: Step) -> str:
        runners = self._runner(step.target)
        for runner in runners:
            runner.send_signal(signal.SIGKILL)
        return f"ok, {len(runners)} killed"

    def _thaw(self, step: Step) -> None:
        self._thaw_worker(step.target)

    def _thaw_worker(self, name: str) -> None:
        for process in self._frozen.pop(name, []):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()

    def _tree(self, name: str) -> list[psutil.Process]:
        worker = self.workers[name]
        if not worker.is_alive:
            return []
        process = psutil.Process(worker.process.pid)
        return [process, *process.children(recursive=True)]

    def _runner(self, name: str) -> list[psutil.Process]:
        """One process that has no children: a runner, if the worker has any."""
        leaves = []
        for process in self._tree(name)[1:]:
            with contextlib.suppress(psutil.NoSuchProcess):
                if not process.children():
                    leaves.append(process)
        leaves.sort(key=lambda process: process.pid)
        return [self._hit.choice(leaves)] if leaves else []

    # --- brokers

    def _broker(self, step: Step) -> Broker:
        return self.kafka.brokers[self.shape.brokers.index(step.target)]

    def _disturb_broker(self, act: Callable[[Broker], None], step: Step) -> str | None:
        if not self.in_sync():
            return "left alone, replicas were not in sync"
        act(self._broker(step))
        return None

    def _start_broker(self, step: Step) -> str | None:
        broker = self._broker(step)
        if broker.is_running:
            return "ran already"
        broker.start()
        return None

    def _thaw_broker(self, step: Step) -> None:
        with contextlib.suppress(RuntimeError):
            self._broker(step).resume()

    def in_sync(self) -> bool:
        """Whether every partition has all its replicas in sync."""
        try:
            topics = self.kafka.admin.list_topics(timeout=5).topics.values()
        except confluent_kafka.KafkaException:
            return False
        parts = [part for topic in topics for part in topic.partitions.values()]
        return all(len(part.isrs) == len(part.replicas) for part in parts)

    # --- connectors

    def _put_all(self) -> None:
        for source in self._files:
            self._persist("PUT", f"/connectors/{source}/config", self._source(source))
        self._persist("PUT", f"/connectors/{SINK}/config", self._sink(SINK_TASKS))

    def _source(self, source: str, batch_size: int = 2000) -> dict[str, str]:
        return {
            "connector.class": "FileStreamSource",
            "file": str(self._files[source]),
            "topic": self.topic(source),
            "batch.size": str(batch_size),
            "tasks.max": "1",
        }

    def _sink(self, tasks: int) -> dict[str, str]:
        return {
            "connector.class": "FileStreamSink",
            "file": str(self.output),
            "topics": ",".join(map(self.topic, self._files)),
            "tasks.max": str(tasks),
        }

    def _change(self, step: Step) -> str:
        is_sink = step.target == SINK
        config = self._sink(step.value) if is_sink else self._source(step.target, 500 * step.value)
        what = f"tasks.max={step.value}" if is_sink else f"batch.size={500 * step.value}"
        return f"{what}: {self._try('PUT', f'/connectors/{step.target}/config', config)}"

    def _set_state(self, step: Step) -> str:
        return self._try("PUT", f"/connectors/{step.target}/{_WORDS[step.fault]}")

    def _restart(self, step: Step) -> str:
        query = "includeTasks=true&onlyFailed=false"
        return self._try("POST", f"/connectors/{step.target}/restart?{query}")

    def _restart_failed(self, step: Step) -> str:
        query = "includeTasks=true&onlyFailed=true"
        names = [*self._files, SINK]
        return "; ".join(self._try("POST", f"/connectors/{n}/restart?{query}") for n in names)

    def _create(self, step: Step) -> str:
        file = self._folder / f"{step.target}.txt"
        file.write_text("a guest's line\n" * 10)
        config = {"connector.class": "FileStreamSource", "file": str(file), "topic": GUESTS}
        return self._try("PUT", f"/connectors/{step.target}/config", config)

    def _delete(self, step: Step) -> str:
        return self._try("DELETE", f"/connectors/{step.target}")

    def _try(self, method: str, path: str, body: object = None) -> str:
        """Ask once: what a user sees in the middle of trouble is written down, not judged."""
        try:
            return str(self._request(method, path, body).status_code)
        except httpx.HTTPError as error:
            return type(error).__name__

    def _persist(self, method: str, path: str, body: object = None) -> None:
        """Ask until it is done: in the end no request may be refused for long."""
        deadline, told = time.monotonic() + _PERSIST_S, ""
        while time.monotonic() < deadline:
            told = self._try(method, path, body)
            if told in ("200", "201", "202", "204"):
                return
            time.sleep(0.5)
        msg = f"{method} {path} was refused for {_PERSIST_S:.0f} s: {told}"
        raise RuntimeError(msg)

    def _request(self, method: str, path: str, body: object) -> httpx.Response:
        """Ask the workers that live in any order until one can be reached."""
        names = [n for n, w in self.workers.items() if w.is_alive and n not in self._frozen]
        self._asked.shuffle(names)
        error = httpx.ConnectError("no worker lives")
        for name in names:
            url = self.workers[name].url + path
            try:
                return httpx.request(method, url, json=body, timeout=_REST_TIMEOUT_S)
            except httpx.ConnectError as refused:
                error = refused
        raise error


def _differences(told: Mapping[str, Any], wanted: Mapping[str, int], homes: set[str]) -> list[str]:
    """What a worker tells that is not as wanted: connectors, numbers of tasks, states, workers."""
    wrong = []
    if told.keys() != wanted.keys():
        wrong.append(f"connectors {sorted(told)}")
    for name, status in told.items():
        if len(status["tasks"]) != wanted.get(name):
            wrong.append(f"{name} has {len(status['tasks'])} tasks")
        for one in (status["connector"], *status["tasks"]):
            if one["state"] != "RUNNING" or one["worker_id"] not in homes:
                what = f"{name}-{one['id']}" if "id" in one else name
                wrong.append(f"{what} is {one['state']} on {one['worker_id']}")
    return wrong


_REQUESTS = {
    Fault.PAUSE,
    Fault.STOP,
    Fault.RESUME,
    Fault.RESTART,
    Fault.RESTART_FAILED,
    Fault.CHANGE,
    Fault.CREATE,
    Fault.DELETE,
}
