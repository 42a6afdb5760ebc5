# SPDX-License-Identifier: Apache-2.0
"""The settings language: options, types, checks, recommendations, secrets, property files.

A plugin author needs `Config` and `Option`; the framework and its tools use `ConfigDef`.
"""

from barnabas.config.definition import ConfigDef
from barnabas.config.java_regex import java_regex
from barnabas.config.key import ConfigKey, ConfigValue
from barnabas.config.option import Config, Option
from barnabas.config.password import HIDDEN, Password
from barnabas.config.properties import parse_properties, read_properties
from barnabas.config.recommenders import Recommender, offer, visible_when
from barnabas.config.spelling import is_one_slip, nearest_name, nearest_names
from barnabas.config.types import (
    NO_DEFAULT,
    ClassFinder,
    ConfigType,
    Importance,
    NoDefault,
    Width,
    format_value,
    invalid_value,
    parse_type,
)
from barnabas.config.validators import (
    Check,
    Validator,
    at_least,
    case_insensitive_valid_string,
    composite,
    list_size,
    non_empty,
    non_empty_no_control,
    non_null,
    range_between,
    unique_list,
    valid_list,
    valid_regex,
    valid_string,
    validator,
)

__all__ = [
    "HIDDEN",
    "NO_DEFAULT",
    "Check",
    "ClassFinder",
    "Config",
    "ConfigDef",
    "ConfigKey",
    "ConfigType",
    "ConfigValue",
    "Importance",
    "NoDefault",
    "Option",
    "Password",
    "Recommender",
    "Validator",
    "Width",
    "at_least",
    "case_insensitive_valid_string",
    "composite",
    "format_value",
    "invalid_value",
    "is_one_slip",
    "java_regex",
    "list_size",
    "nearest_name",
    "nearest_names",
    "non_empty",
    "non_empty_no_control",
    "non_null",
    "offer",
    "parse_properties",
    "parse_type",
    "range_between",
    "read_properties",
    "unique_list",
    "valid_list",
    "valid_regex",
    "valid_string",
    "validator",
    "visible_when",
]
