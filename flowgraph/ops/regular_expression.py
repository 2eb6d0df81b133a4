r"""Regular expressions in the syntax of RE2, run by Python's ``re``.

The two languages agree in most things; what they write differently is translated:

=====================  ============================================================
RE2                    here
=====================  ============================================================
``$``                  the very end of the text; with ``(?m)``, of a line
``\z``                 the very end of the text
``\Q...\E``            the text between, as it is
``\x{10FFFF}``         a character by its number
``[[:alpha:]]``        ASCII classes by name
``\s``                 without the vertical tab
=====================  ============================================================

What RE2 refuses (references back, looking around, possessive repetition) is refused with its
words. Text is UTF-8, and ``.`` matches a character, but no byte that is not UTF-8; RE2 agrees.
Not supported, and refused as unimplemented: ``\p{...}``, ``\C``, the flag ``U``, and flags that
begin inside of the expression. ``\d``, ``\w``, ``\s`` and ``\b`` know ASCII only, as RE2's do;
so does the flag ``i`` here, which in RE2 knows the letters of all scripts.
"""

from __future__ import annotations

import functools
import re

from flowgraph.errors import UnimplementedError
from flowgraph.ops.checks import invalid

_NAMED = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7f",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
_SPACE = r"\t\n\f\r "
_MALFORMED = r"\ud800-\udfff"
"""What `as_text` makes of bytes that are no UTF-8: nothing but the empty pattern matches it."""

_CHARACTER = f"(?:(?![{_MALFORMED}]).)"
_WRITTEN = {
    "z": r"\Z",
    "s": f"[{_SPACE}]",
    "S": f"[^{_SPACE}{_MALFORMED}]",
    "W": rf"[^\w{_MALFORMED}]",
    "D": rf"[^\d{_MALFORMED}]",
}
_ESCAPES = frozenset("aftnrvdwbBAx0")
_LARGEST_REPETITION = 1000

_TOKEN = re.compile(
    r"""(?xs)
      \\Q (?P<quoted>.*?) (?:\\E|\Z)
    | \\x\{ (?P<number>[0-9A-Fa-f]+) \}
    | \\ (?P<escape>.?)
    | (?P<set>\[\^?)
    | \(\? (?P<flags>[imsU]+) \)
    | \(\?P< \w+ >
    | \(\?: | \(\?[ims]+:
    | (?P<perl>\(\?(?:P|.?))
    | (?P<repetition>[*+?]|\{\d+(?:,\d*)?\}) \?? (?P<again>(?:[*+?]|\{\d+(?:,\d*)?\})?)
    | .
    """
)
_SET_TOKEN = re.compile(
    r"""(?xs)
      \[: (?P<not>\^?) (?P<name>\w+) :\]
    | \\x\{ (?P<number>[0-9A-Fa-f]+) \}
    | \\ (?P<escape>.)
    | (?P<end>\])
    | .
    """
)


@functools.lru_cache(maxsize=256)
def compiled(pattern: bytes) -> re.Pattern[str]:
    """Return a pattern of RE2's syntax as one of Python's, over text.

    Raises
    ------
    InvalidArgumentError
        If the pattern is wrong.
    UnimplementedError
        If it uses what Python has no counterpart for.
    """
    text = pattern.decode("utf-8", "surrogateescape")
    try:
        return re.compile(_translated(text), re.ASCII)
    except re.error as error:
        raise _wrong(text, _reason(text, error)) from None


def as_text(string: bytes) -> str:
    """Return bytes as text; what is no UTF-8 becomes characters that no pattern matches."""
    return string.decode("utf-8", "surrogateescape")


def as_bytes(text: str) -> bytes:
    """Return what `as_text` was given."""
    return text.encode("utf-8", "surrogateescape")


def expansion(rewrite: bytes, groups: int) -> list[str | int]:
    r"""Return the parts of a replacement: texts, and numbers of groups for ``\0`` to ``\9``.

    It ends before the first escape that is none, as RE2's does.
    """
    parts: list[str | int] = []
    text = as_text(rewrite)
    for match in re.finditer(r"[^\\]+|\\(.?)", text, re.DOTALL):
        escape = match[1]
        if escape is None:
            parts.append(match[0])
        elif escape == "\\":
            parts.append("\\")
        elif escape.isascii() and escape.isdigit() and int(escape) <= groups:
            parts.append(int(escape))
        else:
            break
    return parts


def replaced(pattern: bytes, rewrite: bytes, string: bytes, everywhere: bool) -> bytes:
    """Return a string with what matches replaced, the first match or all of them."""
    expression = compiled(pattern)
    parts = expansion(rewrite, expression.groups)
    text, pieces, end = as_text(string), [], 0
    previous = -1
    for match in expression.finditer(text):
        if match.start() == match.end() == previous:
            continue  # RE2 finds nothing empty right behind a match
        pieces.append(text[end : match.start()])
        pieces += [(match[p] or "") if isinstance(p, int) else p for p in parts]
        end = previous = match.end()
        if not everywhere:
            break
    return as_bytes("".join([*pieces, text[end:]]))


def matches(pattern: bytes, string: bytes) -> bool:
    """Return whether a pattern matches a whole string."""
    return compiled(pattern).fullmatch(as_text(string)) is not None


def _wrong(pattern: str, reason: str) -> Exception:
    return invalid(f"Invalid pattern: {pattern}, error: {reason}")


def _unimplemented(pattern: str, what: str) -> Exception:
    return UnimplementedError(None, None, f"{what} in the regular expression {pattern}")


def _reason(pattern: str, error: re.error) -> str:
    """Return what RE2 says of the mistake that Python found."""
    if error.msg.startswith("missing )"):
        return f"missing ): {pattern}"
    if error.msg.startswith("unbalanced parenthesis"):
        return f"missing ): {pattern}"
    if error.msg.startswith("nothing to repeat"):
        return f"no argument for repetition operator: {pattern[error.pos or 0 :][:1]}"
    if error.msg.startswith("bad character range"):
        return f"invalid character class range: {error.msg.split()[-1]}"
    return error.msg


def _translated(pattern: str) -> str:
    result, at, lines = [], 0, False
    while at < len(pattern):
        match = _TOKEN.match(pattern, at)
        assert match is not None
        token, group = match[0], match.groupdict()
        at = match.end()
        if group["quoted"] is not None:
            result.append(re.escape(group["quoted"]))
        elif group["number"] is not None:
            result.append(re.escape(chr(int(group["number"], 16))))
        elif group["escape"] is not None:
            result.append(_escape(pattern, group["escape"]))
        elif group["set"] is not None:
            text, at = _set(pattern, at, token)
            result.append(text)
        elif group["flags"] is not None:
            if match.start() or "U" in group["flags"]:
                raise _unimplemented(pattern, token)
            lines = "m" in group["flags"]
            result.append(token)
        elif group["perl"] is not None:
            raise _wrong(pattern, f"invalid perl operator: {group['perl']}")
        elif group["repetition"] is not None:
            result.append(_repetition(pattern, token, group))
        else:
            lines = lines or (token.startswith("(?") and "m" in token[:-1] and token[-1] == ":")
            written = {".": _CHARACTER, "$": "$" if lines else r"\Z"}
            result.append(written.get(token, token))
    return "".join(result)


def _repetition(pattern: str, token: str, group: dict[str, str]) -> str:
    if group["again"]:
        raise _wrong(pattern, f"bad repetition operator: {token}")
    bounds = [int(n) for n in re.findall(r"\d+", group["repetition"])]
    if bounds and (max(bounds) > _LARGEST_REPETITION or bounds != sorted(bounds)):
        raise _wrong(pattern, f"invalid repetition size: {group['repetition']}")
    return token


def _escape(pattern: str, letter: str) -> str:
    if not letter:
        raise _wrong(pattern, "trailing \\")
    if letter in _WRITTEN:
        return _WRITTEN[letter]
    if letter in "pPC":
        raise _unimplemented(pattern, "\\" + letter)
    is_letter = letter.isascii() and letter.isalnum()
    if is_letter and letter not in _ESCAPES:
        raise _wrong(pattern, f"invalid escape sequence: \\{letter}")
    return "\\" + letter


def _set(pattern: str, at: int, opening: str) -> tuple[str, int]:
    """Translate a set of characters, from behind its opening to its end."""
    parts, first = [opening + (_MALFORMED if opening == "[^" else "")], True
    while match := _SET_TOKEN.match(pattern, at):
        at = match.end()
        token, name, letter = match[0], match["name"], match["escape"]
        if name is not None:
            if name not in _NAMED:
                raise _wrong(pattern, f"invalid character class range: {token}")
            if match["not"]:
                raise _unimplemented(pattern, token)
            parts.append(_NAMED[name])
        elif match["number"] is not None:
            parts.append(re.escape(chr(int(match["number"], 16))))
        elif letter is not None:
            if letter in "SWD":
                raise _unimplemented(pattern, f"\\{letter} inside of []")
            parts.append(_SPACE if letter == "s" else _escape(pattern, letter))
        elif match["end"] is not None and not first:
            return "".join([*parts, "]"]), at
        else:
            # Python reserves two of these in a row.
            parts.append("\\" + token if token in "[]&|~" else token)
        first = False
    raise _wrong(pattern, f"missing ]: {pattern[pattern.rindex(opening) :]}")
