# SPDX-License-Identifier: Apache-2.0
import pytest

from barnabas.config.definition import ConfigDef
from barnabas.config.recommenders import Recommender, offer, visible_when
from barnabas.config.types import NO_DEFAULT, ConfigType, Importance
from barnabas.config.validators import at_least, range_between, valid_string
from barnabas.errors import ConfigError

INT, STRING = ConfigType.INT, ConfigType.STRING
MISSING_A = 'Missing required configuration "a" which has no default value.'


def two() -> ConfigDef:
    return ConfigDef().define("a", INT, NO_DEFAULT, "A.").define("b", STRING, "x", "B.")


def test_parsing_reads_values_and_takes_defaults():
    assert two().parse({"a": " 1 ", "other": "2"}) == {"a": 1, "b": "x"}


def test_parsing_names_everything_that_is_wrong():
    definition = two().define("c", INT, 1, "C.", validator=at_least(1))
    with pytest.raises(ConfigError) as failure:
        definition.parse({"c": "0"})
    assert failure.value.message.splitlines() == [
        MISSING_A,
        "Invalid value 0 for configuration c: Value must be at least 1",
    ]


def test_validation_lists_values_and_errors_in_order():
    values = two().validate({"b": "y"})
    assert [(value.name, value.value, value.errors) for value in values] == [
        ("a", None, [MISSING_A]),
        ("b", "y", []),
    ]


def test_a_value_that_cannot_be_parsed_counts_as_null_for_the_validator():
    definition = ConfigDef().define("k", INT, 5, "K.", validator=range_between(1, 10))
    (value,) = definition.validate({"k": "x"})
    assert value.errors == [
        "Invalid value x for configuration k: Not a number of type INT",
        "Invalid value null for configuration k: Value must be non-null",
    ]


def test_a_value_out_of_range_is_shown_with_its_error():
    definition = ConfigDef().define("k", INT, 5, "K.", validator=range_between(1, 10))
    (value,) = definition.validate({"k": "11"})
    assert value.value == 11
    assert len(value.errors) == 1


def test_a_name_can_be_defined_once():
    with pytest.raises(ConfigError, match="Configuration a is defined twice"):
        two().define("a", INT, 1, "Again.")


def test_places_in_a_group_are_counted():
    definition = ConfigDef()
    for name, group in [("a", "G"), ("b", None), ("c", "H"), ("d", "G")]:
        definition.define(name, STRING, "", "?", group=group)
    assert [key.order_in_group for key in definition] == [0, -1, 0, 1]
    assert definition.groups == ["G", "H"]


def test_keys_are_sorted_by_group_place_need_importance_and_name():
    definition = ConfigDef()
    definition.define("z", STRING, "", "?", importance=Importance.HIGH)
    definition.define("y", STRING, "", "?", importance=Importance.LOW)
    definition.define("x", STRING, "", "?", importance=Importance.HIGH)
    definition.define("w", STRING, NO_DEFAULT, "?", importance=Importance.LOW)
    definition.define("v", STRING, "", "?", group="G")
    assert [key.name for key in definition.sorted_keys()] == ["w", "x", "z", "y", "v"]


def test_recommended_values_and_visibility_come_from_what_is_parsed():
    definition = ConfigDef()
    definition.define("mode", STRING, "a", "?", recommender=offer("a", "b"), dependents=("detail",))
    definition.define("detail", STRING, "", "?", recommender=visible_when("mode", "b"))
    mode, detail = definition.validate({})
    assert mode.recommended_values == ["a", "b"]
    assert not detail.visible


def test_a_failing_recommender_is_an_error_of_its_setting():
    def fail(name, parsed):
        raise ConfigError("no connection")

    definition = ConfigDef().define("k", STRING, "", "?", recommender=Recommender(fail))
    (value,) = definition.validate({})
    assert value.errors == ["no connection"]


def test_a_dependent_nobody_defines_is_reported():
    definition = ConfigDef().define("a", STRING, "", "?", dependents=("b",))
    a, b = definition.validate({})
    assert a.errors == []
    assert b.errors == ["b is referred in the dependents, but not defined."]
    assert not b.visible
    with pytest.raises(ConfigError, match="dependents, but not defined: b"):
        definition.parse({})


def test_merging_keeps_what_is_there():
    definition = two().merge(ConfigDef().define("b", INT, 1, "?").define("c", INT, 2, "?"))
    assert {key.name: key.type for key in definition} == {"a": INT, "b": STRING, "c": INT}


def test_embedded_settings_get_prefix_and_group_and_go_on_seeing_their_own_names():
    child = ConfigDef()
    child.define("b", STRING, "x", "B.", validator=valid_string("x"))
    child.define("a", INT, NO_DEFAULT, "A.", recommender=visible_when("b", "x"))
    definition = ConfigDef().embed("t.", "Transforms: t", 2, child)
    assert [(k.name, k.group, k.order_in_group, k.display_name) for k in definition] == [
        ("t.a", "Transforms: t", 2, "a"),
        ("t.b", "Transforms: t", 3, "b"),
    ]
    a, b = definition.validate({"t.b": "y"})
    assert a.errors == ['Missing required configuration "t.a" which has no default value.']
    assert not a.visible
    assert b.errors == ["Invalid value y for configuration b: String must be one of: x"]


def test_names_nobody_defined_can_be_told():
    assert two().unknown_names(["a", "c", "b", "d"]) == ["c", "d"]


def test_the_reference_tells_type_default_and_valid_values_but_nothing_internal():
    definition = two().define("k", INT, 5, "K.", validator=at_least(1), group="G")
    definition.define("i", INT, 5, "I.", internal=True)
    text = definition.describe()
    assert "### `a`\n\nA.\n\n- Type: int\n- Default: none, required\n" in text
    assert "## G\n" in text
    assert "- Valid: [1,...]" in text
    assert "`i`" not in text
