# SPDX-License-Identifier: Apache-2.0
import hashlib
import uuid

from barnabas.registry_server.model import Definition, Reference


def guid(content: bytes) -> str:
    return str(uuid.UUID(bytes=hashlib.md5(content).digest()))


def test_guid_is_the_md5_of_the_text() -> None:
    assert Definition('"string"').guid == guid(b'"string"')


def test_guid_counts_references() -> None:
    definition = Definition("{}", references=(Reference("n", "s", 258),))

    assert definition.guid == guid(b"{}ns\x00\x00\x01\x02")


def test_guid_counts_metadata_and_rules() -> None:
    metadata = '{"properties":{"b":"2","a":"1"},"tags":{"t":["y","x"]},"sensitive":["z"]}'
    rules = '{"domainRules":[{"name":"r","params":{"k":"v"},"disabled":true}],"enableAt":"BUFFER"}'

    assert Definition("{}", metadata=metadata).guid == guid(b"{}\x01txya1b2z")
    assert Definition("{}", rule_set=rules).guid == guid(b"{}\x01rkv\x01BUFFER")
