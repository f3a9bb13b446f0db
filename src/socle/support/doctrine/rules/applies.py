"""« Qui suis-je ? »: what concerns somebody, by when, and why it does."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

from socle.kernel.outcome import Text
from socle.support.doctrine.model import Addressee, Dated, Edition, Force, Milestone, Requirement, Users
from socle.support.doctrine.rules.fields import last_day
from socle.support.doctrine.rules.french import stems
from socle.support.doctrine.rules.french import words as french_words
from socle.support.doctrine.rules.words import ADDRESSEES, REGIONS, USERS, say_date


@dataclass(frozen=True, slots=True)
class Who:
    """Who asks, and what is kept of an edition. Empty means: whatever it is.

    addressees  what they are
    users       whom their software serves
    region      INSEE code of where they are; "" keeps what is asked of one region only
    force       obligations only, or recommendations only
    chapters    some chapters only
    by          what is due on that day or before, or may be ("2027" may be any day of 2027); what has no date is due already
    text        every one of these words, or one of its family, is in the identifier, the statement, the legal text or the
                note
    """

    addressees: frozenset[Addressee] = frozenset()
    users: frozenset[Users] = frozenset()
    region: str = ""
    force: Force | None = None
    chapters: frozenset[str] = frozenset()
    by: date | None = None
    text: str = ""


class When(StrEnum):
    """Where a requirement stands on a given day."""

    DUE = "due"  # its date has come; one known to the year, when the year is over
    COMING = "coming"
    UNDATED = "undated"  # no date is known: it holds from the edition on


@dataclass(frozen=True, slots=True)
class Concern:
    """Something that concerns who asks: the date that counts, where it stands today, and why it concerns them."""

    item: Requirement | Milestone
    due: Dated | None
    when: When
    reason: Text


def requirements_for(edition: Edition, who: Who, *, today: date) -> tuple[Concern, ...]:
    """The requirements that concern `who`, by the date that counts; those without a date last, in the edition's order."""
    words = fold(who.text).split()
    found = [
        _concern(one, _why(one.addressees, one.users, one.regions, who), today)
        for one in edition.requirements
        if _matches(one, who) and _says(one, words)
    ]
    return _ordered(found)


def milestones_for(edition: Edition, who: Who, *, today: date) -> tuple[Concern, ...]:
    """The milestones that concern `who`, by date. One that names nobody concerns everybody."""
    words = fold(who.text).split()
    found = [
        _concern(one, _why(one.addressees, (), (), who), today)
        for one in edition.milestones
        if (not who.addressees or not one.addressees or who.addressees & set(one.addressees))
        and (not who.chapters or who.chapters & set(one.chapters))
        and (who.by is None or one.dates.due is None or one.dates.due.on.first <= who.by)
        and all(word in fold(f"{one.id} {one.title} {one.note}") for word in words)
    ]
    return _ordered(found)


def fold(text: str) -> str:
    """Lower case, without accents: "Échéance" and "echeance" are the same word."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def _matches(one: Requirement, who: Who) -> bool:
    due = one.dates.due
    return (
        (not who.addressees or not who.addressees.isdisjoint(one.addressees))
        and (not who.users or not one.users or not who.users.isdisjoint(one.users))
        and (not who.region or not one.regions or who.region in one.regions)
        and (who.force is None or one.force is who.force)
        and (not who.chapters or one.chapter in who.chapters)
        and (who.by is None or due is None or due.on.first <= who.by)
    )


def _says(one: Requirement, words: list[str]) -> bool:
    if not words:
        return True
    text, known = _words_of(f"{one.id} {one.statement} {one.legal} {one.note}")
    return all(word in text or not known.isdisjoint(stems(word)) for word in words)


@lru_cache(maxsize=8_192)
def _words_of(text: str) -> tuple[str, frozenset[str]]:
    """A text without its accents, and the stems of its words: "hébergées" answers to "hébergement" too."""
    return fold(text), frozenset(stem for _, _, word in french_words(text) for stem in stems(word))


def _concern(item: Requirement | Milestone, reason: Text, today: date) -> Concern:
    due = item.dates.due
    when = When.UNDATED if due is None else When.DUE if last_day(due.on) <= today else When.COMING
    said = _when(due, when)
    return Concern(item, due, when, Text(f"{reason.fr} {said.fr}", f"{reason.en} {said.en}"))


def _when(due: Dated | None, when: When) -> Text:
    if due is None:
        return Text("Sans date connue : à faire dès à présent.", "No date is known: to be done from now on.")
    day = say_date(due.on)
    if when is When.DUE:
        return Text(f"Échéance passée : {day.fr}.", f"Due since {day.en}.")
    return Text(f"À faire pour : {day.fr}.", f"To be done by {day.en}.")


def _why(addressees: Iterable[Addressee], users: Iterable[Users], regions: Iterable[str], who: Who) -> Text:
    """Who is concerned, as a sentence: what they said of themselves first."""
    asked = [one for one in addressees if one in who.addressees] or list(addressees)
    fr = ", ".join(ADDRESSEES[one].fr for one in asked) or "Tous les acteurs"
    en = ", ".join(ADDRESSEES[one].en for one in asked) or "Everybody"
    served = [one for one in users if one in who.users] or list(users)
    if served:
        fr += " ; logiciel destiné à : " + ", ".join(USERS[one].fr.lower() for one in served)
        en += "; software for: " + ", ".join(USERS[one].en.lower() for one in served)
    places = [code for code in regions if code == who.region] or list(regions)
    if places:
        names = ", ".join(REGIONS[code] for code in places)
        fr, en = f"{fr} ; en {names} seulement", f"{en}; only in {names}"
    return Text(f"{fr}.", f"{en}.")


def _ordered(found: list[Concern]) -> tuple[Concern, ...]:
    return tuple(sorted(found, key=lambda one: (one.due is None, one.due.on.first if one.due else date.min)))
