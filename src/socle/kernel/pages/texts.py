"""Sentences in two languages, read from a package's `texts.toml`, and the small marks that they may carry."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from itertools import count
from typing import Any

from markupsafe import Markup, escape

from socle.kernel.outcome import Language

LANGUAGES: tuple[Language, ...] = ("fr", "en")
_serial = count()
Forms = tuple[str, ...]  # one sentence, or singular and plural

_MARKS = re.compile(r"\*\*(?P<strong>.+?)\*\*|`(?P<code>[^`]+)`|\[\[(?P<term>[a-z0-9_.-]+)(?:\|(?P<words>[^\]]+))?\]\]")


class Texts:
    """The sentences of one package, by dotted key."""

    def __init__(self, sentences: Mapping[str, Mapping[str, Forms]]) -> None:
        self._sentences = sentences

    def keys(self) -> Iterator[str]:
        """Every key, in file order."""
        return iter(self._sentences)

    def forms(self, key: str) -> Mapping[str, Forms]:
        """The sentence of `key` in each language that it has."""
        return self._sentences[key]

    def raw(self, key: str, language: Language, values: Mapping[str, Any]) -> str:
        """The sentence before its values are put in; the plural form follows `count` (French: 0 and 1 are singular).

        Raises: KeyError when there is no such key: a text that is missing is a bug, never an empty string.
        """
        forms = self._sentences[key][language]
        if len(forms) == 1:
            return forms[0]
        how_many = values["count"]
        singular = abs(how_many) < 2 if language == "fr" else how_many == 1
        return forms[0] if singular else forms[1]

    def plain(self, key: str, language: Language, values: Mapping[str, Any]) -> str:
        """The sentence as plain text, whole numbers written as in the language."""
        raw = self.raw(key, language, values)
        return raw.format(**{name: shown(value, language) for name, value in values.items()}) if values else raw

    def rich(self, key: str, language: Language, values: Mapping[str, Any]) -> Markup:
        """The sentence with its marks made HTML: **strong**, `code`, [[term]], [[term|words]]. Values are escaped."""

        def mark(match: re.Match[str]) -> str:
            if match["strong"]:
                return f"<strong>{match['strong']}</strong>"
            if match["code"]:
                return f"<code>{match['code']}</code>"
            return str(self.term(match["term"], language, match["words"] or ""))

        marked = _MARKS.sub(mark, str(escape(self.raw(key, language, values))))
        shown_values = {name: shown(value, language) for name, value in values.items()}
        return Markup(marked).format(**shown_values) if values else Markup(marked)  # noqa: S704 - escaped above

    def term(self, name: str, language: Language, words: str = "") -> Markup:
        """A term of art with its definition one touch away (Popover API: no script, keyboard and touch)."""
        label = words or self.plain(f"term.{name}.name", language, {})
        definition = self.plain(f"term.{name}.definition", language, {})
        ident = f"term-{next(_serial)}"  # unique in the page, whatever is shown twice
        return Markup(
            '<span class="term"><button type="button" popovertarget="{id}">{label}</button>'
            '<span popover id="{id}" class="definition" role="note"><b>{label}</b> {definition}</span></span>'
        ).format(id=ident, label=label, definition=definition)


def number(value: int | float, language: Language) -> str:
    """A number as written in the language: 10 000 or 10,000; 12,5 or 12.5."""
    written = f"{value:,}"
    return written.replace(",", "\N{NARROW NO-BREAK SPACE}").replace(".", ",") if language == "fr" else written


def shown(value: Any, language: Language) -> Any:
    """A value as a sentence shows it."""
    return number(value, language) if isinstance(value, int | float) and not isinstance(value, bool) else value


@cache
def texts_of(package: str) -> Texts:
    """The texts of a package (dotted name), from the `texts.toml` beside its `__init__.py`; none is no texts."""
    file = resources.files(package).joinpath("texts.toml")
    if not file.is_file():
        return Texts({})
    return Texts(dict(_flatten(tomllib.loads(file.read_text("utf-8")), ())))


def _flatten(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[str, dict[str, Forms]]]:
    for name, value in table.items():
        if not isinstance(value, dict):
            raise ValueError(f"texts.toml: {'.'.join((*path, name))} is not a text")
        if set(value) <= set(LANGUAGES):
            yield ".".join((*path, name)), {language: _forms(forms, language) for language, forms in value.items()}
        else:
            yield from _flatten(value, (*path, name))


def _forms(value: str | Sequence[str], language: str) -> Forms:
    return tuple(typeset(form, language) for form in ((value,) if isinstance(value, str) else value))


_APOSTROPHE = re.compile(r"(?<=\w)'(?=[\w*[«])")
_BEFORE = re.compile(r" (?=[:;!?»%])")
_AFTER = re.compile(r"(?<=«) ")


def typeset(sentence: str, language: str) -> str:
    """A sentence with the apostrophes of print and, in French, unbreakable blanks before : ; ! ? » and after «."""
    sentence = _APOSTROPHE.sub("’", sentence)
    if language != "fr":
        return sentence
    return unbroken(sentence)


def unbroken(sentence: str) -> str:
    """A French sentence with unbreakable blanks before : ; ! ? » and after «."""
    return _AFTER.sub("\N{NO-BREAK SPACE}", _BEFORE.sub("\N{NO-BREAK SPACE}", sentence))


def choose_language(asked: str | None, cookie: str | None, accept: str) -> Language:
    """The language of a page: asked in the URL, else remembered, else the browser's first of ours, else French."""
    preferred = [part.split(";")[0].strip().lower()[:2] for part in accept.split(",")]
    for choice in (asked, cookie, *preferred):
        if choice == "en":
            return "en"
        if choice == "fr":
            return "fr"
    return "fr"
