# SPDX-License-Identifier: Apache-2.0
"""URLs without their secrets."""

from __future__ import annotations

import pytest

from barnabas.connectors.jdbc.urls.shown import without_secrets


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("jdbc:postgresql://h/t?user=f&ssl=true", None),
        (
            "jdbc:postgresql://h/t?user=f&password=x&ssl=true",
            "jdbc:postgresql://h/t?user=f&password=****&ssl=true",
        ),
        ("jdbc:postgresql://h/t?sslpassword=x", "jdbc:postgresql://h/t?sslpassword=****"),
        ("jdbc:mysql://sandy:x@h1:1,h2:2/db?k=v", "jdbc:mysql://sandy:****@h1:1,h2:2/db?k=v"),
        (
            "jdbc:mysql://sandy:x@h1:1,finn:y@h2:2/db",
            "jdbc:mysql://sandy:****@h1:1,finn:****@h2:2/db",
        ),
        (
            "jdbc:mysql://[(host=h1,user=s,password=x),(host=h2,password=y,user=f)]/db",
            "jdbc:mysql://[(host=h1,user=s,password=****),(host=h2,password=****,user=f)]/db",
        ),
        (
            "jdbc:mysql://(host=h1,port=1)/db?password=x&key2=v",
            "jdbc:mysql://(host=h1,port=1)/db?password=****&key2=v",
        ),
        ("jdbc:sqlserver://;servername=s;", None),
        (
            "jdbc:sqlserver://;password=x;servername=s;keyStoreSecret=y;gsscredential=z;",
            "jdbc:sqlserver://;password=****;servername=s;keyStoreSecret=****;gsscredential=****;",
        ),
        ("jdbc:sqlserver://h;password={a;b}};c};user=u", "jdbc:sqlserver://h;password=****;user=u"),
        ("jdbc:oracle:thin:sandy/x@h:1/db?k=v", "jdbc:oracle:thin:sandy/****@h:1/db?k=v"),
        (
            "jdbc:oracle:oci8:sandy/x@host=h,port=1/db",
            "jdbc:oracle:oci8:sandy/****@host=h,port=1/db",
        ),
        ("jdbc:oracle:thin:@h:1/db?password=x&k=v&", "jdbc:oracle:thin:@h:1/db?password=****&k=v&"),
        ("jdbc:oracle:thin:@h:1:db", None),
        ("jdbc:db2://h:1/D:user=u;other=o;", None),
        ("jdbc:db2://h:1/D:password=x;user=u;", "jdbc:db2://h:1/D:password=****;user=u;"),
        ("jdbc:db2://h:1/D:user=u;password=x;", "jdbc:db2://h:1/D:user=u;password=****;"),
        ("jdbc:derby:sample;user=j;password=x", "jdbc:derby:sample;user=j;password=****"),
        ("jdbc:jtds:sybase://h?password=x&k=v&", "jdbc:jtds:sybase://h?password=****&k=v&"),
        ("postgresql+psycopg://me:x%40y@h/db", "postgresql+psycopg://me:****@h/db"),
        ("mysql://me@h/db", None),
    ],
)
def test_every_form_is_shown_without_its_password(url: str, expected: str | None) -> None:
    assert without_secrets(url) == (url if expected is None else expected)
