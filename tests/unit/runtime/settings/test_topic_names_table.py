# SPDX-License-Identifier: Apache-2.0
import re

from barnabas.runtime.settings.topic_creation import OWN_NAMES
from barnabas.runtime.settings.topic_names_table import TOPIC_SETTINGS


def test_names_are_those_of_topics_not_of_groups():
    assert all(re.fullmatch(r"[a-z]+(\.[a-z0-9]+)*", name) for name in TOPIC_SETTINGS)
    assert TOPIC_SETTINGS.isdisjoint(OWN_NAMES)
    assert {"cleanup.policy", "retention.ms", "min.insync.replicas"} <= TOPIC_SETTINGS
