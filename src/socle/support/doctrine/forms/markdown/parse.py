"""Markdown to tokens, and where its links lead."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

Link = Callable[[str], str | None]
"""From what is written (chapter, chapter#anchor, requirement) to its address; None when there is nothing to lead to."""

_REQUIREMENT: Final = re.compile(r"\[([A-Z]{3}-[0-9]{3,4})\](?![\[(:])")
_INTERNAL: Final = re.compile(r"[A-Z]{3}-[0-9]{3,4}|[a-z][a-z0-9_]*(#[a-z0-9-]+)?")
# What XML cannot hold: control characters, lone surrogates, non-characters.
_UNWRITABLE: Final = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f\\ud800-\\udfff\\ufffe\\uffff]")
_LOCAL: Final = re.compile(r"/(?![/\\])[^\s\\]*")
_SCHEMES: Final = frozenset({"http", "https", "mailto"})


@dataclass(frozen=True, slots=True)
class Reference:
    """A link to something of the edition, and the line where its paragraph starts, from 1."""

    target: str
    line: int


def nowhere(target: str) -> str | None:
    """The link of texts that stand alone: references keep their words and lead nowhere."""
    return None


def tokens_of(markdown: str) -> Sequence[Token]:
    """The tokens of a text, in the order of the text. They are shared: read them, change none."""
    return _parse(_UNWRITABLE.sub("\ufffd", markdown))


def address(written: str, link: Link, *, local: bool = False) -> str | None:
    """Where a link leads: itself when it goes out by http, https or mailto, what `link` says when it is ours, else None.

    local  whether what is read stands in a house, where "/doctrine" is an address
    """
    if _INTERNAL.fullmatch(written):
        return link(written)
    if _LOCAL.fullmatch(written):
        return written if local else None
    try:
        parts = urlsplit(written)
    except ValueError:
        return None
    if parts.scheme.lower() not in _SCHEMES:
        return None
    return written if parts.scheme.lower() == "mailto" or parts.netloc else None


def references(markdown: str) -> tuple[Reference, ...]:
    """Everything of the edition that a text refers to, in order; so that a checker may say which lead nowhere."""
    return tuple(_references(tokens_of(markdown)))


def _references(tokens: Sequence[Token]) -> Iterator[Reference]:
    line = 1
    for token in tokens:
        if token.map:
            line = token.map[0] + 1
        for child in token.children or ():
            href = str(child.attrGet("href") or "") if child.type == "link_open" else ""
            if _INTERNAL.fullmatch(href):
                yield Reference(href, line)


def _requirement(state: StateInline, silent: bool) -> bool:
    """[INS-001] is a link to the requirement, unless it is the text of a link written in full."""
    found = _REQUIREMENT.match(state.src, state.pos, state.posMax)
    if found is None or state.linkLevel > 0:
        return False
    if not silent:
        state.push("link_open", "a", 1).attrs = {"href": found.group(1)}
        state.push("text", "", 0).content = found.group(1)
        state.push("link_close", "a", -1)
    state.pos = found.end()
    return True


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.inline.ruler.before("link", "requirement", _requirement)
    return parser


_PARSER: Final = _parser()


@lru_cache(maxsize=512)
def _parse(markdown: str) -> tuple[Token, ...]:
    return tuple(_PARSER.parse(markdown))
