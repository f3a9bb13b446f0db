"""Birthplaces as people type them: a name, a code, or both; found whatever the accents and the hyphens."""

import re
import unicodedata
from functools import cache

from starlette.responses import Response

from socle.foundations.ins.population.lieux import Lieu, communes, pays
from socle.kernel.pages import Page

_CODE = re.compile(r"[0-9][0-9AB][0-9]{3}")
_ORDINAL = re.compile(r"\b([0-9]+)(?:er|e|eme|ème)\b")


def bare(text: str) -> str:
    """A name without accents, hyphens, apostrophes and case, for comparison."""
    text = text.lower().replace("œ", "oe").replace("æ", "ae")
    flat = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    flat = re.sub(r"\bste?\b", lambda m: "sainte" if m[0] == "ste" else "saint", re.sub(r"[^a-z0-9]+", " ", flat))
    return _ORDINAL.sub(r"\1", flat).strip()


@cache
def _known() -> tuple[tuple[str, Lieu], ...]:
    places = sorted([*communes(), *pays()], key=lambda lieu: (-lieu.poids, lieu.nom))
    return tuple((bare(lieu.nom), lieu) for lieu in places)


@cache
def _by_code() -> dict[str, Lieu]:
    return {lieu.code: lieu for _, lieu in _known()}


def label(code: str) -> str:
    """A place as people read it: "Bordeaux (33063)"; the code alone when its name is not in the short table."""
    lieu = _by_code().get(code)
    return f"{lieu.nom} ({code})" if lieu else code


def search(text: str, most: int = 12) -> list[Lieu]:
    """Places whose name (or code) begins with `text`, then those that contain it; large ones first."""
    wanted = bare(text)
    if not wanted:
        return []
    code = text.strip().upper()
    first = [lieu for name, lieu in _known() if name.startswith(wanted) or lieu.code.startswith(code)]
    inside = [lieu for name, lieu in _known() if f" {wanted}" in name and lieu not in first]
    return (first + inside)[:most]


def resolve(text: str) -> str | list[Lieu]:
    """The INSEE code that `text` means, or the places that it may mean (none, or several: someone must choose).

    "33063", "Bordeaux", "Bordeaux (33063)" and "st etienne" are all understood; an unknown code is kept as it is.
    """
    code = text.strip().upper()
    if in_brackets := re.search(r"\(([0-9][0-9AB][0-9]{3})\)\s*$", code):
        return in_brackets[1]
    if _CODE.fullmatch(code):
        return code
    wanted = bare(text)
    exact = [lieu for name, lieu in _known() if name == wanted]
    if len(exact) == 1:
        return exact[0].code
    return exact or search(text)


async def show(page: Page) -> Response:
    """`/ins/lieux?q=`: the look-up, as a page and as the suggestions of the birthplace field. It shows no one's data."""
    words = page.query("q")[:100]
    return page.render("places.html", words=words, found=search(words))
