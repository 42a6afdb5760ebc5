# SPDX-License-Identifier: Apache-2.0
r"""Regular expressions written for Java, rewritten for Python's `re`.

Most of both languages is the same. Rewritten are: named groups and ``\k<name>``; flags in the
middle; ``\Q…\E``; ``\p{…}`` of POSIX names and general categories; ``\h``, ``\R``, ``\z``, ``\Z``,
``\e``, ``\x{…}``, ``\0…``; the dot, which passes over no line end of Unicode; classes in classes
and their intersections. ``\d``, ``\s``, ``\w`` and case mean ASCII, as in Java.

Differs:
    Look-behinds must have a fixed width. Refused are ``\G``, ``\X``, ``\p{…}`` of scripts and
    blocks, ``\Q…\E`` in classes and a quantifier behind another one.

Source:
    Behaviour of ``java.util.regex.Pattern``, compared with OpenJDK 17.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable
from typing import Final, NoReturn

from barnabas.errors import ConfigError

__all__ = ["java_regex"]


def java_regex(text: str) -> re.Pattern[str]:
    r"""Compile a regular expression written for Java.

    Raises:
        ConfigError: The expression is not valid, or not understood here.

    Differs:
        See the module.
    """
    try:
        return re.compile(_Translation(text).translate(), re.ASCII)
    except (re.error, RecursionError, OverflowError) as error:
        message = f"Invalid regex: {error}"
        raise ConfigError(message) from error


_QUANTIFIER: Final = re.compile(r"(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\})[+?]?")
_GROUP_NAME: Final = re.compile(r"\?<([A-Za-z][A-Za-z0-9]*)>")
_FLAGS: Final = re.compile(r"\?([idmsuxU]*)(?:-([idmsuxU]*))?([:)])")
_PLAIN_GROUPS: Final = ("?:", "?=", "?!", "?>", "?<=", "?<!")
_BACK_REFERENCE: Final = re.compile(r"k<([A-Za-z][A-Za-z0-9]*)>")
_PROPERTY: Final = re.compile(r"[pP](?:\{(?:Is|gc=|general_category=)?(\w+)\}|([A-Z]))")
_CODE: Final = re.compile(
    r"x([0-9a-fA-F]{2})|x\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|0([0-3]?[0-7]{1,2})|c([ -~])"
)
_QUOTE: Final = re.compile(r"Q(.*?)(?:\\E|\Z)", re.DOTALL)
_CARET: Final = re.compile(r"\^")
_COMMENT: Final = re.compile(r"(?:[ \t\n\x0b\f\r]|#[^\n\r\x85\u2028\u2029]*)+")
_BLANKS: Final = re.compile(r"[ \t\n\x0b\f\r]*")

_LINE_ENDS: Final = r"\n\r\x85\u2028\u2029"
_VERTICAL: Final = r"\n\x0b\f\r\x85\u2028\u2029"
_HORIZONTAL: Final = r"\t \xa0\u1680\u180e\u2000-\u200a\u202f\u205f\u3000"

_ASSERTIONS: Final = {
    "b": r"\b",
    "B": r"\B",
    "A": r"\A",
    "z": r"\Z",
    "Z": rf"(?=(?:\r\n|[{_LINE_ENDS}])?\Z)",
    "R": rf"(?:\r\n|[{_VERTICAL}])",
}
"""Escapes that have no place in a class."""

_CLASSES: Final = {
    "d": "0-9",
    "w": "a-zA-Z0-9_",
    "s": r" \t\n\x0b\f\r",
    "h": _HORIZONTAL,
    "v": _VERTICAL,
}
"""Escapes that stand for a class, whose capital letter is the contrary."""

_CHARACTERS: Final = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "a": "\a", "e": "\x1b"}

_PROPERTIES: Final = {
    "Lower": "a-z",
    "Upper": "A-Z",
    "ASCII": r"\x00-\x7f",
    "Alpha": "a-zA-Z",
    "Digit": "0-9",
    "Alnum": "a-zA-Z0-9",
    "Punct": r"!-/:-@\[-`{-~",
    "Graph": "!-~",
    "Print": " -~",
    "Blank": r" \t",
    "Cntrl": r"\x00-\x1f\x7f",
    "XDigit": "0-9a-fA-F",
    "Space": r" \t\n\x0b\f\r",
}
_TESTS: Final[dict[str, Callable[[str], bool]]] = {
    "Alphabetic": str.isalpha,
    "Uppercase": str.isupper,
    "Lowercase": str.islower,
    "javaLowerCase": str.islower,
    "javaUpperCase": str.isupper,
    "javaLetter": str.isalpha,
    "javaDigit": str.isdecimal,
    "javaLetterOrDigit": str.isalnum,
}
_CATEGORY: Final = re.compile("C[cfnos]?|L[lmotu]?|M[cen]?|N[dlo]?|P[cdefios]?|S[ckmo]?|Z[lps]?")


@functools.cache
def _members(name: str) -> str | None:
    """The characters of a property as the inside of a class; None when it is not known."""
    if name in _PROPERTIES:
        return _PROPERTIES[name]
    if name in _TESTS:
        return _ranges(_TESTS[name])
    if _CATEGORY.fullmatch(name):
        return _ranges(lambda character: unicodedata.category(character).startswith(name))
    return None


def _ranges(test: Callable[[str], bool]) -> str:
    """Write the characters of the first 65,536 that pass a test as ranges."""
    parts: list[str] = []
    start: int | None = None
    for point in range(0x10001):
        if point < 0x10000 and test(chr(point)):
            start = point if start is None else start
        elif start is not None:
            parts.append(f"\\u{start:04x}-\\u{point - 1:04x}")
            start = None
    return "".join(parts)


def _literal(character: str) -> str:
    """Write one character so that it means itself, in a class and outside."""
    return character if character.isalnum() or character == "_" else f"\\{character}"


class _Translation:
    """One expression on its way.

    The methods read on from where the last one stopped and return what Python writes for it.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._groups = 0
        self._is_dot_all = False
        self._is_commented = False

    def translate(self) -> str:
        """Translate the whole expression."""
        result = self._alternatives()
        if self._at < len(self._text):
            self._refuse("there is a closing parenthesis too many")
        return result

    def _refuse(self, reason: str) -> NoReturn:
        message = f"{reason}, at position {self._at} of {self._text!r}"
        raise re.error(message)

    def _starts(self, text: str) -> bool:
        return self._text.startswith(text, self._at)

    def _find(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Read what the pattern matches, if it does."""
        found = pattern.match(self._text, self._at)
        if found is not None:
            self._at = found.end()
        return found

    def _take(self) -> str:
        if self._at >= len(self._text):
            self._refuse("it ends too early")
        self._at += 1
        return self._text[self._at - 1]

    def _alternatives(self) -> str:
        """Translate up to a closing parenthesis.

        Flags set on the way hold to the end, in all alternatives to come: there they are opened
        anew.
        """
        before = self._is_dot_all, self._is_commented
        opened: list[str] = []
        result: list[str] = []
        while self._at < len(self._text) and not self._starts(")"):
            if self._is_commented and self._find(_COMMENT):
                continue
            if self._starts("(?") and (flags := self._flags(")")) is not None:
                opened.append(flags)
                result.append(flags)
            elif self._starts("|"):
                result += [")" * len(opened), self._take(), *opened]
            else:
                result.append(self._atom() + self._quantifier())
        self._is_dot_all, self._is_commented = before
        return "".join(result) + ")" * len(opened)

    def _flags(self, end: str) -> str | None:
        """Read ``(?i)`` or ``(?i:``, told apart by their end; None when no such thing is there."""
        found = _FLAGS.match(self._text, self._at + 1)
        if found is None or found[3] != end:
            return None
        self._at = found.end()
        on, off = found[1], found[2] or ""
        self._is_dot_all = ("s" in on or self._is_dot_all) and "s" not in off
        self._is_commented = ("x" in on or self._is_commented) and "x" not in off
        kept = "".join(flag for flag in "im" if flag in on)
        kept += "u" if set("uU") & set(on) else ""
        dropped = "".join(flag for flag in "im" if flag in off)
        return f"(?{kept}-{dropped}:" if dropped else f"(?{kept}:"

    def _quantifier(self) -> str:
        found = self._find(_QUANTIFIER)
        if found is not None:
            return found[0]
        if self._starts("{"):
            self._refuse("a repetition is not valid")
        return ""

    def _atom(self) -> str:
        character = self._take()
        if character == "(":
            return self._group()
        if character == "[":
            return self._class()
        if character == "\\":
            return self._escape()
        if character == ".":
            return r"[\s\S]" if self._is_dot_all else f"[^{_LINE_ENDS}]"
        if character in "*+?{":
            self._at -= 1
            self._refuse(f"there is nothing to repeat before {character!r}")
        return character if character in "^$" else _literal(character)

    def _group(self) -> str:
        opening = self._group_opening()
        before = self._is_dot_all, self._is_commented
        if opening is None:
            self._at -= 1
            opening = self._flags(":")
            if opening is None:
                self._refuse("a group is of no known kind")
        inside = self._alternatives()
        self._is_dot_all, self._is_commented = before
        if not self._starts(")"):
            self._refuse("a group is not closed")
        return opening + inside + self._take()

    def _group_opening(self) -> str | None:
        for kind in _PLAIN_GROUPS:
            if self._starts(kind):
                self._at += len(kind)
                return f"({kind}"
        named = self._find(_GROUP_NAME)
        if named is None and self._starts("?"):
            return None
        self._groups += 1
        return "(" if named is None else f"(?P<{named[1]}>"

    def _escape(self) -> str:
        quote = self._find(_QUOTE)
        if quote is not None:
            return "".join(map(_literal, quote[1]))
        named = self._find(_BACK_REFERENCE)
        if named is not None:
            return f"(?P={named[1]})"
        letter = self._text[self._at : self._at + 1]
        if letter in _ASSERTIONS:
            self._at += 1
            return _ASSERTIONS[letter]
        if letter and letter in "123456789":
            return self._numbered_reference()
        simple, whole = self._escape_in_class()
        return whole or f"[{simple}]"

    def _numbered_reference(self) -> str:
        """As many digits as still name a group."""
        number = int(self._take())
        while self._at < len(self._text) and self._text[self._at] in "0123456789":
            longer = number * 10 + int(self._text[self._at])
            if longer > self._groups:
                break
            number = longer
            self._at += 1
        return f"(?:\\{number})" if number <= self._groups else "(?!)"

    def _escape_in_class(self) -> tuple[str, str]:
        """Read what follows a backslash.

        Returns:
            The inside of a class; or nothing, and a class that cannot be part of another one.
        """
        found = self._find(_PROPERTY)
        if found is not None:
            members = _members(found[1] or found[2])
            if members is None:
                self._refuse(f"the property {found[0]!r} is not known here")
            return (members, "") if found[0][0] == "p" else ("", f"[^{members}]")
        code = self._find(_CODE)
        if code is not None:
            return _literal(_coded(code)), ""
        character = self._take()
        if character.lower() in _CLASSES:
            members = _CLASSES[character.lower()]
            return (members, "") if character.islower() else ("", f"[^{members}]")
        if character.isascii() and character.isalnum() and character not in _CHARACTERS:
            self._refuse(f"the escape \\{character} is not known here")
        return _literal(_CHARACTERS.get(character, character)), ""

    def _class(self) -> str:
        """Translate a class behind its opening bracket; it may hold others and intersections."""
        is_negated = self._find(_CARET) is not None
        operands = [self._union(is_first=True)]
        while self._starts("&&"):
            self._at += 2
            operands.append(self._union(is_first=False))
        if self._take() != "]":
            self._refuse("a class is not closed")
        if len(operands) == 1:
            simple, others = operands[0]
            if not others:
                return f"[^{simple}]" if is_negated else f"[{simple}]"
        *conditions, last = (_any_of(simple, others) for simple, others in operands)
        whole = "".join(f"(?={condition})" for condition in conditions) + last
        return rf"(?:(?!{whole})[\s\S])" if is_negated else f"(?:{whole})"

    def _union(self, *, is_first: bool) -> tuple[str, list[str]]:
        """Read the members of a class: the inside of one of Python's, and others beside it."""
        simple, others = "", list[str]()
        while not self._starts("&&"):
            if self._is_commented:
                self._find(_BLANKS)
            if self._starts("]") and not (is_first and not simple and not others):
                break
            character = self._take()
            if character == "[":
                others.append(self._class())
                continue
            member, other = (
                self._escape_in_class() if character == "\\" else (_literal(character), "")
            )
            simple += member + self._range_end(member)
            others += [other] if other else []
        return simple, others

    def _range_end(self, start: str) -> str:
        """Read the rest of ``a-z`` behind its first character; nothing when it is no range."""
        following = self._text[self._at + 1 : self._at + 2]
        if not self._starts("-") or following in ("]", "[", "") or len(start.lstrip("\\")) > 1:
            return ""
        self._at += 1
        character = self._take()
        member = self._escape_in_class()[0] if character == "\\" else _literal(character)
        return f"-{member}"


def _coded(code: re.Match[str]) -> str:
    """The character that is given by its number."""
    if code[5] is not None:
        return chr(ord(code[5]) ^ 64)
    octal = code[4]
    number = int(octal, 8) if octal is not None else int(code[1] or code[2] or code[3], 16)
    return chr(number)


def _any_of(simple: str, others: list[str]) -> str:
    ways = [f"[{simple}]", *others] if simple else others
    return ways[0] if len(ways) == 1 else f"(?:{'|'.join(ways)})"
