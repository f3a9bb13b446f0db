"""Characters of XML: those that must be escaped, those that XML 1.0 cannot carry at all."""

import re
from typing import Final

from socle.kernel.outcome import Kind, Problem

_UNFIT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPES: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
)


def attribute(text: str) -> str:
    """A text as the value of an attribute: line breaks and tabs as references, or XML would make spaces of them.

    Raises: Problem(NOT_ACCEPTABLE) when XML cannot carry it.
    """
    printable = text.isprintable()
    if printable and "&" not in text and "<" not in text and '"' not in text:
        return text
    if not printable:
        carried(text)
    return text.translate(_ESCAPES)


def carried(text: str) -> str:
    """The same text. Raises: Problem(NOT_ACCEPTABLE) when it holds a character that XML 1.0 has not."""
    found = None if text.isprintable() else _UNFIT.search(text)
    if found is not None:
        raise Problem.of(
            Kind.NOT_ACCEPTABLE,
            f"XML ne peut pas porter le caractère U+{ord(found.group()):04X} que contient un texte : demandez JSON.",
            f"XML cannot carry the character U+{ord(found.group()):04X} that a text holds: ask for JSON.",
            rule="XML 1.0 §2.2",
        )
    return text
