# SPDX-License-Identifier: Apache-2.0
"""A task is run for nobody, and nothing of it is left."""

from __future__ import annotations

import gc
import logging
import os
import threading

import pytest

from barnabas.errors import ConnectError
from barnabas.runtime.runners import hot_code, rehearsal
from barnabas.runtime.tasks.source import SourceTaskLoop


@pytest.fixture
def run_loops(monkeypatch):
    """The loops that are run."""
    loops = []
    close = SourceTaskLoop._close
    monkeypatch.setattr(SourceTaskLoop, "_close", lambda loop: (loops.append(loop), close(loop)))
    return loops


@pytest.fixture
def tries(monkeypatch):
    """Answers of rehearsals to come; those left over are not asked for."""
    answers = []
    monkeypatch.setattr(hot_code, "gather", lambda _seen: 0)
    monkeypatch.setattr(rehearsal, "rehearse", lambda: answers.pop(0))
    return answers


def test_a_task_is_run_and_its_records_reach_a_producer(run_loops):
    assert rehearsal.rehearse()
    (loop,) = run_loops
    assert loop.metrics.batch_size.total > 100


def test_nothing_is_left_of_it():
    rehearsal.rehearse()
    descriptors, frozen, thresholds = (
        os.listdir("/dev/fd"),
        gc.get_freeze_count(),
        gc.get_threshold(),
    )
    rehearsal.rehearse()
    assert os.listdir("/dev/fd") == descriptors
    assert gc.get_freeze_count() == frozen
    assert gc.get_threshold() == thresholds
    assert not any("pretended" in t.name or t.name == "control" for t in threading.enumerate())


def test_it_says_nothing_and_lets_others_speak(caplog):
    assert rehearsal.rehearse()
    assert not caplog.records
    assert logging.getLogger().isEnabledFor(logging.WARNING)


def test_one_that_fails_is_told_and_harms_nobody(monkeypatch):
    monkeypatch.setattr(rehearsal, "_LOCATION", "nowhere:Connector")
    assert not rehearsal.rehearse()
    assert logging.getLogger().isEnabledFor(logging.WARNING)


def test_one_that_cannot_even_begin_harms_nobody(monkeypatch):
    def refuse(*_arguments):
        raise ConnectError("no")

    monkeypatch.setattr(rehearsal, "TaskHost", refuse)
    assert not rehearsal.rehearse()
    assert not any("pretended" in thread.name for thread in threading.enumerate())


def test_one_that_waits_in_vain_ends(monkeypatch):
    monkeypatch.setattr(rehearsal, "_PATIENCE_S", 0.01)
    monkeypatch.setattr(rehearsal, "_answers", lambda _message: [])
    rehearsal.rehearse()
    assert not any("pretended" in thread.name for thread in threading.enumerate())


def test_all_rehearsals_use_the_code_in_its_new_place(monkeypatch):
    steps = []
    monkeypatch.setattr(rehearsal, "rehearse", lambda: steps.append("rehearse") or True)
    monkeypatch.setattr(hot_code, "gather", lambda _seen: steps.append("gather"))
    rehearsal.rehearse_all(lambda: steps.append("prepare"))
    assert steps[:4] == ["rehearse", "prepare", "gather", "rehearse"]
    assert steps.count("rehearse") == 1 + rehearsal._TIMES


def test_there_is_no_other_after_one_that_failed(tries):
    tries += [True, True, False, True]
    rehearsal.rehearse_all(lambda: None)
    assert tries == [True]


def test_there_is_no_other_when_they_took_long(tries, monkeypatch):
    monkeypatch.setattr(rehearsal, "_LONGEST_S", -1.0)
    tries += [True, True]
    rehearsal.rehearse_all(lambda: None)
    assert tries == [True]
