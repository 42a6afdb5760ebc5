# SPDX-License-Identifier: Apache-2.0
"""Functions found by name, and what they are told when they do not fit."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from barnabas.errors import ConfigError
from barnabas.transforms.named_function import bind_function, find_function, names_function
from tests.unit.transforms import functions

HERE = "tests.unit.transforms.functions:"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("add", functions.add),
        ("Counter", functions.Counter),
        ("Counter.twice", functions.Counter.twice),
    ],
)
def test_functions_and_classes_are_found(name: str, found: object) -> None:
    assert find_function(f" {HERE}{name} ") is found


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("orders.clean", r"\'orders.clean\' names no function. Write it as module:function"),
        ("", "names no function"),
        ("no_such_package.orders:clean", r"no module no_such_package. .*PYTHONPATH"),
        ("tests.unit.transforms.no_such:clean", "no module tests.unit.transforms.no_such"),
        (HERE + "ad", r"functions has no function ad. Did you mean add\?"),
        (HERE + "Counter.thrice", "has no function Counter.thrice"),
        (HERE + "NUMBER", "cannot be called: it is of type int"),
        (HERE + "Mute", "a class without __call__"),
        (HERE + "wait", "is an async function"),
        (HERE + "nothing", "takes no argument"),
    ],
)
def test_names_that_lead_nowhere_are_told(name: str, text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        find_function(name)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("import no_such_library", "ModuleNotFoundError: No module named 'no_such_library'"),
        ("1 / 0", "cannot be imported: ZeroDivisionError"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("def clean(record) return", "SyntaxError"),
    ],
)
def test_a_module_that_fails_at_import_is_told(
    code: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_orders.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match=text):
        find_function("broken_orders:clean")


def test_a_module_that_was_mended_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setitem(sys.modules, "mended_orders", sys)  # taken away again at the end
    del sys.modules["mended_orders"]
    for text in (None, "clear = print", "clean = print"):
        if text is not None:
            (tmp_path / "mended_orders.py").write_text(text, encoding="utf-8")
        if text != "clean = print":
            with pytest.raises(ConfigError, match="mended_orders"):
                find_function("mended_orders:clean")
    assert find_function("mended_orders:clean") is print


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({}, "add needs the argument amount: set arguments.amount"),
        ({"amount": "1", "unti": "g"}, "no argument unti, it takes amount, unit; did you mean arg"),
        ({"amount": "1", "record": "x"}, "takes no argument record"),
    ],
)
def test_arguments_that_do_not_fit_are_told(arguments: dict[str, str], text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        bind_function("add", functions.add, arguments)


def test_arguments_are_given_to_functions_with_each_call_and_to_classes_once() -> None:
    counter = bind_function("Counter", functions.Counter, {"start": "5"})
    assert isinstance(counter, functions.Counter)
    assert counter.number == 5
    assert bind_function("keep", functions.keep, {}) is functions.keep
    assert bind_function("f", lambda record, **more: (record, more), {"a.b": "c"})(1) == (
        1,
        {"a.b": "c"},
    )


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (lambda _record, _more: None, "needs the argument _more"),
        (functions.nothing, "cannot be called with one argument"),
        (lambda *, record: None, "cannot be called with one argument"),
    ],
)
def test_functions_that_do_not_take_one_argument_are_told(function, text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        bind_function("f", function, {})


def test_a_class_that_cannot_be_made_is_told() -> None:
    with pytest.raises(ConfigError, match="Counter cannot be made: ValueError: invalid literal"):
        bind_function("Counter", functions.Counter, {"start": "five"})


def test_a_setting_is_checked_with_its_name() -> None:
    names_function("transforms.f.function", HERE + "add")
    names_function("transforms.f.function", None)
    with pytest.raises(ConfigError, match=r"for configuration transforms\.f\.function: "):
        names_function("transforms.f.function", HERE + "ad")
