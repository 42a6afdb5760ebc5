# SPDX-License-Identifier: Apache-2.0
from barnabas.config.recommenders import Recommender, offer, visible_when


def test_a_plain_recommender_offers_nothing_and_hides_nothing():
    recommender = Recommender()
    assert list(recommender.valid_values("k", {})) == []
    assert recommender.visible("k", {})


def test_values_can_be_offered():
    assert list(offer("a", "b").valid_values("k", {})) == ["a", "b"]


def test_a_setting_can_depend_on_another():
    recommender = visible_when("mode", "bulk")
    assert recommender.visible("k", {"mode": "bulk"})
    assert not recommender.visible("k", {"mode": "other"})
    assert not recommender.visible("k", {})
