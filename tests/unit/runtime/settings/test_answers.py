# SPDX-License-Identifier: Apache-2.0
from barnabas.config import ConfigDef, ConfigType, ConfigValue
from barnabas.runtime.settings import answers


def definition() -> ConfigDef:
    return (
        ConfigDef()
        .define("a", ConfigType.LIST, [], "A.", group="G")
        .define("b", ConfigType.PASSWORD, None, "B.")
    )


def names(infos):
    return [info.value.name for info in infos.configs]


def test_values_without_definition_come_first_the_others_in_defined_order():
    values = [ConfigValue("b"), ConfigValue("x", 1), ConfigValue("a", ["p", "q"])]
    infos = answers.config_infos("C", definition().keys, values, ["G"])
    assert names(infos) == ["x", "a", "b"]
    assert infos.configs[0].definition is None
    assert infos.configs[1].value.value == "p,q"


def test_of_two_values_of_one_name_the_last_counts():
    values = [ConfigValue("a", errors=["wrong"]), ConfigValue("a", ["p"])]
    infos = answers.config_infos("C", definition().keys, values, [])
    assert (names(infos), infos.error_count) == (["a"], 0)


def test_messages_are_counted_but_below_a_prefix_settings():
    values = [ConfigValue("a", errors=["x", "y"])]
    keys = definition().keys
    assert answers.config_infos("C", keys, values, []).error_count == 2
    prefixed = answers.prefixed_infos("C", keys, values, "p.")
    assert prefixed.error_count == 1
    assert names(prefixed) == ["p.a"]
    assert prefixed.groups == ["G"]


def test_an_internal_setting_is_shown_only_with_errors():
    keys = ConfigDef().define("a", ConfigType.INT, 1, "A.", internal=True).keys
    for make in (
        lambda values: answers.config_infos("C", keys, values, []),
        lambda values: answers.prefixed_infos("C", keys, values, ""),
    ):
        assert names(make([ConfigValue("a", 1)])) == []
        assert names(make([ConfigValue("a", errors=["x"])])) == ["a"]


def test_secrets_are_hidden():
    values = [ConfigDef([definition()["b"]]).validate({"b": "geheim"})[0]]
    (info,) = answers.config_infos("C", definition().keys, values, []).configs
    assert info.value.value == "[hidden]"


def test_parts_are_put_together_without_repeating_groups():
    part = answers.config_infos("C", definition().keys, [ConfigValue("a", errors=["x"])], ["G"])
    merged = answers.merge_infos("C", [part, part])
    assert (merged.groups, merged.error_count, len(merged.configs)) == (["G"], 2, 2)
