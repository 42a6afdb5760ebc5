# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from barnabas.runtime.herder.config_patch import patched

configs = st.dictionaries(st.text(max_size=3), st.text(max_size=3))
patches = st.dictionaries(st.text(max_size=3), st.none() | st.text(max_size=3))


def test_a_patch_sets_adds_and_removes():
    assert patched({"a": "1", "b": "2"}, {"a": None, "b": "3", "c": "4", "d": None}) == {
        "b": "3",
        "c": "4",
    }


@given(configs, patches)
def test_a_patch_holds_afterwards_and_leaves_the_rest(config, patch):
    merged = patched(config, patch)
    for key, value in patch.items():
        assert merged.get(key) == value
    for key in config.keys() - patch.keys():
        assert merged[key] == config[key]
    assert patched(merged, patch) == merged
