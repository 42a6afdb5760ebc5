# SPDX-License-Identifier: Apache-2.0
"""Claims: one writer, one truth."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import pytest

from barnabas.connectors._storage.claims import ClaimLostError, HeldClaim, list_claims, take_claim
from barnabas.connectors._storage.local import LocalStorage
from barnabas.connectors._storage.names import Claim
from barnabas.connectors._storage.storage import StorageUnavailableError
from tests.unit.connectors._storage.sink_harness import PLACES, FailingStorage


@pytest.fixture
def store(tmp_path: Path) -> LocalStorage:
    return LocalStorage(f"file://{tmp_path}")


def test_the_first_claim_knows_no_offset(store: LocalStorage) -> None:
    assert take_claim(store, PLACES).next_offset is None


def test_a_claim_remembers_what_was_committed(store: LocalStorage) -> None:
    take_claim(store, PLACES).advance(42)
    assert take_claim(store, PLACES).next_offset == 42


def test_who_lost_the_claim_cannot_commit(store: LocalStorage) -> None:
    zombie = take_claim(store, PLACES)
    zombie.advance(10)
    owner = take_claim(store, PLACES)
    with pytest.raises(ClaimLostError):
        zombie.advance(20)
    owner.advance(15)
    assert take_claim(store, PLACES).next_offset == 15


def test_a_claim_can_forget(store: LocalStorage) -> None:
    claim = take_claim(store, PLACES)
    claim.advance(42)
    claim.advance(None)
    assert take_claim(store, PLACES).next_offset is None


@pytest.mark.parametrize("happens", [True, False])
def test_a_commit_without_an_answer_is_repeated(tmp_path: Path, happens: bool) -> None:
    store = FailingStorage(tmp_path)
    claim = take_claim(store, PLACES)
    store.fail_at, store.happens = len(store.steps), happens
    store.error = StorageUnavailableError
    with pytest.raises(StorageUnavailableError):
        claim.advance(5)
    claim.advance(5)
    assert take_claim(store, PLACES).next_offset == 5


def test_of_several_claims_the_furthest_counts(store: LocalStorage) -> None:
    for claim in (Claim("aa", 7), Claim("bb", None), Claim("cc", 9)):
        store.make_directories(f"{PLACES.work}/{claim.name}")
    assert take_claim(store, PLACES).next_offset == 9
    assert len(list_claims(store, PLACES)) == 1


def test_two_who_make_the_first_claim_at_once_do_not_both_have_it(store: LocalStorage) -> None:
    claims: list[HeldClaim] = []
    make = store.make_directories

    def meanwhile(path: str) -> None:
        if not claims:
            claims.append(HeldClaim(store, PLACES, Claim("00", None)))  # in its own call, not again
            claims[0] = take_claim(store, PLACES)
        make(path)

    with mock.patch.object(store, "make_directories", meanwhile):
        second = take_claim(store, PLACES)
    second.advance(1)
    with pytest.raises(ClaimLostError):
        claims[0].advance(1)


def test_nobody_tries_for_ever(store: LocalStorage) -> None:
    with (
        mock.patch.object(store, "list", return_value=[]),
        mock.patch.object(store, "make_directories", return_value=None),
        pytest.raises(StorageUnavailableError, match="keep on taking"),
    ):
        take_claim(store, PLACES)
