# SPDX-License-Identifier: Apache-2.0
import pickle

from hypothesis import given
from hypothesis import strategies as st

from barnabas.config.password import HIDDEN, Password


@given(st.text(min_size=12, alphabet="abcdefgh"))
def test_a_password_never_prints(text):
    password = Password(text)
    shown = f"{password} {password!r} {[password]} %s" % password
    assert text not in shown
    assert str(password) == HIDDEN


def test_passwords_of_one_text_are_equal():
    assert Password("a") == Password("a")
    assert len({Password("a"), Password("a"), Password("b")}) == 2
    assert Password("a") != "a"


def test_an_empty_password_is_false():
    assert not Password("")
    assert Password("a")


def test_a_password_survives_pickling():
    assert pickle.loads(pickle.dumps(Password("a"))).value == "a"
