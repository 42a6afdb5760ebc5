# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.errors import BadRequestError, ConfigError, ForbiddenError, UnavailableError
from barnabas.runtime.group.session_keys import (
    expiry_ms,
    generate,
    key_bytes,
    needs_rotation,
    sign,
    verify,
)
from barnabas.runtime.model import SessionKey

RECORDED_KEY = SessionKey(
    base64.b64decode("bXSRMaIZmSydijW7V4QFMFmX/jqkV0Mxg7HZgs3Lqzk="), "HmacSHA256", 0
)
RECORDED_BODY = b'[{"config":"value"},{"config":"other_value"}]'
RECORDED_HEADERS = {
    "X-Connect-Authorization": "Kv1/OSsxzdVIwvZ4e30avyRIVrngDfhzVUm/kAZEKc4=",
    "X-Connect-Request-Signature-Algorithm": "HmacSHA256",
}
ALLOWED = ["HmacSHA256"]
KEY = SessionKey(b"k" * 32, "HmacSHA256", 1_000)


def rotation(key, **changes):
    settings = {"algorithm": "HmacSHA256", "size_bits": None, "ttl_ms": 500, "now_ms": 1_200}
    return needs_rotation(key, **{**settings, **changes})


@pytest.mark.mirrors("connect/runtime InternalRequestSignatureTest")
def test_a_signature_is_javas():
    assert sign(RECORDED_BODY, RECORDED_KEY, "HmacSHA256") == RECORDED_HEADERS


@pytest.mark.mirrors("connect/runtime InternalRequestSignatureTest")
def test_javas_signature_is_accepted_whatever_the_case_of_the_headers():
    headers = {name.lower(): value for name, value in RECORDED_HEADERS.items()}
    verify(headers, RECORDED_BODY, RECORDED_KEY, ALLOWED)


@given(st.binary(max_size=50), st.binary(max_size=50))
def test_a_signature_fits_its_body_only(body, other):
    headers = sign(body, KEY, "HmacSHA256")
    verify(headers, body, KEY, ALLOWED)
    if other != body:
        with pytest.raises(ForbiddenError, match=r"contained invalid signature\."):
            verify(headers, other, KEY, ALLOWED)


def test_a_signature_with_another_key_is_refused():
    headers = sign(b"", SessionKey(b"x" * 32, "HmacSHA256", 0), "HmacSHA256")
    with pytest.raises(ForbiddenError):
        verify(headers, b"", KEY, ALLOWED)


@pytest.mark.parametrize("missing", RECORDED_HEADERS)
def test_both_headers_are_required(missing):
    headers = {name: value for name, value in RECORDED_HEADERS.items() if name != missing}
    with pytest.raises(BadRequestError, match="Internal request missing required signature"):
        verify(headers, RECORDED_BODY, RECORDED_KEY, ALLOWED)


@pytest.mark.parametrize("text", ["Y", "YWI==", "YW I=", " YWI=", "YWé="])
def test_a_signature_that_is_not_base64_is_a_bad_request(text):
    headers = {**RECORDED_HEADERS, "X-Connect-Authorization": text}
    with pytest.raises(BadRequestError, match="not Base64"):
        verify(headers, RECORDED_BODY, RECORDED_KEY, ALLOWED)


def test_base64_without_padding_is_read():
    headers = dict(RECORDED_HEADERS)
    headers["X-Connect-Authorization"] = headers["X-Connect-Authorization"].rstrip("=")
    verify(headers, RECORDED_BODY, RECORDED_KEY, ALLOWED)


def test_an_unknown_algorithm_is_a_bad_request():
    headers = {**RECORDED_HEADERS, "X-Connect-Request-Signature-Algorithm": "Rot13"}
    with pytest.raises(BadRequestError, match="'Rot13'"):
        verify(headers, RECORDED_BODY, RECORDED_KEY, ["Rot13"])


def test_an_algorithm_that_is_not_allowed_is_a_bad_request():
    headers = sign(b"", KEY, "HmacSHA1")
    with pytest.raises(BadRequestError, match=r"does not support the 'HmacSHA1'.*\[HmacSHA256\]"):
        verify(headers, b"", KEY, ALLOWED)


def test_without_a_key_the_worker_is_still_starting():
    with pytest.raises(UnavailableError, match="has not been able to read a session key"):
        verify(RECORDED_HEADERS, RECORDED_BODY, None, ALLOWED)


def test_what_is_wrong_with_the_request_is_told_before_that_there_is_no_key():
    with pytest.raises(BadRequestError):
        verify({}, b"", None, ALLOWED)


@pytest.mark.parametrize(
    ("algorithm", "length"),
    [
        ("HmacMD5", 64),
        ("HmacSHA1", 64),
        ("HmacSHA224", 28),
        ("HmacSHA256", 32),
        ("HmacSHA384", 48),
        ("HmacSHA512", 64),
        ("HmacSHA512/224", 28),
        ("HmacSHA512/256", 32),
        ("HmacSHA3-256", 32),
    ],
)
def test_a_key_has_the_size_java_gives_it_and_can_sign(algorithm, length):
    key = generate(algorithm, None, 7)
    assert (len(key.key), key.algorithm, key.created_ms) == (length, algorithm, 7)
    verify(sign(b"body", key, algorithm), b"body", key, [algorithm])


def test_a_size_that_is_set_is_rounded_up_to_bytes():
    assert [key_bytes("HmacSHA256", bits) for bits in (40, 100, 257)] == [5, 13, 33]


def test_two_keys_are_not_the_same():
    assert generate("HmacSHA256", None, 0).key != generate("HmacSHA256", None, 0).key


def test_a_key_is_never_shown():
    assert "kkkk" not in repr(KEY)


def test_wrong_settings_are_told_by_name():
    with pytest.raises(ConfigError, match=r"AES.*inter\.worker\.key\.generation\.algorithm"):
        generate("AES", None, 0)
    with pytest.raises(ConfigError, match=r"39.*inter\.worker\.key\.size"):
        generate("HmacSHA256", 39, 0)
    with pytest.raises(ConfigError, match=r"AES.*inter\.worker\.signature\.algorithm"):
        sign(b"", KEY, "AES")


def test_a_good_key_stays():
    assert rotation(KEY) is None


def test_the_first_key_is_made():
    assert rotation(None) == "there is none yet"


def test_a_key_is_replaced_at_the_end_of_its_time_to_live():
    assert rotation(KEY, now_ms=1_499) is None
    assert "inter.worker.key.ttl.ms" in rotation(KEY, now_ms=1_500)


def test_a_key_without_time_to_live_stays_for_ever():
    assert rotation(KEY, ttl_ms=0, now_ms=10**15) is None
    assert expiry_ms(KEY, 0) is None
    assert expiry_ms(KEY, 500) == 1_500


def test_a_key_that_does_not_fit_the_settings_is_replaced():
    assert "HmacSHA512" in rotation(KEY, algorithm="HmacSHA512")
    assert "33 bytes" in rotation(KEY, size_bits=260)


@pytest.mark.parametrize(
    ("ahead_ms", "ttl_ms", "is_replaced"),
    [(60_000, 3_600_000, False), (61_000, 3_600_000, True), (61_000, 0, False)],
)
def test_a_key_from_the_future_is_replaced_where_keys_expire(
    ahead_ms: int, ttl_ms: int, is_replaced: bool
) -> None:
    key = SessionKey(bytes(32), "HmacSHA256", 1_000_000 + ahead_ms)
    reason = needs_rotation(
        key, algorithm="HmacSHA256", size_bits=None, ttl_ms=ttl_ms, now_ms=1_000_000
    )
    assert (reason is not None) is is_replaced
    if reason:
        assert "61 s in the future by this worker's clock: the clocks of the workers" in reason
