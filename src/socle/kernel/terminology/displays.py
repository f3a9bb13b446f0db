"""What a concept is called, and in which language. Source: FHIR R4 codesystem.html#designations, languages.html."""

import re
from collections.abc import Sequence
from typing import Final

from socle.kernel.terminology.entries import Entry

_SPACES: Final = re.compile(r"\s+")
_QUALITY: Final = re.compile(r"^\s*([A-Za-z0-9*-]{1,35})\s*(?:;\s*q\s*=\s*([0-9.]{1,5})\s*)?$")
_RANGE: Final = re.compile(
    r"(?:[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)(?:\s*;\s*q\s*=\s*(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?"
)
# Uses that mark the name to show first; others (synonym, short name, fully specified name) come after.
_PREFERRED: Final = ("preferred", "display", "900000000000548007", "preferredForLanguage")
_MOST: Final = 20


def languages(said: str) -> tuple[str, ...]:
    """Language tags of an Accept-Language value or of `displayLanguage`, best first: "fr-FR,en;q=0.5" → ("fr-FR", "en").

    What is not a language tag is left out; "*" too.
    """
    found: list[tuple[float, int, str]] = []
    for place, part in enumerate(said.split(",")[:_MOST]):
        shape = _QUALITY.match(part)
        if shape is None or shape[1] == "*":
            continue
        try:
            quality = float(shape[2]) if shape[2] else 1.0
        except ValueError:
            continue
        if quality > 0:
            found.append((-quality, place, shape[1]))
    return tuple(tag for _, _, tag in sorted(found))


def only_these(said: str) -> bool:
    """Whether no other language will do: "*;q=0" says so. Source: RFC 9110, Accept-Language."""
    shapes = (_QUALITY.match(part) for part in said.split(",")[:_MOST])
    return any(shape is not None and shape[1] == "*" and shape[2] and not shape[2].strip("0.") for shape in shapes)


def are_languages(said: str) -> bool:
    """Whether a text is a list of language ranges, as Accept-Language has them."""
    parts = [part.strip() for part in said.split(",")]
    return len(parts) <= _MOST and all(_RANGE.fullmatch(part) for part in parts)


def speaks(tag: str, wanted: str) -> bool:
    """Whether a text in language `tag` serves a reader of `wanted`: "fr-FR" serves "fr", "fr" serves "fr-CA"."""
    if not tag:
        return False
    a, b = tag.lower(), wanted.lower()
    return a == b or a.startswith(b + "-") or b.startswith(a + "-")


def display(entry: Entry, own: str, wanted: Sequence[str]) -> str:
    """The name to show: in the first wanted language that it has, else its own display.

    own  language of the code system
    """
    if not wanted or not (entry.names or entry.display):
        return entry.display
    for language in wanted:
        best: tuple[int, str] | None = None
        if entry.display and speaks(own, language):
            best = (4 if own.lower() == language.lower() else 2, entry.display)
        for name in entry.names:
            if speaks(name.language, language):
                exact = name.language.lower() == language.lower()
                preferred = name.use.rpartition("|")[2] in _PREFERRED
                score = 2 * exact + (2 if preferred else 1 if not name.use else 0)
                if best is None or score > best[0]:
                    best = (score, name.value)
        if best is not None:
            return best[1]
    return entry.display


def folded(text: str) -> str:
    """A display as displays are compared: without case, spaces as one."""
    return _SPACES.sub(" ", text).strip().casefold()


def is_named(entry: Entry, said: str, own: str = "", wanted: Sequence[str] = ()) -> bool:
    """Whether `said` is one of the concept's names; it may be when none is known here.

    own     language of the code system
    wanted  languages in which it must be a name, () for any; a name of no known language will do, and the display of the
            system when no name is known to be in those languages: it is then the one that is shown
    The codes of FHIR itself are held without their names.
    """
    every = [(own, entry.display), *((name.language, name.value) for name in entry.names)]
    if not any(value for _, value in every):
        return True
    sought = folded(said)
    fits = [tag for tag, value in every if value and folded(value) == sought]
    if not wanted:
        return bool(fits)
    if any(not tag or any(speaks(tag, language) for language in wanted) for tag in fits):
        return True
    told = any(tag and value and any(speaks(tag, language) for language in wanted) for tag, value in every)
    return folded(entry.display) == sought and not told


def has_name_in(entry: Entry, own: str, wanted: Sequence[str]) -> bool:
    """Whether the concept has a name in one of these languages, or one of no known language."""
    tags = [own] if entry.display else []
    tags += [name.language for name in entry.names if name.value]
    return not tags or any(not tag or any(speaks(tag, language) for language in wanted) for tag in tags)


def names_in(entry: Entry, own: str, wanted: Sequence[str]) -> list[str]:
    """The names that one may give it, those of the wanted languages alone when there are some."""
    every = [(own, entry.display), *((name.language, name.value) for name in entry.names)]
    kept = [value for tag, value in every if value and any(speaks(tag, language) for language in wanted)]
    return list(dict.fromkeys(kept or [value for _, value in every if value]))
