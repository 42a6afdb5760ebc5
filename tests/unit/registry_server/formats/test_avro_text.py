# SPDX-License-Identifier: Apache-2.0
import json

import pytest

from barnabas.registry_server.formats.avro_text import with_full_aliases, write_avro


def written(text: str) -> str:
    return write_avro(json.loads(text))


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ('{"type": "string"}', '"string"'),
        ('{"type":"string","x":1}', '{"type":"string","x":1}'),
        (
            '{"logicalType": "date", "type": "int"}',
            '{"type":"int","logicalType":"date"}',
        ),
        ('["null", {"type": "int"}]', '["null","int"]'),
        ('{"items":"int","type":"array","x":"y"}', '{"type":"array","items":"int","x":"y"}'),
        ('{"values":"int","type":"map"}', '{"type":"map","values":"int"}'),
        (
            '{"name":"a.E","symbols":["A"],"type":"enum","default":"A","doc":"d","p":1}',
            '{"type":"enum","name":"E","namespace":"a","doc":"d","symbols":["A"],"default":"A","p":1}',
        ),
        (
            '{"size":2,"type":"fixed","name":"F","namespace":"n","aliases":["n.G","m.H"]}',
            '{"type":"fixed","name":"F","namespace":"n","size":2,"aliases":["G","m.H"]}',
        ),
        (
            '{"fields":[{"type":"n.A","name":"x","order":"ignore","default":null,"doc":"d",'
            '"aliases":["y"],"p":2},{"name":"z","type":"int","order":"ascending"}],"q":3,'
            '"type":"record","name":"A","namespace":"n"}',
            '{"type":"record","name":"A","namespace":"n","fields":[{"name":"x","type":"A","doc":"d",'
            '"default":null,"order":"ignore","aliases":["y"],"p":2},{"name":"z","type":"int"}],"q":3}',
        ),
        (
            '{"type":"record","name":"n.A","fields":[{"name":"b","type":{"type":"record","name":"B",'
            '"fields":[]}},{"name":"c","type":{"type":"fixed","name":"m.C","size":1}},'
            '{"name":"d","type":{"type":"fixed","name":"D","namespace":"","size":1}}]}',
            '{"type":"record","name":"A","namespace":"n","fields":[{"name":"b","type":{"type":'
            '"record","name":"B","fields":[]}},{"name":"c","type":{"type":"fixed","name":"C",'
            '"namespace":"m","size":1}},{"name":"d","type":{"type":"fixed","name":"D","namespace":'
            '"","size":1}}]}',
        ),
    ],
)
def test_schema_is_written_as_java_writes_it(given: str, wanted: str) -> None:
    assert written(given) == wanted
    assert written(wanted) == wanted


def test_normal_form_sorts_foreign_attributes() -> None:
    one = json.loads('{"type":"string","b":1,"a":2}')

    assert write_avro(one, normalize=True) == '{"type":"string","a":2,"b":1}'


def test_numbers_are_written_as_java_writes_them() -> None:
    given = '{"type":"double","a":1e20,"b":1e-7,"c":1.50,"d":9007199254740993,"e":true,"f":[null]}'
    wanted = (
        '{"type":"double","a":1.0E20,"b":1.0E-7,"c":1.5,"d":9007199254740993,"e":true,"f":[null]}'
    )

    assert written(given) == wanted


def test_aliases_get_the_namespace_of_their_type() -> None:
    inner = {"type": "fixed", "name": "F", "size": 1, "aliases": ["G"]}
    fields = [{"name": "f", "type": ["null", inner], "aliases": ["g"]}]
    schema = {"type": "record", "name": "n.R", "aliases": ["S", "m.T"], "fields": fields}

    found = with_full_aliases(schema)

    assert found["aliases"] == ["n.S", "m.T"]
    assert found["fields"][0]["aliases"] == ["g"]
    assert found["fields"][0]["type"][1]["aliases"] == ["n.G"]


def test_letters_stay_as_they_are() -> None:
    assert written('{"type":"string","doc2":"\\u00fc"}') == '{"type":"string","doc2":"ü"}'
