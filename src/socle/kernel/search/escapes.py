"""Lists and parts in a value: \\, \\| \\$ \\\\ stand for themselves. Source: FHIR R4 search.html#escaping."""

import re

_ESCAPED = re.compile(r"\\([,|$\\])")


def split(text: str, separator: str) -> list[str]:
    """`text` cut at each `separator` that is not escaped; escapes are kept (see `unescape`)."""
    if "\\" not in text:
        return text.split(separator)
    parts: list[str] = []
    start = i = 0
    while i < len(text):
        if text[i] == "\\":
            i += 2
            continue
        if text[i] == separator:
            parts.append(text[start:i])
            start = i + 1
        i += 1
    parts.append(text[start:])
    return parts


def unescape(text: str) -> str:
    """`text` without its escapes; a backslash before anything else is itself."""
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text


def escape(text: str) -> str:
    """`text` as a single value, for building a query."""
    return re.sub(r"([,|$\\])", r"\\\1", text)
