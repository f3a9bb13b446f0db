"""Identities in words: names, dates and places as a person at a desk reads them."""

import re
from datetime import date

from socle.foundations.ins.model import LIEU_INCONNU, LunarDate, Sexe, TraitsStricts
from socle.foundations.ins.pages.places import label
from socle.kernel.pages import Page, day

_LETTERS = re.compile(r"[A-Z]+")


def given(names: str) -> str:
    """A given name for the eye: JEAN-PIERRE → Jean-Pierre. The record keeps its capitals."""
    return _LETTERS.sub(lambda match: match[0].capitalize(), names)


def full_name(traits: TraitsStricts) -> str:
    """Birth name and first given name: GARCIA-HAMMADI Sarah-Lou."""
    return f"{traits.nom_naissance} {given(traits.premier_prenom)}"


def short_date(birth: LunarDate) -> str:
    """21/01/1977; two dots for what is not known."""
    day = f"{birth.day:02d}" if birth.day else "··"
    month = f"{birth.month:02d}" if birth.month else "··"
    return f"{day}/{month}/{birth.year:04d}"


def place(page: Page, code: str) -> str:
    """The birthplace: name and code, or that it is not known."""
    return page.text("trait.unknown_place") if code == LIEU_INCONNU else label(code)


def age(page: Page, birth: LunarDate, today: date) -> str:
    """Whole years lived; months for those who have not lived one."""
    years = birth.age(today)
    if years >= 1:
        return page.text("trait.age", count=years)
    return page.text("trait.newborn")


def sex(page: Page, sexe: Sexe) -> str:
    """The sex in a word."""
    return page.text(f"sex.{sexe.value}")


def long_date(page: Page, birth: LunarDate) -> str:
    """21 janvier 1977; what is not known is said."""
    if birth.is_complete:
        return day(birth.completed(), page.language)
    return page.text("person.part_unknown", date=short_date(birth))
