# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import inspect

import pytest

from barnabas.runtime.herder.herder import Herder
from barnabas.runtime.herder.standalone import StandaloneHerder


def test_the_interface_itself_cannot_be_used():
    with pytest.raises(TypeError, match="abstract"):
        Herder()


def test_the_standalone_herder_has_all_of_it_with_the_same_arguments():
    assert StandaloneHerder.__abstractmethods__ == frozenset()
    for name in Herder.__abstractmethods__:
        ours, wanted = getattr(StandaloneHerder, name), getattr(Herder, name)
        if not isinstance(wanted, property):
            assert list(inspect.signature(ours).parameters) == list(
                inspect.signature(wanted).parameters
            ), name
